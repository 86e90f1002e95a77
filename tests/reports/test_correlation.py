"""Correlations against R's printed values, scipy's, and samples that are written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from codecbench.reports.statistics.correlation import Kind, of_clips, of_points

# Lightness and taste of nine lots of canned tuna: Hollander and Wolfe (1973), p. 187f, as in the
# examples of R's cor.test, which prints cor 0.5711816, interval -0.1497426 to 0.8955795; and with
# method = "spearman" rho 0.6.
LIGHTNESS = np.array([44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1])
TASTE = np.array([2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8])

BOTH: tuple[Kind, ...] = ("pearson", "spearman")


def test_rs_example_by_pearson() -> None:
    found = of_points(LIGHTNESS, TASTE, "pearson")
    assert found.value == pytest.approx(0.5711816, abs=5e-8)
    assert (found.low, found.high) == pytest.approx((-0.1497426, 0.8955795), abs=5e-7)


def test_rs_example_by_spearman_with_bonett_and_wrights_interval() -> None:
    found = of_points(LIGHTNESS, TASTE, "spearman")
    assert found.value == pytest.approx(0.6)
    half = 1.959964 * np.sqrt((1 + 0.6**2 / 2) / 6)
    assert np.arctanh([found.low, found.high]) == pytest.approx(
        [np.arctanh(0.6) - half, np.arctanh(0.6) + half]
    )


def test_equal_scipys_with_ties() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, y = rng.integers(0, 5, (2, 14)).astype(float)
        assert of_points(x, y, "pearson").value == pytest.approx(pearsonr(x, y).statistic)
        assert of_points(x, y, "spearman").value == pytest.approx(spearmanr(x, y).statistic)


@pytest.mark.parametrize("kind", BOTH)
def test_a_clip_drawn_twice_counts_as_two(kind: Kind) -> None:
    """A draw is a sample in which clips stand as often as they were drawn."""
    from codecbench.reports.statistics.correlation import _correlations

    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 10)).round(1)
    weights = rng.integers(0, 4, (30, 10)).astype(float)
    of_scipy = {"pearson": pearsonr, "spearman": spearmanr}[kind]
    expected = [
        of_scipy(np.repeat(x, row.astype(int)), np.repeat(y, row.astype(int))).statistic
        for row in weights
    ]
    assert _correlations(x, y, weights, kind) == pytest.approx(np.array(expected))


@pytest.mark.parametrize("kind", BOTH)
def test_points_of_one_clip_say_little_more_than_one(kind: Kind) -> None:
    """Clips that differ in both alike, five points each: n is nearer 12 than 60."""
    rng = np.random.default_rng(2)
    of_clip = np.repeat(np.arange(12), 5)
    common = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 12)[of_clip]
    x, y = (common + rng.normal(0, 0.2, common.shape)).T
    clustered, naive = of_clips(x, y, of_clip, kind), of_points(x, y, kind)
    assert clustered.value == naive.value
    assert clustered.low < clustered.value < clustered.high
    assert clustered.high - clustered.low > 1.5 * (naive.high - naive.low)


@pytest.mark.parametrize("kind", BOTH)
def test_what_has_no_correlation_says_why(kind: Kind) -> None:
    line = np.arange(6.0)
    alone = np.arange(6)
    for x, y, why in (
        (line[:2], line[:2], "2 points: a correlation needs 3"),
        (line, np.full(6, 0.1 + 0.2), "all scores are equal"),
        (np.full(6, 3.0), line, "all values are equal"),
    ):
        for found in (of_points(x, y, kind), of_clips(x, y, alone[: len(x)], kind)):
            assert found.why_not == why
            assert np.isnan(found.value)


@pytest.mark.parametrize("kind", BOTH)
def test_what_has_no_interval_says_why(kind: Kind) -> None:
    x, y = np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])
    few = of_points(x, y, kind)
    assert np.isfinite(few.value)
    assert few.why_not == "no interval: 4 points, and 5 are needed"
    assert "4 clips" in of_clips(x, y, np.arange(4), kind).why_not
    whole = of_points(np.arange(6.0), 2 * np.arange(6.0), kind)
    assert whole.value == pytest.approx(1)
    assert "complete" in whole.why_not
