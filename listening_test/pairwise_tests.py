"""Two conditions against each other, over raters: Wilcoxon's signed ranks, and the mean difference.

One value a rater: the mean over items of the difference between the two conditions. Raters are the
sample that speaks for other raters, so they, and not single ratings, are counted. Several
comparisons are corrected within a family, by Holm (1979) or Hochberg (1988); both hold the chance
of any false finding at the level, Hochberg's where the tests are not negatively dependent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from codecbench.listening_test.uncomputable import Uncomputable
from codecbench.wording import counted


@dataclass(frozen=True)
class SignedRanks:
    """statistic: the sum of ranks of positive differences. exact: p from all sign patterns.

    rank_biserial: -1 to 1, effect size (Kerby 2014). raters: with a difference that is not 0.
    """

    statistic: float
    p: float
    rank_biserial: float
    raters: int
    exact: bool


def signed_ranks(differences: np.ndarray[Any, Any]) -> SignedRanks:
    """Wilcoxon's signed-rank test, two-sided. differences: one a rater, shape `(raters,)`.

    Zeros are left out (Wilcoxon's way). p is exact up to 50 raters without ties, else by the normal
    approximation with its correction for ties. Raises `Uncomputable` where no rater differs.
    """
    from scipy.stats import rankdata, wilcoxon

    # Means of whole scores: differences of 1e-14 are float noise, and ties must be ties.
    moved = np.round(np.asarray(differences, np.float64), 9)
    moved = moved[moved != 0]
    if moved.size < 2:
        raise Uncomputable(
            f"{counted(moved.size, 'rater')} rated the two differently: signed ranks need at "
            "least 2"
        )
    ranks = rankdata(np.abs(moved))
    positive, total = float(ranks[moved > 0].sum()), float(ranks.sum())
    exact = moved.size <= 50 and np.unique(np.abs(moved)).size == moved.size
    method = "exact" if exact else "asymptotic"
    p = float(wilcoxon(moved, method=method, correction=False).pvalue)
    return SignedRanks(positive, p, 2 * positive / total - 1, int(moved.size), exact)


def mean_interval(values: np.ndarray[Any, Any], level: float = 0.95) -> tuple[float, float, float]:
    """Mean and its interval by Student's t. values: one a rater, shape `(raters,)`.

    Raises `Uncomputable` under two raters.
    """
    from scipy.special import stdtrit

    values = np.asarray(values, np.float64)
    if values.size < 2:
        unit = "rater" if values.size == 1 else "raters"
        raise Uncomputable(f"{values.size} {unit}: an interval over raters needs at least 2")
    mean = float(values.mean())
    half = stdtrit(values.size - 1, 0.5 + level / 2) * values.std(ddof=1) / np.sqrt(values.size)
    return mean, mean - float(half), mean + float(half)


def corrected(p: Sequence[float], by: Literal["holm", "hochberg"]) -> list[float]:
    """Correct p values of one family. NaN stands for a test that could not be made: not counted."""
    values = np.asarray(p, np.float64)
    result = np.full(values.shape, np.nan)
    made = np.flatnonzero(np.isfinite(values))
    order = made[np.argsort(values[made], kind="stable")]
    steps = values[order] * np.arange(order.size, 0, -1)
    if by == "holm":
        result[order] = np.minimum(np.maximum.accumulate(steps), 1)
    else:
        result[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1)
    return [float(value) for value in result]
