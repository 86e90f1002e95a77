"""Two codecs by Bjøntegaard's differences: both of them with intervals, or why they have none.

A value that would mislead is not given: where a curve has too few points, does not rise, or shares
too little of its range with the other, the reason stands in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from codecbench.reports.groups import places_of_groups, sums_by_group
from codecbench.reports.metric_titles import title_of
from codecbench.reports.statistics.bd_bootstrap import paired_intervals
from codecbench.reports.statistics.bd_differences import Curves, CurveSums
from codecbench.reports.statistics.clip_values import (
    Bools,
    Coding,
    Floats,
    MetricTable,
    PointKey,
)
from codecbench.reports.statistics.studentised import Ends

LEAST_POINTS = 4
"""The method was defined for four points, and standards ask for four. Between fewer the curve is
the interpolation's and not the codec's."""

LEAST_OVERLAP = 0.5
"""Share of the shorter range that both curves must cover. With less, the number would speak of the
end of a curve, where one piece of it decides."""


@dataclass(frozen=True)
class Difference:
    """One of the two differences. value, low, high: of the log rate or the quality; NaN where
    why_not has a reason. overlap: of the ranges that the mean is over, as a share of the shorter.
    note: why there is no interval, where there is a value."""

    value: float
    low: float
    high: float
    overlap: float
    why_not: str
    note: str = ""


@dataclass(frozen=True)
class Pair:
    """Both differences of a test codec over an anchor. left_out: clips that one of the two has at
    some point, and that were not compared. lacks: what keeps a codec from any comparison, by its
    own curve and whatever the other's, by series; one that lacks nothing is not in it."""

    anchor: str
    test: str
    rate: Difference
    quality: Difference
    clips: int
    left_out: int
    lacks: dict[str, str]


def compare_pair(
    table: MetricTable,
    coding: Coding,
    inside: Bools,
    points: dict[str, list[str]],
    bootstrap: int,
    seed: int,
) -> Pair:
    """Compare two codecs on the clips inside, shape (clips,), that have values at all points.

    points: those of the anchor, then those of the test, by series. bootstrap: draws.
    """
    anchor, test = points
    has = np.isfinite(table.values) & np.isfinite(coding.bits) & inside[:, np.newaxis]
    there = np.asarray(has.any(axis=0))
    keys = {
        name: [(name, p) for p in names if there[coding.columns[name, p]]]
        for name, names in points.items()
    }
    of_both = has[:, [coding.columns[key] for name in keys for key in keys[name]]]
    points_had = of_both.sum(axis=1)
    common = inside & (points_had == of_both.shape[1])
    clips = int(common.sum())
    left_out = int((points_had > 0).sum()) - clips
    metric = title_of(table.metric).short
    lacks = _lacking({name: _too_few(metric, names, keys[name]) for name, names in points.items()})
    why_not = _said(lacks) or ("" if clips else f"no clip has {metric} at all points of both")
    if why_not:
        none = Difference(np.nan, np.nan, np.nan, np.nan, why_not)
        return Pair(anchor, test, none, none, clips, left_out, lacks)
    a, b = (_curve(table, coding, common, keys[name]) for name in (anchor, test))
    lacks = _lacking({curve.series: _not_rising(metric, curve) for curve in (a, b)})
    rate, quality = _differences(metric, a, b, _said(lacks), bootstrap, seed)
    return Pair(anchor, test, rate, quality, clips, left_out, lacks)


def _lacking(lacks: dict[str, str]) -> dict[str, str]:
    return {series: what for series, what in lacks.items() if what}


def _said(lacks: dict[str, str]) -> str:
    return "; ".join(f"{series} {what}" for series, what in lacks.items())


@dataclass(frozen=True, eq=False)
class _Curve:
    """Points in the order of their rates over the clips that are compared."""

    series: str
    points: tuple[str, ...]
    sums: CurveSums
    curve: Curves


def _curve(table: MetricTable, coding: Coding, clips: Bools, keys: list[PointKey]) -> _Curve:
    at = np.array([coding.columns[key] for key in keys])
    rates = coding.bits[clips][:, at].sum(axis=0) / coding.seconds[clips][:, at].sum(axis=0)
    order = np.argsort(rates, kind="stable")
    places = places_of_groups(coding.groups[clips].tolist())
    bits, seconds, quality = (
        sums_by_group(part[clips][:, at[order]], places)
        for part in (coding.bits, coding.seconds, table.quality)
    )
    sums = CurveSums(bits, seconds, quality, np.bincount(places).astype(float))
    return _Curve(keys[0][0], tuple(keys[i][1] for i in order), sums, sums.over_all())


def _differences(
    metric: str, anchor: _Curve, test: _Curve, why_not: str, bootstrap: int, seed: int
) -> tuple[Difference, Difference]:
    """why_not: of the curves by themselves, "" where both are sound."""
    a, t = anchor.curve, test.curve
    shares = _overlap(a.quality[0], t.quality[0]), _overlap(a.log_rates[0], t.log_rates[0])
    whys = [
        why_not or _too_little_shared(what, share, anchor.series, test.series)
        for what, share in zip((f"the ranges of {metric}", "the bitrates"), shares, strict=True)
    ]
    if all(whys):
        rate, quality = (
            Difference(np.nan, np.nan, np.nan, share, why)
            for share, why in zip(shares, whys, strict=True)
        )
        return rate, quality
    ends = paired_intervals(anchor.sums, test.sums, bootstrap, seed)
    rate, quality = (
        Difference(np.nan, np.nan, np.nan, share, why)
        if why
        else _defined(a, t, i == 0, share, ends[i])
        for i, (share, why) in enumerate(zip(shares, whys, strict=True))
    )
    return rate, quality


def _defined(anchor: Curves, test: Curves, is_rate: bool, overlap: float, ends: Ends) -> Difference:
    from bjontegaard import bd_psnr, bd_rate

    curves = (
        np.exp(anchor.log_rates[0]),
        anchor.quality[0],
        np.exp(test.log_rates[0]),
        test.quality[0],
    )
    # What the package warns of, overlap over the union of the ranges, is refused before.
    options: dict[str, Any] = {"require_matching_points": False, "min_overlap": 0}
    if is_rate:
        value = float(np.log1p(bd_rate(*curves, "pchip", **options) / 100))
    else:
        value = float(bd_psnr(*curves, "pchip", **options))
    return Difference(value, ends.low, ends.high, overlap, "", ends.note)


def _too_few(metric: str, points: list[str], keys: list[PointKey]) -> str:
    """What a codec lacks of the points that it takes. points: all; keys: with the metric."""
    if not keys:
        return f"has no {metric}"
    if len(keys) >= LEAST_POINTS:
        return ""
    has = f"has {len(points)} operating point{'s' if len(points) > 1 else ''} with a bitrate"
    if len(keys) < len(points):
        has = f"has {metric} at {len(keys)} of {len(points)} operating points"
    return f"{has}, and {LEAST_POINTS} are needed"


def _not_rising(metric: str, curve: _Curve) -> str:
    """Why a curve is none that BD is defined for, naming the first point where it is not.

    metric: where people read it.
    """
    steps = np.diff(curve.curve.log_rates[0]), np.diff(curve.curve.quality[0])
    for i, (rate, quality) in enumerate(zip(*steps, strict=True)):
        here, before = (_point(point) for point in (curve.points[i + 1], curve.points[i]))
        if rate <= 0:
            return f"has the same bitrate at {here} as at {before}"
        if quality <= 0:
            return f"is not monotonic: its {metric} is no better at {here} than at {before}"
    return ""


def _point(point: str) -> str:
    """A nominal bitrate with its unit; a label as it is."""
    return f"{point} kbps" if point.replace(".", "", 1).isdigit() else point


def _too_little_shared(what: str, share: float, anchor: str, test: str) -> str:
    if share >= LEAST_OVERLAP:
        return ""
    if share <= 0:
        return f"{what} of {anchor} and {test} do not overlap"
    least = f"{LEAST_OVERLAP:.0%} are needed"
    return f"{what} of {anchor} and {test} overlap by {share:.0%} of the shorter, and {least}"


def _overlap(one: Floats, other: Floats) -> float:
    """What two ranges share, as a share of the shorter."""
    shared = min(one.max(), other.max()) - max(one.min(), other.min())
    shorter = min(np.ptp(one), np.ptp(other))
    return float(max(shared, 0) / shorter) if shorter > 0 else 0.0
