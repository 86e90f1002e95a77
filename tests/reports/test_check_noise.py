"""Error rates over a whole check of 10 metrics at 15 points: simulated, against what is promised.

Flips are random and fewer here than in use, which changes what noise may do by nothing on average.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from scipy.stats import permutation_test, ttest_1samp

from codecbench.reports.check import sign_flips
from codecbench.reports.check.sign_flips import Critical, Floats, add_up, critical_level

METRICS, POINTS = 10, 15
CELLS = METRICS * POINTS
DRAWS = 1000


@pytest.fixture
def fewer_flips(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sign_flips, "ALL_FLIPS_UP_TO", 9)
    monkeypatch.setattr(sign_flips, "FLIPS", 499)
    sign_flips._signs.cache_clear()
    yield
    sign_flips._signs.cache_clear()


def _noise(kind: int, clips: int, generator: np.random.Generator) -> Floats:
    """Differences of two equally good codecs: (clips, cells)."""
    shape = (clips, CELLS)
    if kind == 0:
        return generator.standard_normal(shape)
    if kind == 1:  # of log-normal values, heavy tails
        return np.exp(1.5 * generator.standard_normal(shape)) - np.exp(
            1.5 * generator.standard_normal(shape)
        )
    # Metrics and points that go together, clips that differ in scale by factors.
    sizes = product((1, METRICS), (1, POINTS))
    parts = [generator.standard_normal((clips, *size)) for size in sizes]
    scale = np.exp(generator.standard_normal((clips, 1, 1)))
    return np.asarray((np.sum(np.broadcast_arrays(*parts), axis=0) * scale).reshape(shape))


def _losses(critical: Critical) -> bool:
    return bool(((critical.own < critical.level) & (critical.p < 1)).any())


@pytest.mark.slow
@pytest.mark.parametrize("clips", [8, 12, 30])
@pytest.mark.usefixtures("fewer_flips")
def test_noise_is_a_regression_in_at_most_five_of_a_hundred_checks(clips: int) -> None:
    generator = np.random.default_rng(clips)
    found = 0
    for draw in range(DRAWS):
        # Tolerances from nothing to what noise seldom reaches.
        tolerances = np.full(CELLS, (0.0, 0.2, 0.5, 1.0)[draw % 4])
        cells = add_up(_noise(draw % 3, clips, generator), [""] * clips)
        found += _losses(critical_level(cells, tolerances))
    assert found <= 0.05 * DRAWS
    assert found >= 0.01 * DRAWS  # or it would find nothing else either


@pytest.mark.usefixtures("fewer_flips")
def test_clips_of_one_group_count_as_one() -> None:
    generator = np.random.default_rng(5)
    groups = [f"speaker {i // 4}" for i in range(40)]
    found = {"grouped": 0, "alone": 0}
    for _ in range(200):
        of_speaker = generator.standard_normal((10, 12)).repeat(4, axis=0)
        noise = of_speaker + 0.3 * generator.standard_normal((40, 12))
        for name, labels in (("grouped", groups), ("alone", [""] * 40)):
            found[name] += _losses(critical_level(add_up(noise, labels), np.zeros(12)))
    assert found["grouped"] <= 0.05 * 200 + 6  # two standard errors of a count
    assert found["alone"] > 60


def test_groups_of_unlike_sizes_have_the_standard_error_of_a_cluster_robust_mean() -> None:
    import statsmodels.api as sm

    generator = np.random.default_rng(2)
    values = generator.standard_normal(11) + 1
    labels = list("aaabbccccde")
    cells = add_up(values[:, None], labels)
    groups = np.unique(labels, return_inverse=True)[1]
    # Liang and Zeger's sandwich; statsmodels adds (n - 1) / (n - k), which is 1 here.
    fit = sm.OLS(values, np.ones(11)).fit(cov_type="cluster", cov_kwds={"groups": groups})
    assert cells.means[0] == pytest.approx(values.mean())
    assert cells.errors[0] == pytest.approx(fit.bse[0])


def test_one_cell_has_the_p_of_scipy() -> None:
    generator = np.random.default_rng(3)
    skewed = np.exp(1.5 * generator.standard_normal(9)) - 0.05
    critical = critical_level(add_up(skewed[:, None], [""] * 9), np.zeros(1), error_rate=0.2)
    flips = permutation_test(
        (skewed,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="greater"
    )
    student = ttest_1samp(skewed, 0, alternative="greater")
    assert flips.pvalue < student.pvalue
    assert critical.own[0] == pytest.approx(flips.pvalue)
    alike = np.array([1.0, 1.1, 0.9, 1.05, 0.98, 1.02])
    critical = critical_level(add_up(alike[:, None], [""] * 6), np.zeros(1))
    student = ttest_1samp(alike, 0, alternative="greater")
    assert student.pvalue < 1 / 2**6
    assert critical.own[0] == pytest.approx(student.pvalue)


@pytest.mark.parametrize("sigma", [0.3, 2.0])
def test_the_lower_bound_is_where_the_test_turns(sigma: float) -> None:
    # Many clips that are worse by very different amounts, or all by much the same.
    values = np.exp(sigma * np.random.default_rng(1).standard_normal(10))[:, None]
    critical = critical_level(add_up(values, [""] * 10), np.zeros(1))
    assert 0 < critical.low[0] < values.mean()
    for step, below in ((-1e-3, True), (1e-3, False)):
        shifted = add_up(values - (critical.low[0] + step), [""] * 10)
        again = critical_level(shifted, np.full(1, -np.inf))
        assert (again.own[0] < critical.level) == below


def test_noise_within_tolerances_costs_nothing() -> None:
    generator = np.random.default_rng(4)
    worse = generator.standard_normal((10, 100))
    worse[:, 0] = 1 + 0.8 * generator.standard_normal(10)
    strict = critical_level(add_up(worse, [""] * 10), np.zeros(100))
    lenient = critical_level(add_up(worse, [""] * 10), np.array([0.5, *[2.0] * 99]))
    assert lenient.level > strict.level
    assert lenient.own[0] < lenient.level
    assert not strict.own[0] < strict.level


def test_three_thousand_clips_are_judged_in_seconds() -> None:
    import time

    worse = np.random.default_rng(6).standard_normal((3000, CELLS))
    start = time.monotonic()
    critical = critical_level(add_up(worse, [""] * 3000), np.zeros(CELLS))
    assert time.monotonic() - start < 30
    assert critical.level < 0.01


def test_the_fewest_clips_that_can_be_a_regression() -> None:
    assert sign_flips.least_groups(0.05) == 5
    for clips, found in ((4, False), (5, True)):
        worse = np.linspace(1, 1.01, clips)[:, None]
        critical = critical_level(add_up(worse, [""] * clips), np.zeros(1))
        assert (critical.own[0] < critical.level) == found
