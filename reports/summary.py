"""From tidy rows to one number a series, operating point and metric: means with 95% intervals.

Means are over the clips that have a value; how many have none stands beside. Intervals are those of
`codecbench.reports.intervals`. Bitrate over many clips is Σ bits / Σ seconds, not a mean of ratios.
Layouts (channels) and protocols are never averaged together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.categories import EVERY
from codecbench.metrics.codebooks import bitrate_efficiency, codebook_usage
from codecbench.reports.intervals import mean_interval
from codecbench.reports.series import KEY

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.measurements import Measurements

POINT = ["series", *KEY, "point"]
"""What tells one row of a summary from another, beside category, metric and protocol."""

COLUMNS = [
    *POINT,
    "category",
    "metric",
    "protocol",
    "unit",
    "direction",
    "bitrate_nominal_bps",
    "bitrate_bps",
    "bitrate_is_measured",
    "coded_bandwidth_hz",
    "mean",
    "ci_low",
    "ci_high",
    "clips",
    "groups",
    "without_value",
]

Row = dict[str, Any]


def summarise(measurements: Measurements) -> pd.DataFrame:
    """Summarise measurements, over all clips and by category (`COLUMNS`).

    `codebook_usage` and `bitrate_efficiency` are of the pooled codes, `rtf_encode` and
    `rtf_decode` of the timing: they have one value, and no interval. groups: clips, or groups of
    them, that the interval takes for independent.
    """
    import pandas as pd

    rows = measurements.rows
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    found: list[Row] = []
    for category, part in by_category(rows):
        points = {key: _point(key, group) for key, group in part.groupby(["series", "point"])}
        metrics = part[part["metric"] != "bitrate_bps"]
        for key, group in metrics.groupby(["series", "point", "metric", "protocol"]):
            found.append(points[key[:2]] | {"category": category} | _statistics(group))
        found += _codebook_rows(points, category, measurements.token_counts)
        if category == EVERY:
            found += _timing_rows(points, measurements.timings)
    summary = pd.DataFrame(found, columns=COLUMNS)
    order = ["codec", "series", "bitrate_nominal_bps", "point", "category", "metric"]
    return summary.sort_values(order, ignore_index=True, kind="stable")


def by_category(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (`EVERY`, all rows), then each category with its rows where there are several."""
    yield EVERY, frame
    categories = sorted(set(frame["category"].unique()) - {""})
    if len(categories) > 1:
        for category in categories:
            yield category, in_category(frame, category)


def layouts_of(summary: pd.DataFrame) -> list[int]:
    """Channels of the layouts that were coded, the least first."""
    return sorted(map(int, summary["channels"].unique()))


@dataclass(frozen=True)
class ClipCounts:
    """Clips of a category. by_layout: of those that were coded in it, by channels."""

    total: int
    by_layout: Mapping[int, int]


def clips_by_category(measurements: Measurements) -> dict[str, ClipCounts]:
    """How many clips there are of each category, whoever coded them."""
    if measurements.rows.empty:
        return {}
    found = {}
    for category, part in by_category(measurements.rows):
        of_layout = part.groupby("channels")["clip_hash"].nunique()
        counts = zip(of_layout.index, of_layout, strict=True)
        by_layout = {int(channels): int(count) for channels, count in counts}
        found[category] = ClipCounts(int(part["clip_hash"].nunique()), by_layout)
    return found


def clips_by_layout(rows: pd.DataFrame) -> dict[int, int]:
    """The most clips that a mean of these rows of a summary is over, by channels."""
    most = rows.groupby("channels")["clips"].max()
    return dict(zip(most.index.astype(int).tolist(), most.astype(int).tolist(), strict=True))


def in_category(frame: pd.DataFrame, category: str) -> pd.DataFrame:
    """Rows of a category, or all for `EVERY`."""
    return frame if category == EVERY or frame.empty else frame[frame["category"] == category]


def _point(key: Any, group: pd.DataFrame) -> Row:
    encodings = group.drop_duplicates("encoding_key")
    first = encodings.iloc[0]
    bits = (encodings["bitrate_bps"] * encodings["duration_s"]).sum(min_count=len(encodings))
    return {name: first[name] for name in KEY} | {
        "series": key[0],
        "point": key[1],
        "bitrate_nominal_bps": first["bitrate_nominal_bps"],
        "bitrate_bps": bits / encodings["duration_s"].sum(),
        "bitrate_is_measured": bool(first["bitrate_is_measured"]),
        "coded_bandwidth_hz": first["coded_bandwidth_hz"],
    }


def _statistics(group: pd.DataFrame) -> Row:
    row = {name: group[name].iloc[0] for name in ("metric", "protocol", "unit", "direction")}
    values = group["value"].to_numpy()
    there = ~np.isnan(values)
    without = int((~there).sum())
    if not there.any():
        return row | _value(float("nan"), 0) | {"without_value": without}
    found = mean_interval(values[there], group["group"][there].tolist())
    return row | {
        "mean": found.mean,
        "ci_low": found.low,
        "ci_high": found.high,
        "clips": found.clips,
        "groups": found.groups,
        "without_value": without,
    }


def _value(mean: float, clips: int) -> Row:
    """A mean without an interval."""
    return {
        "mean": mean,
        "ci_low": float("nan"),
        "ci_high": float("nan"),
        "clips": clips,
        "groups": clips,
        "without_value": 0,
    }


def _codebook_rows(
    points: dict[Any, Row], category: str, token_counts: pd.DataFrame
) -> Iterator[Row]:
    pooled = in_category(token_counts, category)
    if pooled.empty:
        return
    for key, group in pooled.groupby(["series", "point"]):
        counts = np.sum(list(group["counts"]), axis=0)
        values = {
            "codebook_usage": codebook_usage(counts),
            "bitrate_efficiency": bitrate_efficiency(counts),
        }
        common = {"category": category, "protocol": "fixed", "unit": "", "direction": "higher"}
        for name, value in values.items():
            yield points[key] | common | {"metric": name} | _value(value, len(group))


def _timing_rows(points: dict[Any, Row], timings: pd.DataFrame) -> Iterator[Row]:
    common = {"category": EVERY, "protocol": "fixed", "unit": "s/s", "direction": "lower"}
    # A point that was timed on several machines has its first timing here; all are in the store.
    for timing in timings.drop_duplicates(["series", "point"]).to_dict("records"):
        key = (timing["series"], timing["point"])
        for name in ("rtf_encode", "rtf_decode"):
            if key in points:
                yield points[key] | common | {"metric": name} | _value(timing[name], 1)
