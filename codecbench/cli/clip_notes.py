"""What the terminal says of single clips: odd files that were read, how estimates were aligned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from codecbench.audio import note_of
from codecbench.errors import CodecbenchError

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.codecs.contract import Codec
    from codecbench.plan import Plan, PlannedCodec

_NAMED = 5
"""Clips that a line names; the others are counted."""

_INVERTED = "the estimate's polarity is opposite to the reference's, and is left as it is"
_INCOMPLETE = "the aligned estimate does not hold this, and silence is scored in its place"


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


def tell_alignment(run: Path) -> None:
    """Say which estimates of a run have no delay, inverted polarity, or not all of their clip."""
    from codecbench.frames import clip_rows

    rows = clip_rows(run)
    unaligned = rows[(rows["metric"] == "delay_samples") & rows["value"].isna()]
    _tell("not aligned", zip(unaligned["clip"], unaligned["reason"], strict=True))
    inverted = rows[rows["metric"] == "inverted_channels"]
    _tell("inverted", ((name, _INVERTED) for name in _with_channels(inverted)))
    for end, metric in (("first", "missing_start_ms"), ("last", "missing_end_ms")):
        lacking = rows[rows["metric"] == metric]
        missing = zip(lacking["clip"], lacking["value"], strict=True)
        named = (f"{clip} (its {end} {ms:.4g} ms)" for clip, ms in missing)
        _tell("incomplete", ((name, _INCOMPLETE) for name in named))


def _with_channels(inverted: pd.DataFrame) -> Iterator[str]:
    """The clips, and how many of their channels it is where it is not all of them."""
    columns = (inverted[name] for name in ("clip", "value", "channels"))
    for clip, count, channels in zip(*columns, strict=True):
        some = f" ({count:.0f} of {channels} channels)" if count < channels else ""
        yield f"{clip}{some}"


def _tell(what: str, said: Iterable[tuple[str, str]]) -> None:
    from codecbench.cli.terminal import tell

    names_of: dict[str, list[str]] = defaultdict(list)
    for name, reason in dict.fromkeys(said):  # a run may hold a clip by several versions
        names_of[reason].append(name)
    for reason, names in sorted(names_of.items()):
        named = ", ".join(names[:_NAMED])
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        tell(f"{what}: {named}{more}: {reason}")
