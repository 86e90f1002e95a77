"""The frontier in words, and as strips: which codec is best at each bitrate that one may spend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from codecbench.reports.page.metrics_shown import ShownMetric, of_metric
from codecbench.reports.page.view import kbps

if TYPE_CHECKING:
    import pandas as pd

LEFT, WIDTH = 236, 950
TICKS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True)
class Span:
    """One codec's stretch of a frontier. from_bps, to_bps: measured rates of its points there."""

    series: str
    from_bps: float
    to_bps: float

    @property
    def words(self) -> str:
        """Such as "opus (6.01 to 24.1 kbps)"."""
        if self.from_bps == self.to_bps:
            return f"{self.series} ({kbps(self.from_bps)} kbps)"
        return f"{self.series} ({kbps(self.from_bps)} to {kbps(self.to_bps)} kbps)"


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
    """Strips over one axis of bitrates; ticks: (place, words); left: where the axis begins."""

    strips: tuple[Strip, ...]
    ticks: tuple[tuple[float, str], ...]
    left: int = LEFT


def spans(frontier: pd.DataFrame, metric: ShownMetric, category: str) -> list[Span]:
    """The stretches of a metric's frontier in the order of bitrate."""
    rows = of_metric(frontier, metric)
    rows = rows[(rows.category == category) & rows.bitrate_bps.notna()].sort_values("bitrate_bps")
    pairs = list(zip(rows["series"].astype(str), rows.bitrate_bps.astype(float), strict=True))
    stretches = []
    for series, points in groupby(pairs, key=lambda pair: pair[0]):
        rates = [rate for _, rate in points]
        stretches.append(Span(series, rates[0], rates[-1]))
    return stretches


def in_words(stretches: list[Span]) -> str:
    """The stretches in words, such as "lyra (3.20 kbps), then opus (6.00 to 24.1 kbps)"."""
    return ", then ".join(span.words for span in stretches)


def make_strips(frontier: pd.DataFrame, metrics: list[ShownMetric], category: str) -> Strips | None:
    """Strips of the metrics that have a frontier; None where none has.

    Each block reaches from its first point to the next one's, where a better codec can be paid for.
    """
    found = [(metric, spans(frontier, metric, category)) for metric in metrics]
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
    return Strips(tuple(strips), tuple(ticks))
