"""The frontier in words, and as strips: which codec is best at each bitrate that one may spend."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from codecbench.reports.page.metrics_shown import ShownMetric, of_metric
from codecbench.reports.page.view import kbps
from codecbench.reports.statistics.paired import LIKE

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
    """A stretch of a strip, in units of the strip's `WIDTH`.

    label: the series, or "" for a stretch too short to count (`broad`).
    """

    series: str
    left: float
    width: float
    words: str
    label: str


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


def broad(stretches: list[Span]) -> list[Span]:
    """The stretches without those that the next one ends within a factor of `LIKE`.

    Operating points of two codecs hardly ever meet: one at 24.8 kbps leads up to the other's
    25.3 kbps for want of a point, not for being better. The last stretch has no end.
    """
    kept: list[Span] = []
    for span in reversed(stretches):
        if kept and kept[-1].series == span.series:
            kept[-1] = replace(kept[-1], from_bps=span.from_bps)
        elif not kept or kept[-1].from_bps >= LIKE * span.from_bps:
            kept.append(span)
    return kept[::-1]


def within(stretches: list[Span], low_bps: float, high_bps: float) -> list[Span]:
    """Who leads between two bitrates: the stretch that holds at the lower one comes first."""
    begun = [span for span in stretches if span.from_bps <= low_bps]
    later = [span for span in stretches if low_bps < span.from_bps <= high_bps]
    return [*(replace(span, from_bps=low_bps) for span in begun[-1:]), *later]


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
        counted = [(span.from_bps, span.to_bps, span.series) for span in broad(stretches)]
        ends = [*starts[1:], WIDTH]
        blocks = [
            Block(
                span.series,
                left,
                round(right - left, 1),
                span.words,
                span.series if _is_among(span, counted) else "",
            )
            for span, left, right in zip(stretches, starts, ends, strict=True)
        ]
        strips.append(Strip(metric, tuple(blocks), in_words(stretches)))
    ticks = [(place(1000 * t), f"{t:g}") for t in TICKS if lowest <= 1000 * t <= highest]
    drawn = sorted({block.series for strip in strips for block in strip.blocks})
    return Strips(tuple(strips), tuple(ticks), tuple(drawn))


def _is_among(span: Span, counted: list[tuple[float, float, str]]) -> bool:
    return any(
        span.series == series and low <= span.from_bps <= high for low, high, series in counted
    )
