"""Codecs against each other at like bitrates, clip by clip.

Two operating points are compared where each is the other's nearest on a logarithmic scale of
measured bitrate, and they lie within a factor of `LIKE` of each other. The clips are those that
have a value at both; how many were left out stands beside, with the reasons. Wilcoxon's
signed-rank test asks whether the differences lie around 0 (clips without a difference do not count;
of a group of clips its mean does, as clips of one speaker are not independent), and Holm's
correction holds the chance of any false finding among all comparisons of one metric, protocol and
category at the level. The effect size is the matched-pairs rank-biserial correlation, -1 to 1: by
how much the ranks of differences above 0 outweigh those below (Kerby 2014). It goes with the test,
and unlike a mean over a standard deviation no single clip can make it large.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.reports.groups import places_of_groups, sums_by_group
from codecbench.reports.intervals import LEAST_CLIPS, mean_interval
from codecbench.reports.statistics.clip_values import (
    SIGNS,
    Bools,
    Coding,
    MetricTable,
    PointKey,
    categories_of,
    pairs_in_layout,
    points_with_bitrate,
    tables_of,
)
from codecbench.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.measurements import Measurements

LIKE = 1.25
"""Half of what tells two neighbouring rates of a usual series (6, 9, 12, 16, 24 kbps) apart."""

LEVEL = 0.05

COLUMNS = [
    "metric",
    "protocol",
    "category",
    "a",
    "point_a",
    "bitrate_a_bps",
    "b",
    "point_b",
    "bitrate_b_bps",
    "mean_a",
    "mean_b",
    "difference",
    "low",
    "high",
    "unit",
    "direction",
    "better",
    "p",
    "p_holm",
    "effect_size",
    "clips",
    "left_out",
    "why_left_out",
    "why_not",
]

Row = dict[str, Any]


def compare_at_like_bitrates(measurements: Measurements, summary: pd.DataFrame) -> pd.DataFrame:
    """Compare any two series of one layout at like bitrates (`COLUMNS`).

    summary: of these measurements. mean_a, mean_b: over the clips that both have. difference:
    a - b, with its 95% interval, NaN under `intervals.LEAST_CLIPS` clips. better: "a" or "b" where
    p_holm is under `LEVEL`, else "". why_not: why there is no difference, or no
    test. Two series without like bitrates have one row that says so.
    """
    import pandas as pd

    coding, tables = tables_of(measurements)
    rates = {name: points_with_bitrate(summary, name) for name in categories_of(summary)}
    rows: list[Row] = []
    for table in tables:
        for category, of_series in rates.items():
            inside = coding.in_category(category)
            if np.isnan(table.values[inside]).all():
                continue
            family = [
                row
                for a, b in pairs_in_layout(of_series, summary, coding, table.values[inside])
                for row in _pair(table, coding, inside, (a, of_series[a]), (b, of_series[b]))
            ]
            rows += [row | {"category": category} for row in _corrected(family)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = ["metric", "protocol", "category", "a", "b", "bitrate_a_bps"]
    return frame.sort_values(order, ignore_index=True, kind="stable")


def like_points(a: dict[str, float], b: dict[str, float]) -> list[tuple[str, str]]:
    """Points of a and b that are each other's nearest within a factor of `LIKE`.

    a, b: bitrates in bit/s, by point.
    """
    found = []
    for point, rate in a.items():
        other = _nearest(rate, b)
        is_mutual = other is not None and _nearest(b[other], a) == point
        if other is not None and is_mutual and abs(np.log(b[other] / rate)) <= np.log(LIKE):
            found.append((point, other))
    return found


def _nearest(rate: float, points: dict[str, float]) -> str | None:
    return min(points, key=lambda name: abs(np.log(points[name] / rate)), default=None)


def _pair(
    table: MetricTable,
    coding: Coding,
    inside: Bools,
    a: tuple[str, dict[str, float]],
    b: tuple[str, dict[str, float]],
) -> Iterator[Row]:
    there = np.asarray((np.isfinite(table.values) & inside[:, np.newaxis]).any(axis=0))
    points_a, points_b = (
        {point: rate for point, rate in points.items() if there[coding.columns[series, point]]}
        for series, points in (a, b)
    )
    common: Row = {"metric": table.metric, "protocol": table.protocol}
    common |= {"unit": table.unit, "direction": table.direction, "a": a[0], "b": b[0]}
    nothing: Row = {"point_a": "", "point_b": "", "better": "", "why_left_out": ""}
    nothing |= {"clips": 0, "left_out": 0}
    without = [s for s, points in ((a[0], points_a), (b[0], points_b)) if not points]
    matched = like_points(points_a, points_b)
    if without:
        yield common | nothing | {"why_not": f"{' and '.join(without)}: no {table.metric}"}
    elif not matched:
        why_not = f"no bitrates of {a[0]} and {b[0]} are within a factor of {LIKE:g}"
        yield common | nothing | {"why_not": why_not}
    for point_a, point_b in matched:
        yield (
            common
            | {
                "point_a": point_a,
                "bitrate_a_bps": points_a[point_a],
                "point_b": point_b,
                "bitrate_b_bps": points_b[point_b],
            }
            | _comparison(table, coding, inside, (a[0], point_a), (b[0], point_b))
        )


def _comparison(table: MetricTable, coding: Coding, inside: Bools, a: PointKey, b: PointKey) -> Row:
    of_a, of_b = (table.values[:, coding.columns[key]] for key in (a, b))
    both = np.isfinite(of_a) & np.isfinite(of_b) & inside
    # Clips of which neither was asked, such as music for a metric of speech, lack nothing.
    asked = table.asked[:, [coding.columns[a], coding.columns[b]]].sum(axis=1) > 0
    left_out = np.flatnonzero(asked & inside & ~both)
    row: Row = {
        "clips": int(both.sum()),
        "left_out": len(left_out),
        "why_left_out": _why_left_out(table, coding, left_out, (a, b)),
        "better": "",
        "why_not": "",
    }
    if not both.any():
        return row | {"why_not": "no clip has a value at both points"}
    differences = of_a[both] - of_b[both]
    groups = coding.groups[both].tolist()
    interval = mean_interval(differences, groups)
    row |= {"mean_a": float(of_a[both].mean()), "mean_b": float(of_b[both].mean())}
    row |= {"difference": interval.mean, "low": interval.low, "high": interval.high}
    return row | _tested(differences, groups)


def _tested(differences: np.ndarray[Any, np.dtype[np.float64]], groups: list[str]) -> Row:
    from codecbench.listening_test.pairwise_tests import signed_ranks

    places = places_of_groups(groups)
    sums = sums_by_group(differences[:, np.newaxis], places)[:, 0]
    of_groups = sums / np.bincount(places)
    is_grouped = len(of_groups) < len(differences)
    units = counted(
        len(of_groups), *(("group of clips", "groups of clips") if is_grouped else ("clip",))
    )
    if len(of_groups) < LEAST_CLIPS:
        # Of four signs all alike, one in eight comes by chance: a p here would only look like one.
        return {"why_not": f"no test: {units}, and {LEAST_CLIPS} are needed"}
    unlike = int((np.abs(of_groups) > 1e-9).sum())
    if unlike < 2:
        return {"why_not": f"no test: {unlike} of {units} differ, 2 are needed"}
    ranks = signed_ranks(of_groups)
    return {"p": ranks.p, "effect_size": ranks.rank_biserial}


def _corrected(family: list[Row]) -> list[Row]:
    """The rows of one metric, protocol and category with Holm's p, and who is better by it."""
    from codecbench.listening_test.pairwise_tests import corrected

    found = []
    held = corrected([row.get("p", np.nan) for row in family], "holm")
    for row, p_holm in zip(family, held, strict=True):
        better = ""
        if p_holm < LEVEL:
            # By the ranks that were tested: a mean may point elsewhere for one clip's sake.
            better = "a" if row["effect_size"] * SIGNS[row["direction"]] > 0 else "b"
        found.append(row | {"p_holm": p_holm, "better": better})
    return found


def _why_left_out(
    table: MetricTable, coding: Coding, clips: np.ndarray[Any, Any], points: tuple[PointKey, ...]
) -> str:
    """Each reason with the clips and the codecs that it is of, the most frequent first."""
    found: Counter[tuple[str, str]] = Counter()
    for i in clips:
        by_reason: dict[str, list[str]] = {}
        for series, point in points:
            at = coding.columns[series, point]
            if np.isfinite(table.values[i, at]):
                continue
            reason = table.reasons.get((series, point, coding.clips[i]))
            if reason is None:
                was_coded = np.isfinite(coding.seconds[i, at])
                reason = "not scored" if was_coded else "not coded"
            by_reason.setdefault(reason, []).append(f"{series}@{point}")
        found.update((reason, " and ".join(names)) for reason, names in by_reason.items())
    return "; ".join(
        f"{counted(count, 'clip')} of {names}: {reason}"
        for (reason, names), count in found.most_common()
    )
