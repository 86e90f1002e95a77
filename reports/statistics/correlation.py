"""Pearson's and Spearman's correlation with intervals, of independent points and of clips' points.

Independent points: Fisher's z, with the standard error 1/√(n-3) for Pearson's, and
√((1 + rho²/2)/(n-3)) for Spearman's (Bonett and Wright, Psychometrika 65, 2000). Points that come
in clips are not independent: there whole clips are drawn, and the draws become an interval by
`statistics.studentised`, in Fisher's z too. Spearman's is Pearson's of the ranks, ties having the
mean of theirs; the ranks of a draw are those within that draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from codecbench.reports.intervals import LEAST_CLIPS
from codecbench.reports.statistics.studentised import drawn_groups, interval
from codecbench.wording import counted

Floats = npt.NDArray[np.float64]

Kind = Literal["pearson", "spearman"]

LEAST_POINTS = 3
"""Two points always correlate by 1 or -1."""

LEAST_FOR_FISHER = 5
"""Under so many points Fisher's interval holds next to everything from -1 to 1."""

DRAWS = 999


@dataclass(frozen=True)
class Correlation:
    """value: -1 to 1. low, high: 95% interval. NaN where why_not has a reason."""

    value: float
    low: float
    high: float
    why_not: str = ""


def of_points(x: Floats, y: Floats, kind: Kind) -> Correlation:
    """Correlation of independent points, shape (points,) each."""
    why_not = _why_none(x, y)
    if why_not:
        return Correlation(np.nan, np.nan, np.nan, why_not)
    value = float(_correlations(x, y, np.ones((1, len(x))), kind)[0])
    if len(x) < LEAST_FOR_FISHER:
        few = f"no interval: {counted(len(x), 'point')}, and {LEAST_FOR_FISHER} are needed"
        return Correlation(value, np.nan, np.nan, few)
    if _is_whole(value):
        return Correlation(value, np.nan, np.nan, "no interval: the correlation is complete")
    spread = 1.0 if kind == "pearson" else 1 + value**2 / 2
    half = 1.959964 * np.sqrt(spread / (len(x) - 3))
    z = np.arctanh(value)
    return Correlation(value, float(np.tanh(z - half)), float(np.tanh(z + half)))


def of_clips(x: Floats, y: Floats, clip_of: npt.NDArray[np.intp], kind: Kind) -> Correlation:
    """Correlation of points that come in clips. clip_of: 0 to clips - 1, shape (points,)."""
    why_not = _why_none(x, y)
    if why_not:
        return Correlation(np.nan, np.nan, np.nan, why_not)
    clips = int(clip_of.max()) + 1
    value = float(_correlations(x, y, np.ones((1, len(x))), kind)[0])
    if clips < LEAST_CLIPS:
        few = f"no interval: points of {counted(clips, 'clip')}, and {LEAST_CLIPS} are needed"
        return Correlation(value, np.nan, np.nan, few)
    if _is_whole(value):
        return Correlation(value, np.nan, np.nan, "no interval: the correlation is complete")
    weights = drawn_groups(clips, DRAWS, 0)
    without, drawn = (
        _fisher(_correlations(x, y, of_clips[:, clip_of], kind))
        for of_clips in (1 - np.eye(clips), weights)
    )
    ends = interval(float(np.arctanh(value)), without, drawn, weights)
    note = f"no interval: {ends.note}" if ends.note else ""
    return Correlation(value, float(np.tanh(ends.low)), float(np.tanh(ends.high)), note)


def _why_none(x: Floats, y: Floats) -> str:
    if len(x) < LEAST_POINTS:
        return f"{counted(len(x), 'point')}: a correlation needs {LEAST_POINTS}"
    for values, what in ((x, "values"), (y, "scores")):
        if np.ptp(values) <= 1e-12 * np.abs(values).max():
            return f"all {what} are equal"
    return ""


def _is_whole(value: float) -> bool:
    return abs(value) > 1 - 1e-12


def _fisher(values: Floats) -> Floats:
    """Fisher's z; NaN for a correlation of 1 or -1, which has none."""
    inside = np.abs(values) < 1 - 1e-12
    z: Floats = np.where(inside, np.arctanh(np.where(inside, values, 0)), np.nan)
    return z


def _correlations(x: Floats, y: Floats, weights: Floats, kind: Kind) -> Floats:
    """A correlation for each row of weights, shape (rows, points); NaN where a side is constant."""
    if kind == "spearman":
        x_rows, y_rows = _ranks(x, weights), _ranks(y, weights)
    else:
        x_rows, y_rows = x[np.newaxis], y[np.newaxis]
    total = weights.sum(axis=1, keepdims=True)
    dx = x_rows - (weights * x_rows).sum(axis=1, keepdims=True) / total
    dy = y_rows - (weights * y_rows).sum(axis=1, keepdims=True) / total
    xx, yy = ((weights * d**2).sum(axis=1) for d in (dx, dy))
    varies = (xx > _noise(x_rows, total)) & (yy > _noise(y_rows, total))
    xy = (weights * dx * dy).sum(axis=1)
    size = np.sqrt(np.where(varies, xx * yy, 1))
    values: Floats = np.where(varies, np.clip(xy / size, -1, 1), np.nan)
    return values


def _noise(rows: Floats, total: Floats) -> Floats:
    """A sum of squares that rounding alone can make of constant values."""
    noise: Floats = total[:, 0] * (1e-12 * np.abs(rows).max(axis=1)) ** 2
    return noise


def _ranks(values: Floats, weights: Floats) -> Floats:
    """Mid-ranks among points that count as often as their weights, shape (rows, points)."""
    under = (values[:, np.newaxis] < values).astype(np.float64)
    equal = (values[:, np.newaxis] == values).astype(np.float64)
    ranks: Floats = weights @ (under + equal / 2)
    return ranks
