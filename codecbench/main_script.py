"""Whether the script that is running starts its workers where each of them would run it again.

Spawned workers import the script of their parent. Where the call that starts them stands at the
script's top level, without `if __name__ == "__main__":` around it, each worker starts workers too,
and Python ends it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from codecbench.errors import UsageError


def require_guard() -> None:
    """Raise `UsageError` where the running call stands unguarded at the top of a script."""
    if (place := unguarded_call()) is not None:
        script, line = place
        raise UsageError(
            f"{script}, line {line}: this starts worker processes, and each of them runs the "
            'script again from its top. Put what it does under `if __name__ == "__main__":`'
        )


def unguarded_call() -> tuple[str, int] | None:
    """File and line of the call at the script's top level that is running, if nothing guards it.

    Any `if` around it counts as a guard. None also where there is no script: in a notebook, with
    `python -c`, and where the top level of what runs is not the main module's.
    """
    main = sys.modules.get("__main__")
    script = getattr(main, "__file__", None)
    spec = getattr(main, "__spec__", None)
    if script is None or (spec is not None and spec.name.endswith("__main__")):
        return None  # Python runs the __main__ of `python -m package` in no worker
    frame = sys._getframe()
    while frame.f_code.co_name != "<module>" or frame.f_globals is not vars(main):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    try:
        tree = ast.parse(Path(script).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None  # changed since it was started
    around = _statements_around(tree, frame.f_lineno)
    if any(isinstance(statement, ast.If) for statement in around):
        return None
    return script, frame.f_lineno


def _statements_around(tree: ast.AST, line: int) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            yield node
