"""Names of codecs that are longer than their column, cut so that each is still known."""

from __future__ import annotations

from collections.abc import Sequence

from codecbench.cli.terminal import LEAST_TEXT


def short_names(names: Sequence[str], room: int) -> list[str]:
    """Cut each name to `room` characters, or leave all whole where that makes two of them one.

    A name with a path keeps its family and the end of the path, or the folder that tells it from
    the others: `dac:…/second/…/weights.pth`. Other names keep both their ends.
    """
    room = max(room, LEAST_TEXT)
    for cut in (_cut, _told_apart):
        short = {name: cut(name, room, names) for name in names}
        if len(set(short.values())) == len(short):
            return [short[name] for name in names]
    return list(names)


def _cut(name: str, room: int, names: Sequence[str]) -> str:
    if len(name) <= room:
        return name
    family, parts = _path(name)
    tails = ["/".join(["", *parts[i:]]) for i in range(1, len(parts))]
    fitting = [tail for tail in tails if len(family) + 1 + len(tail) <= room]
    return f"{family}…{fitting[0]}" if fitting else _middle_cut(name, room)


def _told_apart(name: str, room: int, names: Sequence[str]) -> str:
    family, parts = _path(name)
    if len(name) <= room or len(parts) < 2:
        return _cut(name, room, names)
    others = [_path(other)[1] for other in set(names) if len(_path(other)[1]) == len(parts)]
    for i in reversed(range(len(parts) - 1)):
        if len({other[i] for other in others}) == len(others):
            short = f"{family}…/{parts[i]}/…/{parts[-1]}"
            return short if len(short) <= room else _middle_cut(f"{family}…/{parts[i]}/…", room)
    return _cut(name, room, names)


def _path(name: str) -> tuple[str, list[str]]:
    """The family with its colon, and the parts of the path behind it."""
    family, colon, variant = name.partition(":")
    return f"{family}{colon}", variant.split("/") if "/" in variant else []


def _middle_cut(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    head = (room - 1) // 2
    return f"{text[:head]}…{text[len(text) - (room - 1 - head) :]}"
