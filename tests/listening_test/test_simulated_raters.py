"""Simulated raters: what was put in comes out, and who should be left out is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rated_designs import QUALITY, STANDARD, design, one

from codecbench.categories import EVERY
from codecbench.listening_test.comparisons import compare
from codecbench.listening_test.mixed_model import fit_mixed_model
from codecbench.listening_test.pairwise_tests import mean_interval
from codecbench.listening_test.screening import screen
from codecbench.listening_test.simulated_raters import (
    Population,
    SimulatedRater,
    simulated_ratings,
    simulated_score,
)
from codecbench.listening_test.tables import cells, condition_table
from codecbench.listening_test.test_file import AnalysisPlan

GOOD = tuple(SimulatedRater(f"R{k:04}") for k in range(1, 43))
ODD = (
    SimulatedRater("X1", "careless"),
    SimulatedRater("X2", "careless"),
    SimulatedRater("X3", "reversed"),
    SimulatedRater("X4", low_references=2),
    SimulatedRater("X5", low_references=3),
    SimulatedRater("X6", low_references=4),
    SimulatedRater("X7", high_anchors=3),
    SimulatedRater("X8", high_anchors=4),
)


def test_fifty_raters_are_screened_by_the_rule_and_the_effect_comes_back() -> None:
    """Of 20 items: 4 low references or high anchors are too many, 3 are not. dac is put in 10
    points over opus: every interval holds what was put in, and both tests find it."""
    test = design(20)
    population = Population(QUALITY, seed=7)
    frame = simulated_ratings(test, [*GOOD, *ODD], population)
    assert frame.rater.nunique() == 50
    verdicts = screen(frame, AnalysisPlan())
    out = [verdict.rater for verdict in verdicts if not verdict.kept]
    assert out == ["X1", "X2", "X3", "X6", "X8"]

    kept = cells(frame[~frame.rater.isin(out)], STANDARD)
    table = condition_table(kept, STANDARD)
    for codec in ("opus@6", "dac@8"):
        row = one(table, category=EVERY, condition=codec)
        assert row["ci_low"] < QUALITY[codec] < row["ci_high"]
    pair = one(compare(kept, STANDARD, AnalysisPlan(permutations=500)), a="opus@6", b="dac@8")
    assert pair["ci_low"] < -10 < pair["ci_high"]
    assert pair["significant"]
    assert pair["wilcoxon_p_holm"] < 0.001
    fit = fit_mixed_model(kept[kept.kind == "codec"])
    assert fit.differences[0].ci_low < -10 < fit.differences[0].ci_high
    assert 5 < fit.residual_sd < 7  # 6 was put in


def test_means_and_intervals_over_many_panels() -> None:
    """250 panels of ten raters: the mean is right, and 95% intervals hold it 95% of the time."""
    test = design(4, (STANDARD[3],))
    names = [SimulatedRater(f"R{k}") for k in range(10)]
    found = np.array(
        [
            mean_interval(
                simulated_ratings(test, names, Population(QUALITY, seed=seed))
                .groupby("rater")
                .score.mean()
                .to_numpy()
            )
            for seed in range(250)
        ]
    )
    # Standard error of a panel's mean: √((25 + 16 + 36/4) / 10) = 2.24.
    assert abs(found[:, 0].mean() - 50) < 3 * 2.24 / np.sqrt(250)
    assert 0.85 < found[:, 0].std() / 2.24 < 1.15
    covered = (found[:, 1] <= 50) & (found[:, 2] >= 50)
    assert 0.92 <= covered.mean() <= 0.98


@pytest.mark.slow
def test_nothing_put_in_is_seldom_found() -> None:
    """Two codecs of one quality, raters with tastes of their own: Wilcoxon's test over raters
    finds a difference in about 5% of 100 panels."""
    test = design(3, STANDARD[3:])
    same = Population({"opus@6": 50.0, "dac@8": 50.0})
    names = [SimulatedRater(f"R{k}") for k in range(10)]
    plan = AnalysisPlan(permutations=19)
    low = 0
    for seed in range(100):
        frame = simulated_ratings(test, names, replace(same, seed=seed))
        pair = one(compare(cells(frame, test.conditions), test.conditions, plan))
        low += pair["wilcoxon_p"] <= 0.05
    assert low <= 11


def test_scores_depend_on_nothing_but_what_they_are_of() -> None:
    """Asked in any order; another seed, rater or presentation gives another score."""
    population = Population(QUALITY)
    items = ["a", "b", "c"]
    rater = SimulatedRater("R")

    def score(**changes: object) -> list[int]:
        given = {"rater": rater, "population": population, "presentation": 0} | changes
        return [
            simulated_score(items=items, item=item, condition="dac@8", kind="codec", **given)  # type: ignore[arg-type]
            for item in items
        ]

    assert score() == score()
    assert score() != score(presentation=1)
    assert score() != score(rater=SimulatedRater("S"))
    assert score() != score(population=replace(population, seed=1))
    assert [100 - s for s in score()] == score(rater=SimulatedRater("R", "reversed"))
