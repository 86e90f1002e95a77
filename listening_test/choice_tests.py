"""AB and ABX: how often one was preferred, or X was told, and whether that is more than chance.

The exact binomial test takes each trial for a toss of a coin; the interval is Clopper and Pearson's
(1934). Trials of one rater are not independent of each other, so how many raters stood on each side
is given beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

from codecbench.listening_test.pairwise_tests import corrected
from codecbench.listening_test.tables import scored

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.listening_test.test_file import AnalysisPlan, ListeningTest

COLUMNS = [
    "family",
    "a",
    "b",
    "raters",
    "trials",
    "for_a",
    "share",
    "ci_low",
    "ci_high",
    "raters_for_a",
    "raters_for_b",
    "p",
    "p_corrected",
    "significant",
    "reason",
]


def compare_choices(test: ListeningTest, ratings: pd.DataFrame) -> pd.DataFrame:
    """Test every pair (`COLUMNS`). ratings: of the raters that count.

    AB, "preference": for_a counts trials in which a was preferred to b, two-sided. ABX,
    "discrimination": trials in which X was told, one-sided; with more than two conditions the
    ratings say what X was and not beside what, so a is X and b is "any other".
    """
    import pandas as pd

    rows = list(_ab(test, ratings) if test.kind == "ab" else _abx(test, ratings))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return _decide(table, test.plan)


def binomial(
    successes: int, trials: int, alternative: Literal["two-sided", "greater"]
) -> dict[str, float]:
    """Share, exact 95% interval (two-sided) and p against one half."""
    from scipy.stats import binomtest

    test = binomtest(successes, trials, 0.5, alternative)
    interval = binomtest(successes, trials).proportion_ci(0.95, "exact")
    return {
        "share": successes / trials,
        "ci_low": float(interval.low),
        "ci_high": float(interval.high),
        "p": float(test.pvalue),
    }


def _ab(test: ListeningTest, ratings: pd.DataFrame) -> Iterator[dict[str, Any]]:
    wide = scored(ratings).pivot_table(index=["rater", "page"], columns="condition", values="score")
    for a, b in combinations([condition.name for condition in test.conditions], 2):
        row: dict[str, Any] = {"family": "preference", "a": a, "b": b, "trials": 0, "raters": 0}
        both = wide[[a, b]].dropna() if {a, b} <= set(wide.columns) else wide.iloc[:0]
        if both.empty:
            yield row | {"reason": "no trial of this pair was completed"}
            continue
        by_rater = both[a].groupby(level="rater").mean()
        yield row | _row(both[a], by_rater) | binomial(int(both[a].sum()), len(both), "two-sided")


def _abx(test: ListeningTest, ratings: pd.DataFrame) -> Iterator[dict[str, Any]]:
    rows = scored(ratings)
    names = [condition.name for condition in test.conditions]
    if len(names) == 2:
        parts = [(names[0], names[1], rows)]
    else:
        parts = [(name, "any other", rows[rows.condition == name]) for name in names]
    for a, b, part in parts:
        row: dict[str, Any] = {"family": "discrimination", "a": a, "b": b, "trials": 0, "raters": 0}
        if part.empty:
            yield row | {"reason": "no trial of this pair was completed"}
            continue
        by_rater = part.score.groupby(part.rater).mean()
        yield (
            row | _row(part.score, by_rater) | binomial(int(part.score.sum()), len(part), "greater")
        )


def _row(outcomes: pd.Series[Any], by_rater: pd.Series[Any]) -> dict[str, Any]:
    return {
        "raters": len(by_rater),
        "trials": len(outcomes),
        "for_a": int(outcomes.sum()),
        "raters_for_a": int((by_rater > 0.5).sum()),
        "raters_for_b": int((by_rater < 0.5).sum()),
        "reason": "",
    }


def _decide(table: pd.DataFrame, plan: AnalysisPlan) -> pd.DataFrame:
    p = table.p.astype(float)
    table["p_corrected"] = corrected(p.to_list(), plan.correction)
    table["significant"] = (table.p_corrected <= plan.level).astype(object).where(p.notna(), None)
    return table
