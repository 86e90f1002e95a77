"""Which clips the page lets one hear: each codec's worst and median one, and its worst in a table.

A codec is judged at its middle operating point, by ViSQOL where it was measured, else by the mel
distance, else by the first metric that has a direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from codecbench.reports.page.metrics_shown import BETTER, ShownMetric, of_metric

if TYPE_CHECKING:
    import pandas as pd

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
    """A codec's clips, its worst first. point, bitrate_bps: its middle point.

    median: the clip in the middle of them.
    """

    series: str
    point: str
    bitrate_bps: float
    worst: tuple[Judged, ...]
    median: Judged


def judging_metric(metrics: list[ShownMetric]) -> ShownMetric | None:
    """The metric that clips are chosen by; None where none has a direction."""
    directed = [metric for metric in metrics if metric.direction in BETTER]
    for name in BEFORE_OTHERS:
        for metric in directed:
            if metric.name == name:
                return metric
    return directed[0] if directed else None


def choose_clips(rows: pd.DataFrame, metric: ShownMetric) -> list[OfSeries]:
    """Each series' clips at its middle point; series without bitrates or values are left out."""
    rates = rates_of(rows)
    judged = of_metric(rows, metric)
    judged = judged[judged.value.notna() & judged.bitrate_bps.notna()]
    found = []
    for series, mine in judged.groupby("series", sort=True):
        point, bitrate_bps = middle_point(rates[str(series)], set(mine.point))
        at_point = mine[mine.point == point].drop_duplicates("clip_hash")
        ordered = at_point.sort_values(
            ["value", "clip"], ascending=[metric.direction == "higher", True]
        )
        clips = [
            Judged(str(clip), str(clip_hash), float(value))
            for clip, clip_hash, value in zip(
                ordered["clip"], ordered.clip_hash, ordered.value, strict=True
            )
        ]
        found.append(
            OfSeries(str(series), point, bitrate_bps, tuple(clips[:WORST]), clips[len(clips) // 2])
        )
    return found


def rates_of(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Each series' points with their bits over their seconds in bit/s, as the summary has it."""
    coded = rows.drop_duplicates("encoding_key")
    sums = coded.assign(bits=coded.bitrate_bps * coded.duration_s)
    totals = sums.groupby(["series", "point"], sort=True)[["bits", "duration_s"]].sum()
    found: dict[str, dict[str, float]] = {}
    for row in totals.reset_index().to_dict("records"):
        found.setdefault(str(row["series"]), {})[str(row["point"])] = (
            row["bits"] / row["duration_s"]
        )
    return found


def middle_point(rates: dict[str, float], points: set[str]) -> tuple[str, float]:
    """The middle one of these points by bitrate, the lower one of two, and its bit/s."""
    ordered = sorted((rate, point) for point, rate in rates.items() if point in points)
    bitrate_bps, point = ordered[(len(ordered) - 1) // 2]
    return point, bitrate_bps


def nearest_point(rates: pd.Series[float], bitrate_bps: float) -> str:
    """The point whose rate is nearest by ratio. rates: bit/s by point."""
    distance = np.abs(np.log(rates.to_numpy(float) / bitrate_bps))
    return str(rates.index[int(np.argmin(distance))])
