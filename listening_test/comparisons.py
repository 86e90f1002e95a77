"""Which conditions differ: every pair of codecs, and every codec against the hidden reference.

Two families, each corrected on its own, since they ask two questions: which codec is better, and
which are told from the original. Every test stands beside the others; the plan names the one that
decides, and its correction.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.listening_test.pairwise_tests import corrected, mean_interval, signed_ranks
from codecbench.listening_test.permutation import permutation_test
from codecbench.listening_test.uncomputable import Uncomputable

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.listening_test.test_file import AnalysisPlan, Condition

PRIMARY = ("permutation", "wilcoxon")
COLUMNS = [
    "family",
    "a",
    "b",
    "raters",
    "blocks",
    "mean_difference",
    "ci_low",
    "ci_high",
    "median_difference",
    "permutation_p",
    "permutation_p_holm",
    "permutation_p_hochberg",
    "permutation_rounds",
    "permutation_exact",
    "wilcoxon_statistic",
    "wilcoxon_p",
    "wilcoxon_p_holm",
    "wilcoxon_p_hochberg",
    "wilcoxon_exact",
    "rank_biserial",
    "significant",
    "reason",
]


def compare(
    cells: pd.DataFrame, conditions: tuple[Condition, ...], plan: AnalysisPlan
) -> pd.DataFrame:
    """Compare pairs of conditions (`COLUMNS`). cells: of `tables.cells`, of the raters to count.

    Differences are a minus b, over trials in which both were rated. significant: by the plan's
    primary test and correction at its level; empty where that test has no value.
    """
    import pandas as pd

    wide = cells.pivot_table(index=["rater", "item"], columns="condition", values="score")
    rows = [
        {"family": family, "a": a, "b": b} | _row(wide, a, b, plan)
        for family, a, b in _pairs(conditions)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    for test in PRIMARY:
        for by in ("holm", "hochberg"):
            column = f"{test}_p_{by}"
            for _, family in table.groupby("family"):
                p = family[f"{test}_p"].astype(float).to_list()
                table.loc[family.index, column] = corrected(p, by)
    decisive = table[f"{plan.primary}_p_{plan.correction}"].astype(float)
    below = (decisive <= plan.level).astype(object)
    table["significant"] = below.where(decisive.notna(), None)
    return table


def _pairs(conditions: tuple[Condition, ...]) -> Iterator[tuple[str, str, str]]:
    codecs = [condition.name for condition in conditions if condition.kind == "codec"]
    for a, b in combinations(codecs, 2):
        yield "between codecs", a, b
    for reference in conditions:
        if reference.kind == "hidden_reference":
            for codec in codecs:
                yield "against the reference", codec, reference.name


def _row(wide: pd.DataFrame, a: str, b: str, plan: AnalysisPlan) -> dict[str, Any]:
    missing = [name for name in (a, b) if name not in wide.columns]
    if missing:
        return {"raters": 0, "blocks": 0, "reason": f"nobody rated {' or '.join(missing)}"}
    both = wide[[a, b]].dropna()
    difference = (both[a] - both[b]).groupby(level="rater").mean().to_numpy()
    row: dict[str, Any] = {"raters": difference.size, "blocks": len(both)}
    reasons = []
    if difference.size:
        row["mean_difference"] = float(difference.mean())
    try:
        _, row["ci_low"], row["ci_high"] = mean_interval(difference)
    except Uncomputable as reason:
        reasons.append(f"interval: {reason}")
    try:
        row |= _permutation(both[a].to_numpy(), both[b].to_numpy(), f"{a}\0{b}", plan)
    except Uncomputable as reason:
        reasons.append(f"permutation test: {reason}")
    try:
        ranks = signed_ranks(difference)
        row |= {"wilcoxon_statistic": ranks.statistic, "wilcoxon_p": ranks.p}
        row |= {"wilcoxon_exact": ranks.exact, "rank_biserial": ranks.rank_biserial}
    except Uncomputable as reason:
        reasons.append(f"Wilcoxon: {reason}")
    return row | {"reason": "; ".join(reasons)}


def _permutation(
    a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], pair: str, plan: AnalysisPlan
) -> dict[str, Any]:
    # A pair has a seed of its own, so its p is the same whatever other conditions there are.
    seed = (plan.seed, zlib.crc32(pair.encode()))
    test = permutation_test(a, b, rounds=plan.permutations, seed=seed)
    return {
        "median_difference": test.difference,
        "permutation_p": test.p,
        "permutation_rounds": test.rounds,
        "permutation_exact": test.exact,
    }
