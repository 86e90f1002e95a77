"""The permutation test against enumeration by hand, an exact p of scipy, and its error rate."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import permutation_test as scipy_permutation_test

from codecbench.listening_test.permutation import permutation_test
from codecbench.listening_test.uncomputable import Uncomputable


def by_hand(a: list[int], b: list[int]) -> float:
    """Go through every way to swap pairs."""
    observed = abs(np.median(a) - np.median(b))
    reached = []
    for swaps in product([False, True], repeat=len(a)):
        left = [y if swap else x for x, y, swap in zip(a, b, swaps, strict=True)]
        right = [x if swap else y for x, y, swap in zip(a, b, swaps, strict=True)]
        reached.append(abs(np.median(left) - np.median(right)) >= observed)
    return float(np.mean(reached))


@pytest.mark.parametrize("blocks", [1, 4, 7])
def test_few_blocks_are_enumerated(blocks: int) -> None:
    generator = np.random.default_rng(blocks)
    a, b = generator.integers(40, 60, blocks), generator.integers(35, 55, blocks)
    found = permutation_test(a, b)
    assert found.exact
    assert found.rounds == 2**blocks
    assert found.difference == np.median(a) - np.median(b)
    assert found.p == pytest.approx(by_hand(list(a), list(b)), rel=1e-12)


def test_all_blocks_one_way_is_the_least_p_there_is() -> None:
    """Ten raters all say 10 more: two of 2^10 orders reach that, p = 2 / 1024."""
    b = np.arange(30, 40)
    assert permutation_test(b + 10, b).p == pytest.approx(2 / 1024)


def test_many_blocks_agree_with_scipy() -> None:
    """scipy's test of paired samples, with the same statistic and 100,000 rounds of its own."""
    generator = np.random.default_rng(5)
    a, b = generator.normal(52, 8, (2, 41)).round()
    b -= 5

    def statistic(x: Any, y: Any, axis: int = -1) -> Any:
        return np.abs(np.median(x, axis=axis) - np.median(y, axis=axis))

    theirs = scipy_permutation_test(
        (a, b),
        statistic,
        permutation_type="samples",
        alternative="greater",
        n_resamples=100_000,
        rng=np.random.default_rng(0),
        vectorized=True,
        batch=10_000,
    )
    found = permutation_test(a, b, rounds=100_000)
    assert not found.exact
    assert 0.005 < found.p < 0.5
    assert found.p == pytest.approx(float(theirs.pvalue), abs=0.006)


def test_p_is_never_zero_and_the_seed_decides() -> None:
    b = np.arange(60) / 2
    found = permutation_test(b + 50, b, rounds=1000)
    assert found.p == 1 / 1001
    noisy = b + np.random.default_rng(0).normal(1, 9, 60)
    p = [permutation_test(noisy, b, rounds=1000, seed=seed).p for seed in (1, 1, 2)]
    assert p[0] == p[1] != p[2]


def test_error_of_the_first_kind_is_held() -> None:
    """No difference put in, raters and items that differ much: at most 5% of p are under 0.05."""
    generator = np.random.default_rng(1)
    low = 0
    for seed in range(300):
        level = generator.normal(50, 15, 24)
        a, b = (level + generator.normal(0, 5, (2, 24))).round()
        low += permutation_test(a, b, rounds=199, seed=seed).p <= 0.05
    assert low / 300 <= 0.08


def test_nothing_to_compare_has_a_reason() -> None:
    with pytest.raises(Uncomputable, match="no rater"):
        permutation_test(np.array([]), np.array([]))
