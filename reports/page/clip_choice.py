"""Which clips the page lets one hear: in each category every codec's worst and its median one.

A codec is judged at its middle operating point. Each category is judged by one metric, so that what
stands beside the versions of a clip can be compared: of the metrics that most of its codecs have
values of, one that is made for the category, else ViSQOL, else the mel distance, else the first
that has a direction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from codecbench.reports.page.metrics_shown import BETTER, ShownMetric, of_metric
from codecbench.reports.page.view import listed

if TYPE_CHECKING:
    import pandas as pd

MADE_FOR = {"speech": ("visqol_speech", "pesq_wb", "pesq_nb", "estoi", "stoi")}
"""Metrics of quality by the category that they are made for, the fittest first."""

BEFORE_OTHERS = ("visqol", "mel")
WORST = 5
"""Clips in the table of each codec's worst."""


@dataclass(frozen=True)
class Judged:
    """A clip as one codec coded it at its middle point."""

    clip: str
    clip_hash: str
    value: float


@dataclass(frozen=True)
class OfSeries:
    """A codec's clips of one category, its worst first.

    metric: that judges them. point, bitrate_bps: the codec's middle point; NaN for a point without
    bitrate. median: the clip in the middle of them.
    """

    series: str
    category: str
    metric: ShownMetric
    point: str
    bitrate_bps: float
    worst: tuple[Judged, ...]
    median: Judged


@dataclass(frozen=True)
class Choice:
    """What is to be heard, and (what, reason) for what nothing could be chosen for."""

    of_series: tuple[OfSeries, ...]
    missing: tuple[tuple[str, str], ...]

    @property
    def metrics(self) -> dict[str, ShownMetric]:
        """The metric that judges each category."""
        return {of.category: of.metric for of in self.of_series}


def choose_clips(rows: pd.DataFrame, metrics: Sequence[ShownMetric]) -> Choice:
    """Choose in each category of `rows`, which are those of `Measurements`."""
    rates = rates_of(rows)
    chosen: list[OfSeries] = []
    missing = [] if len(rows) else [("sound", "the runs hold nothing that was coded")]
    for category in sorted(set(rows.category)):
        here = rows[rows.category == category]
        clips = f"sound of {clips_of(category)}"
        metric = judging_metric(here, metrics, category)
        if metric is None:
            missing.append((clips, "no metric that says better or worse has a value there"))
            continue
        judged = of_metric(here, metric)
        judged = judged[judged.value.notna()]
        found = [
            _of_series(str(series), category, metric, rates[str(series)], mine)
            for series, mine in judged.groupby("series", sort=True, observed=True)
        ]
        chosen += found
        if others := sorted(set(here["series"]) - {of.series for of in found}):
            why = f"no value of {metric.title}, which {clips_of(category)} are chosen by"
            missing.append((f"{clips}, the worst and the median of {listed(others)}", why))
    return Choice(tuple(chosen), tuple(missing))


def clips_of(category: str) -> str:
    """Clips of a category, in words."""
    return f"the clips of {category}" if category else "the clips"


def judging_metric(
    rows: pd.DataFrame, metrics: Sequence[ShownMetric], category: str
) -> ShownMetric | None:
    """The metric that clips of a category are chosen by; None where none with a direction is there.

    rows: of that category.
    """
    first = (*MADE_FOR.get(category, ()), *BEFORE_OTHERS)
    there = rows[rows.value.notna()]
    best, most = None, 0
    directed = [metric for metric in metrics if metric.direction in BETTER]
    for metric in sorted(directed, key=lambda m: first.index(m.name) if m.name in first else 99):
        series = of_metric(there, metric)["series"].nunique()
        if series > most:
            best, most = metric, series
    return best


def _of_series(
    series: str,
    category: str,
    metric: ShownMetric,
    rates: dict[str, float],
    judged: pd.DataFrame,
) -> OfSeries:
    """judged: the metric's rows of a series that have values."""
    point = middle_point(rates, set(judged.point))
    at_point = judged[judged.point == point].drop_duplicates("clip_hash")
    ascending = [metric.direction == "higher", True]
    ordered = at_point.sort_values(["value", "clip"], ascending=ascending)
    clips = [
        Judged(str(clip), str(clip_hash), float(value))
        for clip, clip_hash, value in zip(
            ordered["clip"], ordered.clip_hash, ordered.value, strict=True
        )
    ]
    worst, median = tuple(clips[:WORST]), clips[len(clips) // 2]
    return OfSeries(series, category, metric, point, rates[point], worst, median)


def rates_of(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Each series' points with their bits over their seconds in bit/s, as the summary has it.

    NaN for a point without bitrate.
    """
    coded = rows.drop_duplicates("encoding_key")
    sums = coded.assign(bits=coded.bitrate_bps * coded.duration_s)
    groups = sums.groupby(["series", "point"], sort=True, observed=True)
    totals = groups[["bits", "duration_s"]].sum(min_count=1)
    found: dict[str, dict[str, float]] = {}
    for row in totals.reset_index().to_dict("records"):
        found.setdefault(str(row["series"]), {})[str(row["point"])] = float(
            row["bits"] / row["duration_s"]
        )
    return found


def in_order(rates: dict[str, float]) -> list[str]:
    """Points by bitrate; those without one come last, by name."""
    return sorted(rates, key=lambda point: (math.isnan(rates[point]), rates[point], point))


def middle_point(rates: dict[str, float], points: set[str]) -> str:
    """The middle one of these points, the lower one of two."""
    ordered = in_order({point: rate for point, rate in rates.items() if point in points})
    return ordered[(len(ordered) - 1) // 2]


def nearest_point(rates: dict[str, float], bitrate_bps: float) -> str:
    """The point whose rate is nearest by ratio; the middle one where there is no rate to go by."""
    known = {point: rate for point, rate in rates.items() if not math.isnan(rate)}
    if not known or math.isnan(bitrate_bps):
        return middle_point(rates, set(rates))
    return min(in_order(known), key=lambda point: abs(np.log(known[point] / bitrate_bps)))
