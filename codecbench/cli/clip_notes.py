"""What the terminal says of single clips: odd files that were read, delays that were not found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from codecbench.audio import note_of
from codecbench.errors import CodecbenchError

if TYPE_CHECKING:
    from codecbench.codecs.contract import Codec
    from codecbench.plan import Plan, PlannedCodec

_NAMED = 5
"""Clips that a line names; the others are counted."""


def tell_notes(plan: Plan) -> None:
    """Say what was made of odd files, of clips and of audio decoded elsewhere, a kind a line."""
    _tell("note", ((clip.name, clip.note) for clip in plan.clips if clip.note))
    estimates = dict.fromkeys(_estimates(plan))
    _tell("note", ((str(path), note) for path in estimates if (note := note_of(path))))


def _estimates(plan: Plan) -> Iterator[Path]:
    """The files that were decoded elsewhere; one that is not there is told by its cell."""
    from codecbench.codecs.table import create_codec

    codecs: dict[PlannedCodec, Codec] = {}
    for coding in plan.codings:
        asked = coding.codec.asked
        if asked.family != "folder":
            continue
        if coding.codec not in codecs:
            options = dict(asked.options)
            codecs[coding.codec] = create_codec(asked.family, asked.variant, options, "cpu")
        with suppress(CodecbenchError):
            if estimate := codecs[coding.codec].estimate(coding.clip.name):
                yield estimate.path


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
