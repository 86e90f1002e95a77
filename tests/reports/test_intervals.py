"""Intervals of means: Student's closed form, coverage, and groups of clips."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from codecbench.errors import UsageError
from codecbench.reports.intervals import LEAST_CLIPS, mean_interval

Draw = Callable[[np.random.Generator, int], np.ndarray]


def test_never_narrower_than_students_t() -> None:
    """t(0.975, 4 degrees of freedom) = 2.7764 (any table); the variance of the values is 30 / 4."""
    found = mean_interval([1.0, 2.0, 4.0, 5.0, 8.0])
    half = 2.7764451 * np.sqrt(7.5 / 5)
    assert (found.mean, found.clips, found.groups) == (4.0, 5, 5)
    assert found.low <= 4 - half * (1 - 1e-7)
    assert found.high >= 4 + half * (1 - 1e-7)


def test_symmetric_clips_in_number_have_students_interval() -> None:
    """The studentised bootstrap agrees with Student's t where clips are many and symmetric."""
    values = np.linspace(-1, 1, 400)
    found = mean_interval(values)
    half = 1.9659 * values.std(ddof=1) / 20  # t(0.975, 399)
    assert found.high == pytest.approx(half, rel=0.12)
    assert found.low == pytest.approx(-half, rel=0.12)


def test_the_end_on_the_side_of_the_skew_lies_further_out() -> None:
    values = np.array([1, 1, 2, 2, 2, 3, 3, 20.0])
    found = mean_interval(values)
    assert found.high - found.mean > 1.5 * (found.mean - found.low)
    mirrored = mean_interval(-values)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


@pytest.mark.slow
@pytest.mark.parametrize("clips", [8, 12, 30])
@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda generator, n: generator.normal(3, 2, n), 3.0),
        (lambda generator, n: generator.lognormal(0, 0.5, n), np.exp(0.125)),
        (lambda generator, n: -generator.lognormal(0, 1, n), -np.exp(0.5)),
    ],
    ids=["normal", "log-normal, sigma 0.5", "log-normal, sigma 1, falling"],
)
def test_the_truth_is_covered(draw: Draw, truth: float, clips: int) -> None:
    generator = np.random.default_rng(clips)
    hits = 0
    for _ in range(1500):
        found = mean_interval(draw(generator, clips))
        hits += found.low <= truth <= found.high
    assert hits / 1500 >= 0.92


def test_clips_of_one_group_are_not_independent() -> None:
    """Each clip three times in a group of its own says no more than each clip once."""
    values = np.random.default_rng(0).normal(0, 1, 12)
    once = mean_interval(values)
    groups = [f"song {i}" for i in range(12) for _ in range(3)]
    thrice = mean_interval(np.repeat(values, 3), groups)
    assert (thrice.clips, thrice.groups) == (36, 12)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))
    assert mean_interval(np.repeat(values, 3)).high < thrice.high


def test_groups_of_unlike_size_cover_the_truth() -> None:
    generator = np.random.default_rng(1)
    sizes = [1, 1, 2, 2, 3, 3, 4, 5, 6, 7]
    groups = [f"{i}" for i, size in enumerate(sizes) for _ in range(size)]
    hits = 0
    for _ in range(1000):
        of_group = np.repeat(generator.normal(0, 1, len(sizes)), sizes)
        found = mean_interval(of_group + generator.normal(0, 0.3, sum(sizes)), groups)
        hits += found.low <= 0 <= found.high
    assert hits / 1000 >= 0.92


def test_clips_without_a_group_stand_alone() -> None:
    values = [1.0, 2.0, 4.0, 5.0, 8.0, 9.0]
    assert mean_interval(values, [""] * 6) == mean_interval(values)
    assert mean_interval(values, ["a", "a", "", "", "", ""]).groups == 5


def test_no_interval_under_five_clips_or_groups() -> None:
    found = mean_interval(np.arange(LEAST_CLIPS - 1.0))
    assert found.mean == 1.5
    assert np.isnan([found.low, found.high]).all()
    grouped = mean_interval(np.arange(8.0), ["a", "a", "b", "b", "c", "c", "d", "d"])
    assert np.isnan([grouped.low, grouped.high]).all()
    assert mean_interval(np.arange(LEAST_CLIPS * 1.0)).high > 0


def test_equal_clips_have_an_interval_of_no_width() -> None:
    found = mean_interval(np.full(6, 2.5))
    assert (found.low, found.mean, found.high) == (2.5, 2.5, 2.5)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")], [[1.0, 2.0]]])
def test_values_that_have_no_mean_are_refused(values: list[float]) -> None:
    with pytest.raises(UsageError, match="leave the others out"):
        mean_interval(values)
