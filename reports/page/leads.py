"""Which codec is best at which bitrates: what the page's first paragraph and its strips both say.

Codecs are compared within one layout, on the frontier of one metric and category.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from codecbench.reports.page.metrics_shown import ShownMetric, of_metric
from codecbench.reports.page.view import kbps
from codecbench.reports.statistics.paired import LIKE

if TYPE_CHECKING:
    import pandas as pd


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
class Lead:
    """Codecs that are best by as many metrics as any other, from one bitrate up to another.

    least, most: by how many metrics each of them is best there. to_bps: infinite at the end.
    """

    series: tuple[str, ...]
    least: int
    most: int
    from_bps: float
    to_bps: float


def spans(frontier: pd.DataFrame, metric: ShownMetric, category: str, channels: int) -> list[Span]:
    """The stretches of a metric's frontier in the order of bitrate."""
    rows = of_metric(frontier, metric)
    here = (rows.category == category) & (rows.channels == channels) & rows.bitrate_bps.notna()
    rows = rows[here].sort_values("bitrate_bps")
    pairs = list(zip(rows["series"].astype(str), rows.bitrate_bps.astype(float), strict=True))
    stretches = []
    for series, points in groupby(pairs, key=lambda pair: pair[0]):
        rates = [rate for _, rate in points]
        stretches.append(Span(series, rates[0], rates[-1]))
    return stretches


def broad(stretches: list[Span]) -> list[Span]:
    """The stretches without those that the next one ends within a factor of `LIKE`.

    Operating points of two codecs hardly ever meet: one at 24.8 kbps leads up to the other's
    25.3 kbps for want of a point, not for being better. The first stretch stays, since no other
    codec can be had for less, and the last has no end.
    """
    kept: list[Span] = []
    for i, span in reversed(list(enumerate(stretches))):
        if kept and kept[-1].series == span.series:
            kept[-1] = replace(kept[-1], from_bps=span.from_bps)
        elif i == 0 or not kept or kept[-1].from_bps >= LIKE * span.from_bps:
            kept.append(span)
    return kept[::-1]


def within(stretches: list[Span], low_bps: float, high_bps: float) -> list[Span]:
    """Who leads between two bitrates: the stretch that holds at the lower one comes first."""
    begun = [span for span in stretches if span.from_bps <= low_bps]
    later = [span for span in stretches if low_bps < span.from_bps <= high_bps]
    return [*(replace(span, from_bps=low_bps) for span in begun[-1:]), *later]


def leads(by_metric: Sequence[Sequence[Span]]) -> list[Lead]:
    """Who is best by the most metrics, in the order of bitrate. by_metric: stretches of each."""
    starts = sorted({span.from_bps for stretches in by_metric for span in stretches})
    found: list[Lead] = []
    for start, end in zip(starts, [*starts[1:], math.inf], strict=True):
        begun = [[s.series for s in stretches if s.from_bps <= start] for stretches in by_metric]
        wins = Counter(series[-1] for series in begun if series)
        most = max(wins.values())
        names = tuple(sorted(name for name, count in wins.items() if count == most))
        if found and found[-1].series == names:
            last = found[-1]
            found[-1] = replace(
                last, least=min(last.least, most), most=max(last.most, most), to_bps=end
            )
        else:
            found.append(Lead(names, most, most, start, end))
    return found
