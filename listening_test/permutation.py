"""The permutation test of ITU-R BS.1534-3: the difference of two conditions' medians.

The data are paired: a rater heard both conditions on the same page, so a block is one rater's two
scores of one item. If the conditions do not differ, the two scores of a block could have come the
other way round, whatever the rater and the item. So labels are swapped within blocks, each block
by the toss of a coin, never between raters or items; after each round the difference of medians is
taken anew. p is the share of rounds whose difference is at least as large in size as the observed
one, the observed order counting as one round (Phipson and Smyth 2010, p is never 0).

This tests whether these raters heard a difference in these items. Blocks of one rater are taken as
independent, so a taste that differs between raters makes p small sooner than a test over raters'
means (`pairwise_tests`), which stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from codecbench.listening_test.uncomputable import Uncomputable

_CHUNK = 500  # rounds at a time: 500 × 1000 blocks of float32 are 2 MB


@dataclass(frozen=True)
class PermutationTest:
    """difference: median of a minus median of b, points. exact: all 2^blocks orders were taken."""

    difference: float
    p: float
    blocks: int
    rounds: int
    exact: bool


def permutation_test(
    a: np.ndarray[Any, Any],
    b: np.ndarray[Any, Any],
    *,
    rounds: int = 10_000,
    seed: int | tuple[int, ...] = 0,
) -> PermutationTest:
    """Test the difference of medians, two-sided. a, b: scores of the same blocks, `(blocks,)`.

    Few blocks, with no more than `rounds` orders, are gone through in full; p is then exact and the
    same for every seed. Raises `Uncomputable` without blocks.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"a and b must be of one shape (blocks,): {a.shape}, {b.shape}")
    if not a.size:
        raise Uncomputable("no rater rated both conditions in one trial")
    observed = float(np.median(a) - np.median(b))
    # Float noise must not make a tie of two equal differences into a smaller one.
    least = abs(observed) - 1e-9
    exact = 2.0**a.size <= rounds
    rounds = 2**a.size if exact else rounds
    generator = np.random.default_rng(seed)
    values, ranks = np.unique(np.concatenate([a, b]), return_inverse=True)
    of_a = np.eye(values.size, dtype=np.float32)[ranks[: a.size]]
    of_b = np.eye(values.size, dtype=np.float32)[ranks[a.size :]]
    reached = 0
    for start in range(0, rounds, _CHUNK):
        count = min(_CHUNK, rounds - start)
        if exact:
            orders = np.arange(start, start + count)[:, None]
            swap = ((orders >> np.arange(a.size)) & 1).astype(np.float32)
        else:
            swap = generator.integers(0, 2, (count, a.size), dtype=np.int8).astype(np.float32)
        # How often each value stands on a's side after the swaps: scores have few values, so a
        # product of matrices and a running sum are quicker than sorting every round.
        moved = swap @ (of_b - of_a)
        difference = _medians(of_a.sum(axis=0) + moved, values) - _medians(
            of_b.sum(axis=0) - moved, values
        )
        reached += int(np.count_nonzero(np.abs(difference) >= least))
    p = reached / rounds if exact else (reached + 1) / (rounds + 1)
    return PermutationTest(observed, p, int(a.size), rounds, exact)


def _medians(counts: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Medians of rounds. counts: how often each of `values` occurs, shape `(rounds, values)`."""
    upto = np.cumsum(counts, axis=1)
    n = round(float(upto[0, -1]))
    # The lower and the upper of the two middle values; one and the same for odd n.
    middle = [
        values[np.argmax(upto > (place - 0.5), axis=1)] for place in ((n + 1) // 2, n // 2 + 1)
    ]
    medians: np.ndarray[Any, Any] = (middle[0] + middle[1]) / 2
    return medians
