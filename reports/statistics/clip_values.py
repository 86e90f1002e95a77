"""Measurements as arrays: a metric's values and the codec's bits, clips against operating points.

Comparisons are of clips that both codecs have, so each metric becomes one table with a row a clip
and a column a point of a series. Quantities that only describe a coding, such as header bytes, are
not metrics of quality and have no table here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from codecbench.categories import EVERY
from codecbench.frames import COUNTED
from codecbench.reports.groups import Places

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.measurements import Measurements

SIGNS = {"higher": 1.0, "lower": -1.0}
"""What a metric is multiplied by so that more is better; metrics of no direction rank nothing."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

PointKey = tuple[str, str]
"""(series, point)"""


@dataclass(frozen=True, eq=False)
class Coding:
    """What was coded, shape (clips, points) each: bits and seconds, NaN where a clip was not coded
    or the point has no bitrate.

    columns: where each point stands. categories, groups: of each clip, shape (clips,).
    """

    clips: tuple[str, ...]
    columns: Mapping[PointKey, int]
    bits: Floats
    seconds: Floats
    categories: npt.NDArray[np.object_]
    groups: npt.NDArray[np.object_]

    def in_category(self, category: str) -> Bools:
        """Which clips are of a category, shape (clips,)."""
        if category == EVERY:
            return np.ones(len(self.clips), bool)
        return np.asarray(self.categories == category, bool)


@dataclass(frozen=True, eq=False)
class MetricTable:
    """One metric under one protocol. values: shape (clips, points), as in `Coding`.

    asked: where the metric was asked for a value, whether or not it had one; the same shape.
    without: the tidy rows without a value, which say why.
    """

    metric: str
    protocol: str
    unit: str
    direction: str
    values: Floats
    asked: Bools
    without: pd.DataFrame

    @property
    def quality(self) -> Floats:
        """The values, with the sign that makes more better."""
        return SIGNS[self.direction] * self.values

    @cached_property
    def reasons(self) -> dict[tuple[str, str, str], str]:
        """Why there is no value, by (series, point, clip)."""
        keys = self.without[["series", "point", "clip"]].itertuples(index=False, name=None)
        return dict(zip(keys, self.without["reason"], strict=True))


def tables_of(measurements: Measurements) -> tuple[Coding, Iterator[MetricTable]]:
    """What was coded, and each metric that ranks codecs, in the order of names."""
    rows = measurements.rows
    clip_at, clips = rows["clip"].factorize(sort=True)
    first_of_clip = rows.drop_duplicates("clip").sort_values("clip")
    points = rows[["series", "point"]].drop_duplicates()
    columns = {
        (str(series), str(point)): i
        for i, (series, point) in enumerate(points.itertuples(index=False, name=None))
    }
    point_at = rows.groupby(["series", "point"], sort=False).ngroup().to_numpy()

    def wide(index: Places, values: Any) -> Floats:
        table = np.full((len(clips), len(columns)), np.nan)
        # Backwards, so that of a point coded again under a newer preprocessing the first counts.
        table[clip_at[index][::-1], point_at[index][::-1]] = np.asarray(values, float)[::-1]
        return table

    def metric_tables() -> Iterator[MetricTable]:
        judged = ~rows["metric"].isin(COUNTED) & rows["direction"].isin(list(SIGNS))
        places = np.flatnonzero(judged.to_numpy())
        number = rows.iloc[places].groupby(["metric", "protocol"]).ngroup().to_numpy()
        for i in range(int(number.max(initial=-1)) + 1):
            found = places[number == i]
            part = rows.iloc[found]
            yield MetricTable(
                metric=str(part["metric"].iloc[0]),
                protocol=str(part["protocol"].iloc[0]),
                unit=str(part["unit"].iloc[0]),
                direction=str(part["direction"].iloc[0]),
                values=wide(found, part["value"]),
                asked=np.isfinite(wide(found, np.ones(len(found)))),
                without=part[part["value"].isna()],
            )

    once = np.flatnonzero(~rows.duplicated("encoding_key").to_numpy())
    encodings = rows.iloc[once]
    bits = wide(once, encodings["bitrate_bps"] * encodings["duration_s"])
    seconds = np.where(np.isnan(bits), np.nan, wide(once, encodings["duration_s"]))
    categories, groups = (
        first_of_clip[name].to_numpy(dtype=object) for name in ("category", "group")
    )
    names = tuple(str(clip) for clip in clips)
    return Coding(names, columns, bits, seconds, categories, groups), metric_tables()


def points_with_bitrate(
    summary: pd.DataFrame, category: str = EVERY
) -> dict[str, dict[str, float]]:
    """Measured bitrate over a category, by series and point, from the lowest to the highest.

    Series sorted; anchors, whose points have no bitrate, are not among them.
    """
    rated = summary[(summary["category"] == category) & summary["bitrate_bps"].notna()]
    rated = rated.drop_duplicates(["series", "point"]).sort_values(["series", "bitrate_bps"])
    found: dict[str, dict[str, float]] = {}
    wanted = rated[["series", "point", "bitrate_bps"]]
    for series, point, bitrate_bps in wanted.itertuples(index=False, name=None):
        found.setdefault(str(series), {})[str(point)] = float(bitrate_bps)
    return found


def pairs_in_layout(
    series: Iterable[str], summary: pd.DataFrame, coding: Coding, values: Floats
) -> Iterator[tuple[str, str]]:
    """Any two series of one layout in which there are values: in another they coded other sound.

    values: a metric's, shape (clips, points).
    """
    channels = dict(zip(summary["series"], summary["channels"], strict=True))
    there = np.asarray(np.isfinite(values).any(axis=0))
    layouts = {channels[name] for (name, _), i in coding.columns.items() if there[i]}
    for a, b in combinations(series, 2):
        if channels[a] == channels[b] and channels[a] in layouts:
            yield a, b


def categories_of(summary: pd.DataFrame) -> list[str]:
    """`EVERY` first, then the categories that the summary tells apart."""
    return [EVERY, *sorted(set(summary["category"]) - {EVERY})]
