"""Tables of codecs and metrics: "name" -> "module:attribute", imported on use, open to plug-ins.

Another package adds to a table by an entry point in the groups `codecbench.codecs` and
`codecbench.metrics`. A name of our own is never overridden: a package that tries is refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from codecbench.errors import UsageError


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ' Did you mean "opus"?', or '' where nothing known is close."""
    close = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    return f' Did you mean "{close[0]}"?' if close else ""


@cache
def _outside(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}


def names(table: Mapping[str, str], group: str) -> list[str]:
    """Return our names in the table's order, then those that other packages add, sorted."""
    return [*table, *sorted(set(_outside(group)) - set(table))]


def load(table: Mapping[str, str], group: str, kind: str, name: str) -> Any:
    """Import what `name` stands for.

    Raises `UsageError` for an unknown name, for one that two packages claim, and for a package that
    does not import (with its own error).
    """
    outside = _outside(group)
    if name in table and name in outside:
        raise UsageError(
            f'{kind} "{name}" is built in, and the entry point {outside[name].value} claims it '
            "too: uninstall that package or rename its entry point"
        )
    if name in table:
        module, attribute = table[name].split(":")
        return getattr(import_module(module), attribute)
    if name not in outside:
        known = names(table, group)
        raise UsageError(
            f'no {kind} is called "{name}".{did_you_mean(name, known)} Known: {", ".join(known)}'
        )
    try:
        return outside[name].load()
    except Exception as error:
        raise UsageError(
            f'{kind} "{name}" comes from the entry point {outside[name].value}, which does not '
            f"import: {type(error).__name__}: {error}"
        ) from error
