"""A linear mixed model of the ratings: condition and item fixed, rater random.

score = mean of the condition + effect of the item + offset of the rater
        + the rater's taste for the condition + residual

It takes raters who heard different items, or left off in the middle, as they are, where a mean over
raters would mix items up. The last three are random and normal; their variances are those of
greatest restricted likelihood (REML, Patterson and Thompson 1971). The likelihood is profiled down
to two ratios of standard deviations, so it can be searched without the failures that general
optimisers have here. Without the taste, intervals of differences would be too narrow wherever
raters disagree about a codec.

Intervals are Student's t with one degree of freedom less than there are raters. With complete data
the F statistic is that of the repeated-measures ANOVA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.listening_test.uncomputable import Uncomputable
from codecbench.wording import counted

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]

STARTS = ((1.0, 1.0), (0.2, 0.4))


@dataclass(frozen=True)
class Estimate:
    """A condition's mean over all items, each counted the same, with its 95% interval; points."""

    condition: str
    mean: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Difference:
    """a minus b, points, with its 95% interval; p without correction for several comparisons."""

    a: str
    b: str
    difference: float
    ci_low: float
    ci_high: float
    p: float


@dataclass(frozen=True)
class MixedFit:
    """The fitted model; standard deviations in points.

    f, df, df_error, p: of the hypothesis that all conditions have the same mean. converged: False
    where the search did not end; `notes` say so, and what lies at the edge of what is possible.
    """

    estimates: tuple[Estimate, ...]
    differences: tuple[Difference, ...]
    rater_sd: float
    taste_sd: float
    residual_sd: float
    f: float
    df: int
    df_error: int
    p: float
    ratings: int
    raters: int
    converged: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Sums:
    """Everything that the likelihood needs. X: fixed columns, Z: random ones, by rater."""

    xy_xy: Array  # of the fixed columns and the scores with each other, (p + 1, p + 1)
    zz: Array  # (raters, 1 + k, 1 + k)
    zxy: Array  # of the random ones with the fixed ones and the scores, (raters, 1 + k, p + 1)
    ratings: int


def fit_mixed_model(cells: pd.DataFrame) -> MixedFit:
    """Fit the model. cells: columns rater, item, condition, score; unbalanced as they are.

    Conditions come in the order in which they first appear. Raises `Uncomputable` under two raters,
    two conditions, or where a condition and an item can't be told apart.
    """
    import pandas as pd

    conditions = [str(name) for name in pd.unique(cells.condition)]
    raters = int(cells.rater.nunique())
    if raters < 2 or len(conditions) < 2:
        raise Uncomputable(
            f"{counted(raters, 'rater')}, {counted(len(conditions), 'condition')}: 2 of both "
            "are needed"
        )
    fixed, of_condition = _design(cells, conditions)
    if np.linalg.matrix_rank(fixed) < fixed.shape[1]:
        raise Uncomputable("conditions and items cannot be told apart: too few were rated together")
    if len(cells) <= fixed.shape[1] + 1:
        raise Uncomputable(
            f"{counted(len(cells), 'rating')} {'is' if len(cells) == 1 else 'are'} too few for "
            f"{counted(fixed.shape[1], 'mean')}"
        )
    sums = _sums(cells.score.to_numpy(np.float64), fixed, of_condition, cells.rater.to_numpy())
    # With one rating of each condition, a taste cannot be told from the residual.
    tastes = bool((sums.zz[:, 1:, 1:].max(axis=(1, 2)) > 1).any())
    ratios, converged = _search(sums, tastes)
    rss, means, inverse = _solve(sums, ratios)[1:]
    variance = rss / (sums.ratings - fixed.shape[1])
    if variance < 1e-9:
        raise Uncomputable("the model fits every rating exactly: there is no error to test with")
    k = len(conditions)
    means, covariance = means[:k], variance * inverse[:k, :k]
    return MixedFit(
        **_tests(conditions, means, covariance, raters),
        rater_sd=float(ratios[0] * np.sqrt(variance)),
        taste_sd=float(ratios[1] * np.sqrt(variance)),
        residual_sd=float(np.sqrt(variance)),
        ratings=len(cells),
        raters=raters,
        converged=converged,
        notes=tuple(_notes(ratios, tastes, converged)),
    )


def _design(cells: pd.DataFrame, conditions: list[str]) -> tuple[Array, Array]:
    """Fixed columns, shape `(ratings, p)`, and of them the indicators of conditions.

    Items are coded to sum to 0, so a condition's coefficient is its mean over items.
    """
    of_condition = cells.condition.to_numpy(object)[:, None] == np.array(conditions, object)
    items = np.array(sorted(set(cells.item)), object)
    of_item = (cells.item.to_numpy(object)[:, None] == items).astype(np.float64)
    indicators = of_condition.astype(np.float64)
    return np.hstack([indicators, of_item[:, 1:] - of_item[:, :1]]), indicators


def _sums(scores: Array, fixed: Array, of_condition: Array, raters: Array) -> _Sums:
    random = np.hstack([np.ones((len(scores), 1)), of_condition])
    parts = [raters == rater for rater in sorted(set(raters))]
    both = np.column_stack([fixed, scores])
    return _Sums(
        xy_xy=both.T @ both,
        zz=np.stack([random[part].T @ random[part] for part in parts]),
        zxy=np.stack([random[part].T @ both[part] for part in parts]),
        ratings=len(scores),
    )


def _solve(sums: _Sums, ratios: Array) -> tuple[float, float, Array, Array]:
    """Generalised least squares at given ratios of standard deviations, (rater, taste) to residual.

    Returns minus twice the restricted log-likelihood but for a constant, the residual sum of
    squares, the coefficients and the inverse of X'V⁻¹X. V = I + Z D Z' is inverted by Woodbury.
    """
    width = sums.zz.shape[1]
    root = np.full(width, abs(ratios[1]))
    root[0] = abs(ratios[0])
    inner = np.eye(width) + root[:, None] * sums.zz * root
    half = root[:, None] * sums.zxy
    solved = np.linalg.solve(inner, half)
    taken = half.reshape(-1, half.shape[2]).T @ solved.reshape(-1, half.shape[2])
    left = sums.xy_xy - taken
    xx, xy, yy = left[:-1, :-1], left[:-1, -1], float(left[-1, -1])
    inverse = np.linalg.inv(xx)
    coefficients = inverse @ xy
    rss = max(yy - float(xy @ coefficients), 1e-12)
    free = sums.ratings - len(xy)
    determinants = np.linalg.slogdet(inner)[1].sum() + np.linalg.slogdet(xx)[1]
    return free * float(np.log(rss)) + float(determinants), rss, coefficients, inverse


def _search(sums: _Sums, tastes: bool) -> tuple[Array, bool]:
    """Find the ratios of greatest likelihood, from several starts; a ratio may be 0."""
    from scipy.optimize import minimize

    def cost(free: Array) -> float:
        return _solve(sums, np.array([free[0], free[1] if tastes else 0.0]))[0]

    options = {"xatol": 1e-6, "fatol": 1e-8, "maxiter": 1000}
    found = [
        minimize(cost, start[: 1 + tastes], method="Nelder-Mead", options=options)
        for start in STARTS
    ]
    best = min(found, key=lambda result: float(result.fun))
    ratios = np.abs(np.append(best.x, 0.0)[:2])
    # A ratio this small changes nothing in the likelihood: it is the search's way to say 0.
    ratios[ratios < 1e-3] = 0.0
    return ratios, bool(best.success)


def _tests(conditions: list[str], means: Array, covariance: Array, raters: int) -> dict[str, Any]:
    from scipy.special import fdtrc, stdtr, stdtrit

    half = float(stdtrit(raters - 1, 0.975))
    k = len(conditions)
    estimates = []
    differences = []
    for j in range(k):
        mean, sd = float(means[j]), float(np.sqrt(covariance[j, j]))
        estimates.append(Estimate(conditions[j], mean, mean - half * sd, mean + half * sd))
        for i in range(j):
            gap = float(means[i] - means[j])
            sd = float(np.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]))
            p = float(2 * stdtr(raters - 1, -abs(gap) / sd))
            low, high = gap - half * sd, gap + half * sd
            differences.append(Difference(conditions[i], conditions[j], gap, low, high, p))
    contrast = np.eye(k)[1:] - np.eye(k)[0]
    gaps = contrast @ means
    f = float(gaps @ np.linalg.solve(contrast @ covariance @ contrast.T, gaps)) / (k - 1)
    df_error = (k - 1) * (raters - 1)
    return {
        "estimates": tuple(estimates),
        "differences": tuple(differences),
        "f": f,
        "df": k - 1,
        "df_error": df_error,
        "p": float(fdtrc(k - 1, df_error, f)),
    }


def _notes(ratios: Array, tastes: bool, converged: bool) -> list[str]:
    notes = []
    if not converged:
        notes.append("the search for the variances did not end: quote nothing of this model")
    if not ratios[0]:
        notes.append("the variance of the raters' offsets is estimated as 0")
    if not tastes:
        notes.append("one rating of each condition: tastes cannot be told from the residual")
    elif not ratios[1]:
        notes.append("the variance of the raters' tastes is estimated as 0")
    return notes
