"""Ratings as tables: by condition, by item and by rater.

Scores of a stimulus that a rater heard twice count once, as their mean. Means and intervals are
over raters: each rater gives their mean over items, and the interval is Student's t over those. So
it says how far other raters might differ, on these items. Quartiles and medians are of the single
scores, as box plots show them (linear interpolation, Hyndman and Fan's type 7).

Where a number cannot be had the cell is empty, and `reason` says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY
from codecbench.listening_test.pairwise_tests import mean_interval
from codecbench.listening_test.reliability import replicate_agreement
from codecbench.listening_test.uncomputable import Uncomputable
from codecbench.listening_test.warnings_on_scale import BIMODAL, EXCELLENT, bimodality

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.listening_test.screening import Verdict
    from codecbench.listening_test.test_file import Condition

STATISTICS = ["mean", "ci_low", "ci_high", "median", "quartile_1", "quartile_3", "iqr"]
CONDITION_COLUMNS = [
    "category",
    "condition",
    "kind",
    "bitrate_bps",
    "raters",
    "items",
    "scores",
    *STATISTICS,
    "bimodality",
    "bimodal",
    "reason",
]
ITEM_COLUMNS = ["item", "category", "condition", "kind", "raters", *STATISTICS, "reason"]
RATER_COLUMNS = [
    "rater",
    "kept",
    "judged",
    "verdict",
    "trials",
    "items",
    "reference_low_share",
    "anchor_high_share",
    "mean",
    "median",
    "lowest",
    "highest",
    "excellent_share",
    "agreement",
    "replicates",
    "repeat_difference",
    "repeat_sd",
    "reason",
]


def scored(ratings: pd.DataFrame) -> pd.DataFrame:
    """Keep what counts: rows of trials that were sent, without training."""
    return ratings[~ratings.training.astype(bool) & ratings.completed.astype(bool)]


def cells(ratings: pd.DataFrame, conditions: Sequence[Condition]) -> pd.DataFrame:
    """One row for each rater, item and condition: rater, item, category, condition, kind, score.

    score: the mean over presentations. Sorted by the design's order of conditions.
    """
    keys = ["rater", "item", "category", "condition", "kind"]
    means = scored(ratings).groupby(keys, sort=False).score.mean().reset_index()
    order = {condition.name: i for i, condition in enumerate(conditions)}
    means["place"] = means.condition.map(order).fillna(len(order))
    means = means.sort_values(["place", "condition", "rater", "item"], ignore_index=True)
    return means[[*keys, "score"]]


def condition_table(cells_: pd.DataFrame, conditions: Sequence[Condition]) -> pd.DataFrame:
    """One row for each condition, over all items and by category (`CONDITION_COLUMNS`)."""
    import pandas as pd

    rows = []
    for category in categories(cells_):
        part = cells_ if category == EVERY else cells_[cells_.category == category]
        for condition in conditions:
            group = part[part.condition == condition.name]
            row = {"category": category, "condition": condition.name, "kind": condition.kind}
            rows.append(
                row
                | {"bitrate_bps": condition.bitrate_bps, "items": group.item.nunique()}
                | _statistics(group, with_bimodality=True)
            )
    return pd.DataFrame(rows, columns=CONDITION_COLUMNS)


def item_table(cells_: pd.DataFrame, conditions: Sequence[Condition]) -> pd.DataFrame:
    """One row for each item and condition that was rated (`ITEM_COLUMNS`)."""
    import pandas as pd

    rows = []
    for (item, category), of_item in cells_.groupby(["item", "category"]):
        for condition in conditions:
            group = of_item[of_item.condition == condition.name]
            row = {"item": item, "category": category, "condition": condition.name}
            rows.append(row | {"kind": condition.kind} | _statistics(group))
    return pd.DataFrame(rows, columns=ITEM_COLUMNS)


def rater_table(ratings: pd.DataFrame, verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """One row for each rater with a completed trial (`RATER_COLUMNS`), left out or not.

    agreement: correlation of the rater's scores with the means of the other kept raters.
    excellent_share: of scores of 80 and more.
    """
    import pandas as pd

    rows = []
    counted = scored(ratings)
    judged = list(verdicts)
    kept = counted[counted.rater.isin([verdict.rater for verdict in judged if verdict.kept])]
    repeats = replicate_agreement(counted).set_index("rater").to_dict("index")
    for verdict in judged:
        mine = counted[counted.rater == verdict.rater]
        agreement, reason = _agreement(mine, kept[kept.rater != verdict.rater])
        repeat: dict[Any, Any] = repeats.get(verdict.rater, {"replicates": 0})
        rows.append(
            {
                "rater": verdict.rater,
                "kept": verdict.kept,
                "judged": verdict.judged,
                "verdict": verdict.reason,
                "trials": verdict.trials,
                "items": mine.item.nunique(),
                "reference_low_share": verdict.reference_low_share,
                "anchor_high_share": verdict.anchor_high_share,
                "mean": mine.score.mean(),
                "median": mine.score.median(),
                "lowest": mine.score.min(),
                "highest": mine.score.max(),
                "excellent_share": (mine.score >= EXCELLENT).mean(),
                "agreement": agreement,
                "reason": reason,
            }
            | repeat
        )
    return pd.DataFrame(rows, columns=RATER_COLUMNS)


def categories(cells_: pd.DataFrame) -> list[str]:
    """`EVERY`, and each category where there are several."""
    names = sorted(set(cells_.category) - {""})
    return [EVERY, *names] if len(names) > 1 else [EVERY]


def _statistics(group: pd.DataFrame, *, with_bimodality: bool = False) -> dict[str, Any]:
    if group.empty:
        return {"raters": 0, "scores": 0, "reason": "nobody rated it"}
    by_rater = group.groupby("rater").score.mean()
    quartiles = group.score.quantile([0.25, 0.5, 0.75])
    row: dict[str, Any] = {
        "raters": len(by_rater),
        "scores": len(group),
        "mean": by_rater.mean(),
        "median": quartiles[0.5],
        "quartile_1": quartiles[0.25],
        "quartile_3": quartiles[0.75],
        "iqr": quartiles[0.75] - quartiles[0.25],
    }
    reasons = []
    try:
        _, row["ci_low"], row["ci_high"] = mean_interval(by_rater.to_numpy())
    except Uncomputable as reason:
        reasons.append(str(reason))
    if with_bimodality:
        try:
            row["bimodality"] = bimodality(group.score.to_numpy())
            row["bimodal"] = row["bimodality"] > BIMODAL
        except Uncomputable as reason:
            reasons.append(str(reason))
    return row | {"reason": "; ".join(reasons)}


def _agreement(mine: pd.DataFrame, others: pd.DataFrame) -> tuple[float | None, str]:
    keys = ["item", "condition"]
    both = mine.groupby(keys).score.mean().to_frame("mine")
    both = both.join(others.groupby(keys).score.mean().rename("others"), how="inner")
    if len(both) < 3:
        return None, "agreement: fewer than 3 stimuli in common with kept raters"
    if both.mine.nunique() < 2 or both.others.nunique() < 2:
        return None, "agreement: all scores are equal"
    return float(both.mine.corr(both.others)), ""
