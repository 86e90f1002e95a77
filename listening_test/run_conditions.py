"""Conditions of a test as they are named, found among the encodings of a stored run.

`opus@24` is answered by the nearest point that the run holds, within a factor of 1.5 as in
`bench run`; a codec of which the run holds one point needs no bitrate.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codecbench.codecs.table import create_codec
from codecbench.errors import CodecbenchError, UsageError
from codecbench.names import parse_codec_name, parse_kbps
from codecbench.plugins import did_you_mean
from codecbench.point_choice import REACH
from codecbench.store import Row

_OPTION = re.compile(r"^[a-z][a-z0-9_]*=")


@dataclass(frozen=True)
class Wanted:
    """A condition as asked for. codec: a name in the run. rate: text behind the @, or ""."""

    text: str
    codec: str
    rate: str


def parse_conditions(texts: Iterable[str], encodings: Sequence[Row]) -> tuple[Wanted, ...]:
    """Read lists such as `dac@8,opus,vbr=cbr@24` against what a run holds.

    Raises `UsageError`, listing what there is, for a codec that the run does not hold.
    """
    pieces: list[str] = []
    for text in texts:
        for part in filter(None, (part.strip() for part in text.split(","))):
            if pieces and _OPTION.match(part):
                pieces[-1] += f",{part}"
            else:
                pieces.append(part)
    if not pieces:
        raise UsageError(f"no condition is named (--conditions). {_holds(encodings)}")
    return tuple(_wanted(piece, encodings) for piece in dict.fromkeys(pieces))


def point_of(encoding: Row) -> str:
    """An encoding's operating point: kbps, or its label."""
    return str(encoding["label"] or f"{(encoding['nominal_bps'] or 0) / 1000:.4g}")


def answering(wanted: Wanted, encodings: Sequence[Row], channels: int) -> str | None:
    """The point of the run that answers a condition in a layout, None where there is none.

    Raises `UsageError` where no bitrate is given and the run holds several points.
    """
    of_layout = [e for e in encodings if e["codec"] == wanted.codec and e["channels"] == channels]
    points = {point_of(e): e["nominal_bps"] for e in of_layout}
    if not points:
        return None
    if not wanted.rate:
        if len(points) > 1:
            raise UsageError(f"{wanted.text}: say at which bitrate. {_holds(encodings)}")
        return next(iter(points))
    if wanted.rate in points:
        return wanted.rate
    rate_bps = parse_kbps(wanted.rate)
    far = {p: abs(math.log(bps / rate_bps)) for p, bps in points.items() if bps}
    near = [p for p in far if far[p] <= math.log(REACH) + 1e-9]
    return min(near, key=far.__getitem__) if near else None


def refused(wanted: Wanted, encodings: Sequence[Row]) -> UsageError:
    """The error for a condition that no point answers."""
    return UsageError(
        f"{wanted.text}: the run holds no point of {wanted.codec} within a factor of {REACH:g}. "
        f"{_holds(encodings)}"
    )


def _wanted(text: str, encodings: Sequence[Row]) -> Wanted:
    stored = {encoding["codec"] for encoding in encodings}
    if text in stored:
        return Wanted(text, text, "")
    name, at, rate = text.rpartition("@")
    if not at:
        name, rate = text, ""
    if name in stored:
        return Wanted(text, name, rate)
    # Another spelling of the same codec: options in another order, or at their defaults.
    try:
        asked = parse_codec_name(name)
        spelt = create_codec(asked.family, asked.variant, dict(asked.options), "cpu").name
    except CodecbenchError:
        spelt = name
    if spelt in stored:
        return Wanted(text, spelt, rate)
    close = did_you_mean(name, stored)
    raise UsageError(f'the run has no condition "{text}".{close} {_holds(encodings)}')


def _holds(encodings: Sequence[Row]) -> str:
    points = {(e["codec"], e["nominal_bps"] or 0, point_of(e)) for e in encodings}
    return "The run holds " + ", ".join(f"{codec}@{point}" for codec, _, point in sorted(points))
