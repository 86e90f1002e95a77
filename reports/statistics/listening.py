"""Scores of a listening test beside the metrics: what raters said, and which metric says the same.

Scores are those of raters whom the test's own screening kept. Conditions of a test that was made
from a run are named by codec and operating point, `opus@24`, and are found among the measurements
by that; the anchors of a MUSHRA test are found where the measurements hold the codec `lowpass`,
which is the same filter. The hidden reference is no decoded audio: no metric has a value for it.
Metrics are of whole clips, scores of the excerpts that were played.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from codecbench.categories import EVERY
from codecbench.reports.statistics.clip_values import (
    SIGNS,
    Coding,
    MetricTable,
    PointKey,
    tables_of,
)
from codecbench.reports.statistics.correlation import Correlation, of_clips, of_points
from codecbench.reports.statistics.heard_conditions import match_conditions, named_point
from codecbench.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.listening_test.screening import Verdict
    from codecbench.listening_test.test_file import ListeningTest
    from codecbench.reports.measurements import Measurements

ON_A_SCALE = ("mushra", "acr")
"""Kinds of tests in which raters give scores; in the others they choose."""

CONDITION_COLUMNS = [
    "condition",
    "kind",
    "series",
    "point",
    "bitrate_bps",
    "mean",
    "ci_low",
    "ci_high",
    "median",
    "raters",
    "reason",
]
CELL_COLUMNS = ["clip", "category", "condition", "kind", "score", "raters"]
TRUST_COLUMNS = [
    "metric",
    "protocol",
    "direction",
    "level",
    "pearson",
    "pearson_low",
    "pearson_high",
    "spearman",
    "spearman_low",
    "spearman_high",
    "agrees",
    "points",
    "clips",
    "why_not",
]


@dataclass(frozen=True, eq=False)
class Ratings:
    """What a listening test found.

    conditions: a row each, in the design's order (`CONDITION_COLUMNS`). series, point: of the
    measurements, "" for the hidden reference and for what they do not hold; mean and its 95%
    interval over raters; reason: why a number is missing. cells: a row for each clip and condition
    that was rated (`CELL_COLUMNS`), score the mean over raters. notes: what a reader must know.
    """

    title: str
    kind: str
    conditions: pd.DataFrame
    cells: pd.DataFrame
    notes: tuple[str, ...]


def read_ratings(
    test_folder: Path, summary: pd.DataFrame | None = None, database: str | None = None
) -> Ratings:
    """Read a listening test's ratings, of the raters who were kept.

    summary: of the measurements that stand beside, whose labels of series are then taken; without,
    series is the codec's name. database: its address, where ratings are not in the test's folder.
    Raises `UsageError` for what is not a listening test, `ListeningTestError` for one that cannot
    be read.
    """
    from codecbench.listening_test.records import load_ratings
    from codecbench.listening_test.test_reading import read_test

    test = read_test(test_folder, check_stimuli=False)
    return ratings_of(test, load_ratings(database or test_folder), summary)


def ratings_of(
    test: ListeningTest, ratings: pd.DataFrame, summary: pd.DataFrame | None = None
) -> Ratings:
    """What a test found, from its ratings as `listening_test.records` gives them."""
    from codecbench.listening_test import tables
    from codecbench.listening_test.screening import screen

    verdicts = screen(ratings, test.plan, test.kind)
    kept = {verdict.rater for verdict in verdicts if verdict.kept}
    by_rater = tables.cells(ratings[ratings["rater"].isin(kept)], test.conditions)
    if test.kind not in ON_A_SCALE:
        by_rater = by_rater.iloc[:0]
    conditions = tables.condition_table(by_rater, test.conditions)
    conditions = conditions[conditions["category"] == EVERY].reset_index(drop=True)
    kinds = {condition.name: condition.kind for condition in test.conditions}
    keys = {name: named_point(name, kind) for name, kind in kinds.items()}
    notes: tuple[str, ...] = ()
    if summary is not None:
        matched, notes = match_conditions(kinds, summary)
        keys = {name: matched.get(name, ("", "")) for name in kinds}
    conditions["series"] = [keys[name][0] for name in conditions["condition"]]
    conditions["point"] = [keys[name][1] for name in conditions["condition"]]
    clips = {item.id: item.clip for item in test.items}
    by_clip = by_rater.assign(clip=by_rater["item"].map(clips))
    grouped = by_clip.groupby(["clip", "category", "condition", "kind"], sort=False)["score"]
    cells = grouped.agg(score="mean", raters="count").reset_index()
    return Ratings(
        test.title or test.name,
        test.kind,
        conditions.reindex(columns=CONDITION_COLUMNS),
        cells[CELL_COLUMNS],
        (*_notes(test, verdicts, len(kept)), *notes),
    )


def metric_trust(
    ratings: Ratings, measurements: Measurements, summary: pd.DataFrame
) -> pd.DataFrame:
    """Each metric's correlation with the scores (`TRUST_COLUMNS`), as measured.

    level: "condition" over the means of conditions, which are over the clips that all of them have,
    with Fisher's interval; "stimulus" over clips × conditions, with an interval over clips. agrees:
    whether Spearman's has the sign that the metric's direction promises, None without one. points:
    conditions or stimuli. why_not: why a correlation or its interval is missing, else "".
    """
    import pandas as pd

    coding, tables = tables_of(measurements)
    kinds = dict(zip(ratings.conditions["condition"], ratings.conditions["kind"], strict=True))
    keys, _ = match_conditions(kinds, summary)
    rows: list[dict[str, Any]] = []
    for table in tables:
        scores = _scores(ratings, coding, table, keys)
        common = {
            "metric": table.metric,
            "protocol": table.protocol,
            "direction": table.direction,
        }
        rows += [common | row for row in _levels(scores, ratings, table)]
    return pd.DataFrame(rows, columns=TRUST_COLUMNS)


Pairs = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Values of a metric and scores, shape (clips, conditions) each; NaN where there is none."""


def _levels(scores: Pairs, ratings: Ratings, table: MetricTable) -> Iterator[dict[str, Any]]:
    values, means = scores
    both = np.isfinite(values) & np.isfinite(means)
    there = np.asarray(both.any(axis=0))
    whole = np.asarray(both[:, there].all(axis=1)) & there.any()
    clip_of, _ = np.nonzero(both)
    of_clip = np.unique(clip_of, return_inverse=True)[1]
    clips = {"condition": int(whole.sum()), "stimulus": int(both.any(axis=1).sum())}
    for level in ("condition", "stimulus"):
        if level == "condition" and whole.any():
            x, y = (part[np.ix_(whole, there)].mean(axis=0) for part in (values, means))
        elif level == "condition":
            x = y = np.zeros(0)
        else:
            x, y = values[both], means[both]
        row: dict[str, Any] = {"level": level, "points": len(x), "clips": clips[level]}
        reasons = []
        for kind in ("pearson", "spearman"):
            found: Correlation = (
                of_points(x, y, kind) if level == "condition" else of_clips(x, y, of_clip, kind)
            )
            row |= {kind: found.value, f"{kind}_low": found.low, f"{kind}_high": found.high}
            reasons.append(found.why_not)
        sign = np.sign(row["spearman"]) * SIGNS[table.direction]
        row["agrees"] = None if np.isnan(sign) else bool(sign > 0)
        why_none = _why_nothing(ratings, there, len(x), table.metric)
        yield row | {"why_not": why_none or "; ".join(dict.fromkeys(filter(None, reasons)))}


def _why_nothing(ratings: Ratings, there: npt.NDArray[np.bool_], points: int, metric: str) -> str:
    if ratings.kind not in ON_A_SCALE:
        return f"raters of a test of kind {ratings.kind.upper()} choose, and give no scores"
    if ratings.cells.empty:
        return "there are no scores"
    if not there.size:
        return "none of the test's conditions is among the measurements"
    if not there.any():
        return f"no clip that was rated has {metric}"
    return "" if points else f"no clip that was rated has {metric} in all conditions"


def _scores(
    ratings: Ratings, coding: Coding, table: MetricTable, keys: dict[str, PointKey]
) -> Pairs:
    clips = {clip: i for i, clip in enumerate(coding.clips)}
    places = {condition: i for i, condition in enumerate(keys)}
    values = np.full((len(clips), len(keys)), np.nan)
    means = values.copy()
    for condition, key in keys.items():
        values[:, places[condition]] = table.values[:, coding.columns[key]]
    rated = ratings.cells[["clip", "condition", "score"]].itertuples(index=False, name=None)
    for clip, condition, score in rated:
        if clip in clips and condition in places:
            means[clips[clip], places[condition]] = score
    return values, means


def _notes(test: ListeningTest, verdicts: Sequence[Verdict], kept: int) -> Iterator[str]:
    if test.kind not in ON_A_SCALE:
        yield f"raters of a test of kind {test.kind.upper()} choose: there are no scores to report"
    elif not verdicts:
        yield "nobody completed a rated trial yet"
    elif not kept:
        yield "every rater was left out by the screening of ITU-R BS.1534-3"
    elif kept < len(verdicts):
        left_out = len(verdicts) - kept
        yield (
            f"{left_out} of {counted(len(verdicts), 'rater')} "
            f"{'was' if left_out == 1 else 'were'} left out by the test's screening"
        )
    if kept == 1 and test.kind in ON_A_SCALE:
        yield "one rater: scores have no interval, and other raters may say otherwise"
