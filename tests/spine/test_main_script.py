"""Scripts that start workers where each worker would start more are told so, before one starts."""

from __future__ import annotations

import subprocess
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from codecbench import main_script

CALL = "from codecbench.main_script import unguarded_call\n"


def run_as_main(
    script: Path, source: str, monkeypatch: pytest.MonkeyPatch, spec: str | None = None
) -> object:
    """What the script's `found` is when it runs as the main module."""
    script.write_text(source)
    module = types.ModuleType("__main__")
    module.__file__ = str(script)
    module.__spec__ = ModuleSpec(spec, None) if spec else None
    monkeypatch.setitem(sys.modules, "__main__", module)
    exec(compile(source, str(script), "exec"), vars(module))
    return vars(module)["found"]


IN_MAIN = "def main():\n    return unguarded_call()\n"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("found = unguarded_call()\n", 2),
        ("def work():\n    return unguarded_call()\nfor _ in range(2):\n    found = work()\n", 5),
        ("if __name__ == '__main__':\n    found = unguarded_call()\n", None),
        (IN_MAIN + "if __name__ == '__main__':\n    found = main()\n", None),
        (IN_MAIN + "with open(__file__):\n    if __file__:\n        found = main()\n", None),
    ],
)
def test_what_guards_a_call(
    source: str, line: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.py"
    found = run_as_main(script, CALL + source, monkeypatch)
    assert found == (None if line is None else (str(script), line))


def test_modules_that_no_worker_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = CALL + "found = unguarded_call()\n"
    script = tmp_path / "__main__.py"
    assert run_as_main(script, source, monkeypatch, "package.__main__") is None
    assert run_as_main(script, source, monkeypatch, "package.module") == (str(script), 2)
    assert main_script.unguarded_call() is None  # from here, no script's top level is below


def test_the_call_is_refused_by_name(tmp_path: Path) -> None:
    script = tmp_path / "measure.py"
    script.write_text("from codecbench.pool import local_processes\nlocal_processes(1)\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{script}, line 2: this starts worker processes" in done.stderr
    assert 'if __name__ == "__main__":' in done.stderr
