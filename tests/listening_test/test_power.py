"""Power by simulation against the closed form of the paired t test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from codecbench.errors import UsageError
from codecbench.listening_test.power import (
    Assumptions,
    Test,
    power,
    raters_needed,
    simulate,
)

NORMAL = Assumptions(
    difference=5, items=4, sd_item=9, sd_rater=12, sd_taste=4, sd_residual=14, bounded=False
)
SD_OF_A_RATER = float(np.sqrt(2 * 4**2 + 2 * 14**2 / 4))


@pytest.mark.parametrize(("raters", "systems"), [(12, 2), (24, 2), (30, 3)])
def test_the_t_test_has_its_power(raters: int, systems: int) -> None:
    assumed = replace(NORMAL, systems=systems)
    expected = TTestPower().power(5 / SD_OF_A_RATER, raters, 0.05 / assumed.pairs)
    found = power(assumed, raters, "t", simulations=2000)
    # Four standard errors of a share of 2000.
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 2000))


def test_as_many_raters_as_the_closed_form_says() -> None:
    expected = TTestPower().solve_power(5 / SD_OF_A_RATER, power=0.8, alpha=0.05)
    needed = raters_needed(NORMAL, 0.8, "t", simulations=2000)
    assert needed.raters == pytest.approx(expected, abs=3)
    assert needed.power == pytest.approx(0.8, abs=0.04)
    assert needed.false_finds == pytest.approx(0.05, abs=0.02)


def test_the_signed_ranks_need_a_few_more() -> None:
    t, ranks = (power(NORMAL, 20, test, simulations=400) for test in ("t", "wilcoxon"))
    assert t - 0.1 < ranks <= t + 0.02


def test_tastes_make_the_permutation_test_find_too_much() -> None:
    def false_finds(sd_taste: float) -> float:
        none = Assumptions(0, 6, sd_taste=sd_taste, sd_rater=5, sd_item=5, sd_residual=8)
        return power(none, 10, "permutation", simulations=150)

    assert false_finds(0) <= 0.10
    assert false_finds(12) >= 0.25


def test_made_up_scores() -> None:
    assumed = Assumptions(10, 50, mean=90, sd_rater=20)
    worse, better = simulate(assumed, 40, np.random.default_rng(0))
    for scores in (worse, better):
        assert scores.shape == (40, 50)
        assert scores.min() >= 0
        assert scores.max() == 100
        assert (scores == np.rint(scores)).all()
    worse, better = simulate(replace(assumed, bounded=False), 400, np.random.default_rng(0))
    assert (better - worse).mean() == pytest.approx(10, abs=1.5)


def test_out_of_reach() -> None:
    hopeless = replace(NORMAL, difference=0.01)
    assert raters_needed(hopeless, 0.8, "t", simulations=60).raters is None


@pytest.mark.parametrize("changes", [{"difference": 0}, {"items": 0}, {"sd_taste": -1.0}])
def test_odd_assumptions(changes: dict[str, float]) -> None:
    test: Test = "t"
    with pytest.raises(UsageError, match="power"):
        raters_needed(replace(NORMAL, **changes), 0.8, test)  # type: ignore[arg-type]
