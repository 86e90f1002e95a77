"""What the terminal says of single clips: odd files that were read, delays that were not found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codecbench.clips import Clip

_NAMED = 5
"""Clips that a line names; the others are counted."""


def tell_notes(clips: Iterable[Clip]) -> None:
    """Say what was made of odd files, those of one kind together."""
    _tell("note", ((clip.name, clip.note) for clip in clips if clip.note))


def tell_unaligned(run: Path) -> None:
    """Say which estimates of a run are scored as they are since no delay was found."""
    from codecbench.frames import clip_rows

    rows = clip_rows(run)
    rows = rows[(rows["metric"] == "delay_samples") & rows["value"].isna()]
    _tell("not aligned", zip(rows["clip"], rows["reason"], strict=True))


def _tell(what: str, said: Iterable[tuple[str, str]]) -> None:
    from codecbench.cli.terminal import tell

    names_of: dict[str, list[str]] = defaultdict(list)
    for name, reason in said:
        names_of[reason].append(name)
    for reason, names in sorted(names_of.items()):
        named = ", ".join(names[:_NAMED])
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        tell(f"{what}: {named}{more}: {reason}")
