"""The frontier in words, and as strips: which codec is best at each bitrate that one may spend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codecbench.reports.page.leads import Span, broad, spans
from codecbench.reports.page.metrics_shown import ShownMetric

if TYPE_CHECKING:
    import pandas as pd

LEFT, WIDTH = 236, 950
TICKS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True)
class Block:
    """A stretch of a strip, in units of the strip's `WIDTH`."""

    series: str
    left: float
    width: float
    words: str


@dataclass(frozen=True)
class Strip:
    """The best codec over bitrate by one metric."""

    metric: ShownMetric
    blocks: tuple[Block, ...]
    words: str


@dataclass(frozen=True)
class Strips:
    """Strips over one axis of bitrates.

    ticks: (place, words). series: those that are drawn, sorted. left, width: where the axis begins
    on a wide screen, and its length.
    """

    strips: tuple[Strip, ...]
    ticks: tuple[tuple[float, str], ...]
    series: tuple[str, ...]
    left: int = LEFT
    width: int = WIDTH


def in_words(stretches: list[Span]) -> str:
    """The stretches in words, such as "lyra (3.20 kbps), then opus (6.00 to 24.1 kbps)"."""
    return ", then ".join(span.words for span in stretches)


def make_strips(
    frontier: pd.DataFrame, metrics: list[ShownMetric], category: str, channels: int
) -> Strips | None:
    """Strips of the metrics that have a frontier in a layout; None where none has.

    Each block reaches from its first point to the next one's, where a better codec can be paid for;
    stretches are those that count (`broad`), which the page's first paragraph speaks of too.
    """
    found = [(metric, broad(spans(frontier, metric, category, channels))) for metric in metrics]
    found = [(metric, stretches) for metric, stretches in found if stretches]
    if not found:
        return None
    lowest = min(stretches[0].from_bps for _, stretches in found)
    highest = max(stretches[-1].to_bps for _, stretches in found) * 1.25
    scale = WIDTH / math.log(highest / lowest)

    def place(rate: float) -> float:
        return round(scale * math.log(rate / lowest), 1)

    strips = []
    for metric, stretches in found:
        starts = [place(span.from_bps) for span in stretches]
        ends = [*starts[1:], WIDTH]
        blocks = [
            Block(span.series, left, round(right - left, 1), span.words)
            for span, left, right in zip(stretches, starts, ends, strict=True)
        ]
        strips.append(Strip(metric, tuple(blocks), in_words(stretches)))
    ticks = [(place(1000 * t), f"{t:g}") for t in TICKS if lowest <= 1000 * t <= highest]
    drawn = sorted({block.series for strip in strips for block in strip.blocks})
    return Strips(tuple(strips), tuple(ticks), tuple(drawn))
