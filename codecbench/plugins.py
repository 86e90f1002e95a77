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
def _outside(group: str) -> dict[str, tuple[EntryPoint, ...]]:
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for entry in entry_points(group=group):
        found[entry.name] = (*found.get(entry.name, ()), entry)
    return found


def names(table: Mapping[str, str], group: str) -> list[str]:
    """Return our names in the table's order, then those that other packages add, sorted."""
    return [*table, *sorted(set(_outside(group)) - set(table))]


def load(table: Mapping[str, str], group: str, kind: str, name: str) -> Any:
    """Import what `name` stands for.

    Raises `UsageError` for an unknown name, for one that two packages claim, and for a package that
    does not import (with its own error).
    """
    claims = _outside(group).get(name, ())
    if len(claims) + (name in table) > 1:
        raise UsageError(
            f'{kind} "{name}" is claimed more than once, by '
            f"{', '.join([*(['codecbench'] if name in table else []), *map(_origin, claims)])}: "
            "uninstall one package or rename its entry point"
        )
    if name in table:
        module, attribute = table[name].split(":")
        return getattr(import_module(module), attribute)
    if not claims:
        known = names(table, group)
        raise UsageError(
            f'no {kind} is called "{name}".{did_you_mean(name, known)} Known: {", ".join(known)}'
        )
    try:
        return claims[0].load()
    except Exception as error:  # somebody else's module, which may raise anything
        raise UsageError(
            f'{kind} "{name}" comes from {_origin(claims[0])}, which does not import: '
            f"{type(error).__name__}: {error}"
        ) from error


def _origin(entry: EntryPoint) -> str:
    package = f" of {entry.dist.name}" if entry.dist else ""
    return f"{entry.value}{package}"
