"""Digits of tables, against numbers worked out by hand."""

from __future__ import annotations

import pytest

from codecbench.reports.tables.digits import (
    column_digits,
    digits_of_interval,
    rate_digits,
    written,
    written_intervals,
)
from codecbench.reports.tables.ranking import ranks

NAN = float("nan")


@pytest.mark.parametrize(
    ("half_width", "digits"),
    [(0.45, 2), (0.096, 3), (0.0996, 2), (1.0, 1), (9.94, 1), (9.97, 0), (11.2, 0), (430, 0)],
)
def test_two_significant_digits_of_a_half_width(half_width: float, digits: int) -> None:
    assert digits_of_interval(half_width) == digits
    significant = f"{half_width:.{digits}f}".replace(".", "").lstrip("0")
    assert len(significant) <= 2 or half_width > 99


def test_a_column_has_the_usual_digits_or_those_of_its_narrowest_interval() -> None:
    wide, narrow, none = (5.0, 1.0, 9.0), (5.0, 4.6, 5.4), (5.0, NAN, NAN)
    assert column_digits([wide, narrow, none], default=2) == 2
    assert column_digits([wide], default=2) == 1
    assert column_digits([none], default=3) == 3
    # A codec that is all but transparent does not fill the column with digits.
    assert column_digits([wide, (1.0, 0.99999, 1.00001)], default=2) == 2
    # One with the same value for each clip has an interval of no width, which says nothing.
    assert column_digits([wide, (1.0, 1.0, 1.0)], default=2) == 1


def test_minus_signs_are_true_and_zero_has_none() -> None:
    assert written(-4.56, 1) == "−4.6"
    assert written(-0.04, 1) == "0.0"
    assert written(0.04, 1, sign=True) == "0.0"
    assert written(0.4, 1, sign=True) == "+0.4"


def test_an_interval_is_in_brackets_where_one_of_the_column_is_not_symmetric() -> None:
    even, none = (2.0, 1.5, 2.5), (1.0, NAN, NAN)
    assert written_intervals([even, none], 2) == ["± 0.50", ""]
    assert written_intervals([even, (1.0, 0.9, 1.6)], 2) == ["[1.50, 2.50]", "[0.90, 1.60]"]
    # Asymmetry that the digits do not show is none.
    assert written_intervals([(2.0, 1.501, 2.502)], 1) == ["± 0.5"]


def test_rates_have_three_significant_digits_for_the_lowest() -> None:
    assert [rate_digits([x, 900.0]) for x in (0.861, 5.2, 24.0, 128.0)] == [2, 2, 1, 0]
    assert rate_digits([NAN]) == 2


def test_equal_numbers_share_their_rank() -> None:
    best, second = ranks([2.061, 2.06, 2.07, 2.07, NAN, 3.0], "lower", 2)
    assert best == (True, True, False, False, False, False)
    assert second == (False, False, True, True, False, False)
    best, second = ranks([1.0, 3.0, 2.0], "higher", 2)
    assert (best.index(True), second.index(True)) == (1, 2)


@pytest.mark.parametrize("means", [[1.0], [1.0, NAN], [1.0, 1.001], [NAN, NAN]])
def test_where_nothing_is_better_nothing_is_best(means: list[float]) -> None:
    assert not any(map(any, ranks(means, "higher", 2)))


def test_what_has_no_direction_is_not_ranked_and_of_two_none_is_second() -> None:
    assert not any(map(any, ranks([1.0, 2.0, 3.0], "neither", 2)))
    assert ranks([1.0, 2.0], "higher", 2) == ((False, True), (False, False))
