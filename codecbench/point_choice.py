"""Which operating points answer the bitrates that were asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from codecbench.codecs.contract import Codec, OperatingPoint
from codecbench.coding import nearest_point, operating_points
from codecbench.wording import layout_words

REACH = 1.5
"""A requested bitrate is answered by a point within this factor, and a point whose measured rate is
further than this from its nominal one is marked."""


@dataclass(frozen=True)
class Missed:
    """A bitrate that no point answers, such as `at 2 kbps`, and why."""

    what: str
    reason: str


def resolve_points(
    codec: Codec, bitrates_bps: Iterable[float], channels: int
) -> tuple[tuple[OperatingPoint, ...], tuple[Missed, ...]]:
    """Answer each bitrate by the nearest point within `REACH`, each point once.

    Points without a bitrate (anchors) always belong. Without any bitrate asked, every point does.
    """
    ladder = operating_points(codec, channels)
    rates = tuple(bitrates_bps)
    if not rates:
        return ladder, ()
    chosen = {point: None for point in ladder if point.bitrate_bps is None}
    missed = []
    rated = [point.bitrate_bps for point in ladder if point.bitrate_bps]
    for rate in rates if rated else ():
        point = nearest_point(codec, rate, channels)
        # Rates such as 6 -> 4 kbps lie on the edge itself, and rounding must not decide.
        near = abs(math.log((point.bitrate_bps or rate) / rate)) <= math.log(REACH) + 1e-9
        if near:
            chosen[point] = None
        else:
            reason = (
                f"no operating point within a factor of {REACH:g}; it codes "
                f"{min(rated) / 1000:.3g} to {max(rated) / 1000:.3g} kbps in "
                f"{layout_words(channels)}"
            )
            missed.append(Missed(f"at {rate / 1000:g} kbps", reason))
    return tuple(chosen), tuple(missed)
