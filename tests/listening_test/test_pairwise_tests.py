"""Signed ranks, intervals and corrections against R's documentation and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from codecbench.listening_test.pairwise_tests import corrected, mean_interval, signed_ranks
from codecbench.listening_test.uncomputable import Uncomputable

BEFORE = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
AFTER = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])


def test_signed_ranks_of_r() -> None:
    """R's help of wilcox.test, Hollander and Wolfe (1973), 29f: V = 40, one-sided p = 0.01953."""
    found = signed_ranks(BEFORE - AFTER)
    assert found.statistic == 40
    assert found.exact
    assert found.p == pytest.approx(2 * 0.01953125)
    assert found.rank_biserial == pytest.approx((40 - 5) / 45)


def test_ties_take_the_corrected_normal_approximation() -> None:
    """1, 1, 1, -1, 2: ranks 2.5 four times and 5, so V = 12.5; its mean is 7.5, its variance
    n(n+1)(2n+1)/24 - Σ(t³-t)/48 = 330/24 - 60/48 = 12.5; z = 5 / √12.5 = √2."""
    found = signed_ranks(np.array([1.0, 1, 1, -1, 2]))
    assert not found.exact
    assert found.statistic == 12.5
    # 2 (1 - Φ(√2)) = erfc(1)
    assert found.p == pytest.approx(0.15729920705, rel=1e-9)


def test_zeros_and_float_noise_are_no_difference() -> None:
    noise = signed_ranks(np.append(BEFORE - AFTER, [0.0, 1e-14, -1e-14]))
    assert noise == signed_ranks(BEFORE - AFTER)
    with pytest.raises(Uncomputable, match="0 raters"):
        signed_ranks(np.zeros(5))


def test_mean_interval_from_the_table_of_t() -> None:
    """Values 1 to 5: mean 3, s² 2.5; t(0.975, 4) = 2.776445."""
    mean, low, high = mean_interval(np.arange(1.0, 6))
    assert mean == 3
    assert high - 3 == pytest.approx(2.776445 * np.sqrt(2.5 / 5), rel=1e-6)
    assert 3 - low == pytest.approx(high - 3)
    with pytest.raises(Uncomputable, match="1 rater:"):
        mean_interval(np.array([3.0]))


def test_corrections_by_hand() -> None:
    """.01 .02 .03 .04: Holm takes 4, 3, 2, 1 times and may not fall; Hochberg may not rise."""
    p = [0.04, 0.01, 0.03, 0.02]
    assert corrected(p, "holm") == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert corrected(p, "hochberg") == pytest.approx([0.04, 0.04, 0.04, 0.04])


def test_corrections_of_statsmodels() -> None:
    p = np.random.default_rng(0).random(12) ** 3
    holm, hochberg = (multipletests(p, method=m)[1] for m in ("holm", "simes-hochberg"))
    assert corrected(list(p), "holm") == pytest.approx(list(holm))
    assert corrected(list(p), "hochberg") == pytest.approx(list(hochberg))


def test_a_test_that_was_not_made_does_not_count() -> None:
    found = corrected([0.02, float("nan"), 0.03], "holm")
    assert found[0] == pytest.approx(0.04)
    assert np.isnan(found[1])
    assert corrected([], "holm") == []
