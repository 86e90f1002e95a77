"""Which losses are beyond noise, for all cells of a check together: sign flips, smallest p.

Each cell (a metric at an operating point) has one number a clip: by how much the candidate is worse
than the baseline. If the two differ by noise alone, either could have been called the candidate, so
each clip's numbers may change sign, all cells of that clip at once; clips of one group (a speaker,
a song) together. Over these flips we look how small the smallest p of all cells gets by itself, and
only what is smaller than in all but `error_rate` of them is a loss. That holds for the whole check,
whatever the distribution of the noise and however metrics and points go together; and on 8 clips,
where rank tests with Holm's correction over 150 cells never reject.

A loss must also be beyond the tolerance, so a flip counts only the cells whose mean is beyond
theirs: noise that is small against the tolerance costs nothing.

A cell's p is the smaller of two. That of Student's t can be as small as it likes, and finds a loss
among many noisy cells. That of the flips themselves, the share of them with as great a mean in this
cell, finds a loss that all clips share but to very different amounts, where t is small. Neither has
to be right by itself: what counts is how they fall out over the flips. Sources: Westfall and Young,
"Resampling-Based Multiple Testing", 1993; Winkler et al., NeuroImage 92 (2014); for the bounds,
Hartigan, "Using subsample values as typical values", JASA 64 (1969).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from codecbench.reports.groups import places_of_groups, sums_by_group

ALL_FLIPS_UP_TO = 12
"""Groups up to which all 2^n flips are taken; above, `FLIPS` of them, seeded."""

FLIPS = 4999

AIM = 0.7
"""The share of the error rate that is aimed at. Flips are exact for noise that is as likely to go
up as down; the rest is for noise that is not quite that."""

_LEAST_SPREAD = 1e-12  # of the sum of squares: equal differences differ by rounding alone

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """Worsenings added up by group. sums, counts: shape (groups, cells), 0 where there is none.

    counts: of clips, or of their weights.
    """

    sums: Floats
    counts: Floats

    def some(self, wanted: npt.NDArray[np.bool_]) -> Cells:
        """Those of the cells that are wanted, a mask of shape (cells,)."""
        return Cells(self.sums[:, wanted], self.counts[:, wanted])

    @property
    def groups(self) -> npt.NDArray[np.int64]:
        """How many groups each cell has."""
        return np.asarray(np.count_nonzero(self.counts, axis=0))

    @property
    def means(self) -> Floats:
        """The mean over clips, by their weights, of each cell, shape (cells,)."""
        means: Floats = self.sums.sum(axis=0) / self.counts.sum(axis=0)
        return means

    @property
    def errors(self) -> Floats:
        """Cluster-robust standard errors of the means, shape (cells,)."""
        squares = ((self.sums - self.means * self.counts) ** 2).sum(axis=0)
        squares = np.maximum(squares, _LEAST_SPREAD * (self.sums**2).sum(axis=0))
        errors: Floats = np.sqrt(self.groups / (self.groups - 1) * squares) / self.counts.sum(
            axis=0
        )
        return errors


@dataclass(frozen=True, eq=False)
class Critical:
    """What counts as a loss: a cell whose own p is under `level` and whose mean is beyond its
    tolerance.

    own: that p of each cell, one-sided, shape (cells,). p: the same over all cells of the check, 1
    where the mean is within the tolerance. low: the lower bound of each cell's mean that lies above
    0 where `own` is under `level`.
    """

    level: float
    own: Floats
    p: Floats
    low: Floats


def least_groups(error_rate: float) -> int:
    """Groups of clips under which no loss can be told from noise: 2^-n must reach the rate."""
    return max(2, math.ceil(-math.log2(AIM * error_rate) - 1e-9))


def add_up(worsening: Floats, groups: Sequence[str], weights: Floats | None = None) -> Cells:
    """Clips added up by group. worsening: (clips, cells), NaN where a clip has no value.

    groups: one label a clip, "" for a clip of its own. weights: what each clip counts in each cell,
    of the same shape and above 0; 1 where left out.
    """
    places = places_of_groups(groups)
    there = np.isfinite(worsening)
    counts = there * (1.0 if weights is None else weights)
    sums = sums_by_group(counts * np.where(there, worsening, 0.0), places)
    return Cells(sums, sums_by_group(counts, places))


def critical_level(cells: Cells, tolerances: Floats, error_rate: float = 0.05) -> Critical:
    """The level under which a cell's p is a loss, so that noise alone gives one in at most
    `error_rate` of all checks.

    tolerances: shape (cells,), 0 or more. Each cell must have two groups or more and a difference
    that is not 0.
    """
    signs = _signs(len(cells.sums))
    flips = signs.shape[1]
    totals = cells.sums.T @ signs  # (cells, flips)
    beyond = totals > (tolerances * cells.counts.sum(axis=0))[:, None]
    of_flips = np.minimum(_rank_p(totals, error_rate), _student_p(cells, signs, totals, error_rate))
    own = of_flips[:, 0].copy()
    reached = np.sort(np.where(beyond, of_flips, 1.0).min(axis=0))
    level = min(error_rate, float(reached[math.floor(AIM * error_rate * flips + 1e-9)]))
    # Rounding must not make a flip that gives the same p count as one that gives a larger.
    share = np.searchsorted(reached, own * (1 + 1e-9), side="right") / flips
    p = np.where(beyond[:, 0], np.minimum(np.maximum(share / AIM, own), 1.0), 1.0)
    return Critical(level, own, p, np.maximum(_subset_low(cells, signs, level), _low(cells, level)))


def _rank_p(totals: Floats, most: float) -> Floats:
    """The share of flips with at least as great a total in the same cell; 1 for over `most`."""
    flips = totals.shape[1]
    kept = math.floor(most * flips) + 1
    least = np.partition(totals, flips - kept, axis=1)[:, flips - kept]
    p = np.ones_like(totals)
    for of_flips, total, bound in zip(p, totals, least, strict=True):
        places = np.flatnonzero(total >= bound)
        falling = -total[places]
        slack = 1e-9 * -falling.min()
        ranks = np.searchsorted(np.sort(falling), falling + slack, side="right")
        of_flips[places] = ranks / flips
    return p


def _student_p(cells: Cells, signs: Floats, totals: Floats, most: float) -> Floats:
    """The one-sided p of Student's t, cluster-robust, (cells, flips); 1 for over `most`."""
    from scipy.special import stdtr, stdtrit

    n, groups = cells.counts.sum(axis=0)[:, None], cells.groups[:, None]
    squares = (cells.sums**2).sum(axis=0)[:, None]
    mean = totals / n
    if np.all((cells.counts == 0) | (cells.counts == 1)):  # each clip is a group
        rest = squares - mean * totals
    else:
        crossed = (cells.sums * cells.counts).T @ signs
        rest = squares - 2 * mean * crossed + mean**2 * (cells.counts**2).sum(axis=0)[:, None]
    rest = np.maximum(rest, _LEAST_SPREAD * squares)
    t = totals / np.sqrt(groups / (groups - 1) * rest)
    p: Floats = np.ones_like(t)
    far = t > stdtrit(groups - 1, 1 - most)
    p[far] = stdtr(np.broadcast_to(groups - 1, t.shape)[far], -t[far])
    return p


def _low(cells: Cells, level: float) -> Floats:
    from scipy.special import stdtrit

    low: Floats = cells.means - stdtrit(cells.groups - 1, 1 - level) * cells.errors
    return low


def _subset_low(cells: Cells, signs: Floats, level: float) -> Floats:
    """Where the share of flips that are as far out reaches the level.

    A flip is as far out, if the true mean were m, where the clips whose sign it changes have a mean
    of m at most: so the bound is a quantile of the means of subsets.
    """
    allowed = math.ceil(level * signs.shape[1] - 1e-6) - 1
    if allowed < 1:
        return np.full(cells.sums.shape[1], -np.inf)
    changed = (1 - signs[:, 1:]) / 2
    counts = cells.counts.T @ changed
    sums = cells.sums.T @ changed
    means = np.divide(sums, counts, out=np.full(counts.shape, -np.inf), where=counts > 0)
    low: Floats = np.partition(means, allowed - 1, axis=1)[:, allowed - 1]
    return low


@lru_cache(maxsize=2)
def _signs(groups: int) -> Floats:
    """Flips, shape (groups, flips) of ±1; the first is the one without a change."""
    if groups <= ALL_FLIPS_UP_TO:
        numbers = np.arange(2**groups)
        return np.where((numbers >> np.arange(groups)[:, None]) & 1, -1.0, 1.0)
    signs = np.random.default_rng(20231).choice((1.0, -1.0), (groups, FLIPS + 1))
    signs[:, 0] = 1.0
    return signs
