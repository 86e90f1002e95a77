"""Repeated-measures analysis of variance with the correction of Huynh and Feldt.

Every rater gave every cell a score: the sums of squares are then short closed forms, and each
effect is tested against its own interaction with raters. Raters' scores of different cells are
correlated unequally (no sphericity); epsilon, 1/d to 1, measures how unequally and shrinks both
degrees of freedom.

Sources: Greenhouse and Geisser 1959, Psychometrika 24; Huynh and Feldt 1976, Journal of Educational
Statistics 1. Of one group of raters, so Lecoutre's correction for several makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from codecbench.listening_test.uncomputable import Uncomputable


@dataclass(frozen=True)
class Effect:
    """One tested effect: "condition", "item" or "condition × item".

    df, df_error: degrees of freedom of the effect and of its error, uncorrected. p:
    uncorrected, p_gg and p_hf: corrected. epsilon_hf: at most 1. eta_squared: partial, 0 to 1.
    """

    name: str
    f: float
    df: int
    df_error: int
    p: float
    epsilon_gg: float
    epsilon_hf: float
    p_gg: float
    p_hf: float
    eta_squared: float


def one_way(scores: np.ndarray[Any, Any], name: str = "condition") -> Effect:
    """Test one factor within raters. scores: `(raters, levels)`, complete."""
    return _effect(name, np.asarray(scores, np.float64)[:, :, None], (True, False))


def two_way(scores: np.ndarray[Any, Any]) -> tuple[Effect, Effect, Effect]:
    """Test condition, item and interaction. scores: `(raters, conditions, items)`, complete."""
    scores = np.asarray(scores, np.float64)
    return (
        _effect("condition", scores, (True, False)),
        _effect("item", scores, (False, True)),
        _effect("condition × item", scores, (True, True)),
    )


def epsilons(contrasts: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Greenhouse-Geisser's and Huynh-Feldt's epsilon. contrasts: `(raters, d)`, orthonormal."""
    raters, d = contrasts.shape
    # Eigenvalues of the covariance, from the smaller of the two products with the same traces.
    centred = contrasts - contrasts.mean(axis=0)
    product = centred.T @ centred if d <= raters else centred @ centred.T
    squares = float(np.sum(product**2))
    if squares == 0:
        raise Uncomputable("the raters' scores differ by no more than a constant: no error to test")
    gg = min(float(np.trace(product)) ** 2 / (d * squares), 1.0)
    below = d * (raters - 1 - d * gg)
    # Just at zero the estimate is unbounded, and 1 is the most that epsilon can be.
    hf = (raters * d * gg - 2) / below if below > 1e-9 else 1.0
    return gg, min(hf, 1.0)


def _effect(name: str, scores: np.ndarray[Any, Any], of: tuple[bool, bool]) -> Effect:
    from scipy.special import fdtrc

    raters, conditions, items = scores.shape
    if not np.isfinite(scores).all():
        raise ValueError("every rater must have a score in every cell")
    if raters < 2:
        raise Uncomputable(f"{raters} rater with a full set of scores: at least 2 are needed")
    for asked, levels, what in zip(of, (conditions, items), ("condition", "item"), strict=True):
        if asked and levels < 2:
            raise Uncomputable(f"{levels} {what}: at least 2 are needed")
    left = _orthonormal(conditions) if of[0] else np.full((1, conditions), conditions**-0.5)
    right = _orthonormal(items) if of[1] else np.full((1, items), items**-0.5)
    contrasts = np.einsum("dc,rci,ei->rde", left, scores, right).reshape(raters, -1)
    d = contrasts.shape[1]
    mean = contrasts.mean(axis=0)
    squares = raters * float(mean @ mean)
    error = float(np.sum((contrasts - mean) ** 2))
    # Scores are of the order of 100, so this is float noise and no variance.
    if error < 1e-9 * max(squares, 1.0):
        raise Uncomputable("all raters differ between cells by the same amounts: no error to test")
    df_error = d * (raters - 1)
    f = (squares / d) / (error / df_error)
    gg, hf = epsilons(contrasts)
    p, p_gg, p_hf = (float(fdtrc(d * e, df_error * e, f)) for e in (1.0, gg, hf))
    return Effect(name, f, d, df_error, p, gg, hf, p_gg, p_hf, squares / (squares + error))


def _orthonormal(levels: int) -> np.ndarray[Any, Any]:
    """Give `levels - 1` contrasts over the levels, orthonormal (Helmert's)."""
    rows = np.tril(np.ones((levels, levels)), -1)[1:]
    rows[np.arange(levels - 1), np.arange(1, levels)] = -np.arange(1.0, levels)
    normal: np.ndarray[Any, Any] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normal
