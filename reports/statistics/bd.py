"""BD-rate and BD-quality between any two codecs, with paired intervals over clips.

BD-rate: by how many percent the test codec's bitrate differs from the anchor's at equal quality, on
average over the qualities that both reach; negative is rate saved. BD-quality: by how much its
metric differs at equal bitrate, in the metric's own unit and direction. Both are over the clips
that both codecs have at all of their points, with measured bitrates (Σ bits / Σ seconds).

The values are those of the package `bjontegaard` with `pchip`, which is what standardisation uses
(JCTVC-L1100, JVET-T2010): one cubic through all points, as in VCEG-M33, swings between points of
uneven spacing, and takes no more than four. Where a value would mislead there is none, and the
reason. Sources: Bjøntegaard, VCEG-M33 (2001); Herglotz et al., arXiv 2304.12852.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.reports.statistics.bd_pair import Pair, compare_pair
from codecbench.reports.statistics.clip_values import (
    SIGNS,
    MetricTable,
    categories_of,
    pairs_in_layout,
    points_with_bitrate,
    tables_of,
)
from codecbench.wording import joined

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.measurements import Measurements

COLUMNS = [
    "metric",
    "protocol",
    "category",
    "anchor",
    "test",
    "bd_rate_percent",
    "rate_low",
    "rate_high",
    "bd_quality",
    "quality_low",
    "quality_high",
    "unit",
    "direction",
    "overlap",
    "overlap_rates",
    "clips",
    "left_out",
    "why_not",
    "quality_why_not",
    "anchor_lacks",
    "test_lacks",
    "note",
]


def bd_matrix(
    measurements: Measurements,
    summary: pd.DataFrame,
    bootstrap: int = 500,
    seed: int = 0,
    metrics: Collection[str] | None = None,
) -> pd.DataFrame:
    """BD-rate and BD-quality of each codec over each other (`COLUMNS`).

    summary: of these measurements, by `reports.summary`.

    One row for each metric, protocol and category in which any codec of a layout has values, and
    each ordered pair of series of that layout that have bitrates. why_not: why BD-rate is not
    defined, quality_why_not: why BD-quality is not; "" where they are. anchor_lacks, test_lacks:
    what keeps that codec from either, by its own curve, such as "has 3 operating points with a
    bitrate, and 4 are needed"; "" for nothing. note: why an interval is missing. bootstrap: draws,
    0 for no intervals. metrics: names, None for all that have a direction.
    """
    import pandas as pd

    coding, tables = tables_of(measurements)
    points = points_with_bitrate(summary)
    rows: list[dict[str, Any]] = []
    for table in tables:
        if metrics is not None and table.metric not in metrics:
            continue
        for category in categories_of(summary):
            inside = coding.in_category(category)
            if np.isnan(table.values[inside]).all():
                continue
            for anchor, test in pairs_in_layout(points, summary, coding, table.values[inside]):
                both = {name: list(points[name]) for name in (anchor, test)}
                pair = compare_pair(table, coding, inside, both, bootstrap, seed)
                rows += _rows(table, category, pair)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = ["metric", "protocol", "category", "anchor", "test"]
    return frame.sort_values(order, ignore_index=True, kind="stable")


def without_any(bd: pd.DataFrame) -> dict[str, str]:
    """Codecs that lack something in each of their comparisons in these rows, and what, once."""
    if bd.empty:
        return {}
    lacks = bd.groupby("anchor", sort=True)["anchor_lacks"]
    return {
        str(series): "; ".join(dict.fromkeys(found))
        for series, found in lacks
        if (found != "").all()
    }


def told_once(bd: pd.DataFrame) -> list[tuple[list[str], str]]:
    """`without_any` as pairs (codecs, what they lack): those that lack the same are together."""
    together: dict[str, list[str]] = {}
    for series, why in without_any(bd).items():
        together.setdefault(why, []).append(series)
    return [(names, why) for why, names in together.items()]


def apart_in_words(bd: pd.DataFrame) -> tuple[str, ...]:
    """A sentence without its end for each reason, such as "lyra has 3 operating points …"."""
    return tuple(
        f"{names[0]} {why}" if len(names) == 1 else f"{joined(names)}: each {why}"
        for names, why in told_once(bd)
    )


def _rows(table: MetricTable, category: str, pair: Pair) -> Iterator[dict[str, Any]]:
    """The pair both ways: the log rate and the quality change their sign, and nothing else."""
    for sign, anchor, test in ((1, pair.anchor, pair.test), (-1, pair.test, pair.anchor)):
        rate = [_percent(sign * x) for x in (pair.rate.value, pair.rate.low, pair.rate.high)]
        better = sign * SIGNS[table.direction]
        quality = [better * x for x in (pair.quality.value, pair.quality.low, pair.quality.high)]
        yield {
            "metric": table.metric,
            "protocol": table.protocol,
            "category": category,
            "anchor": anchor,
            "test": test,
            "bd_rate_percent": rate[0],
            "rate_low": min(rate[1:]),
            "rate_high": max(rate[1:]),
            "bd_quality": quality[0],
            "quality_low": min(quality[1:]),
            "quality_high": max(quality[1:]),
            "unit": table.unit,
            "direction": table.direction,
            "overlap": pair.rate.overlap,
            "overlap_rates": pair.quality.overlap,
            "clips": pair.clips,
            "left_out": pair.left_out,
            "why_not": pair.rate.why_not,
            "quality_why_not": pair.quality.why_not,
            "anchor_lacks": pair.lacks.get(anchor, ""),
            "test_lacks": pair.lacks.get(test, ""),
            "note": "; ".join(dict.fromkeys(filter(None, (pair.rate.note, pair.quality.note)))),
        }


def _percent(log_ratio: float) -> float:
    return float(100 * np.expm1(log_ratio))
