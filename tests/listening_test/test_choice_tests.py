"""AB and ABX against the binomial distribution."""

from __future__ import annotations

import pandas as pd
import pytest
from rated_designs import STANDARD, design, no_events, who

from codecbench.listening_test.choice_tests import binomial, compare_choices
from codecbench.listening_test.records import RATING_COLUMNS
from codecbench.listening_test.results import analyse


def choices(rows: list[tuple[str, int, str, int]]) -> pd.DataFrame:
    """Rows of rater, page, condition, score."""
    full = [
        (rater, "i00", "music", condition, "codec", score, 0, False, True, page, slot, "")
        for slot, (rater, page, condition, score) in enumerate(rows)
    ]
    return pd.DataFrame(full, columns=RATING_COLUMNS)


def test_clopper_pearson_and_exact_p() -> None:
    """R's help of binom.test (Conover 1971): 682 of 925, 95% 0.7076683 to 0.7654066; and 12 of 16
    ABX trials, p = 2517 / 65536."""
    found = binomial(682, 925, "two-sided")
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((0.7076683, 0.7654066), abs=1e-7)
    assert binomial(12, 16, "greater")["p"] == pytest.approx(2517 / 65536)


def test_preferences_are_of_pairs() -> None:
    test = design(1, STANDARD[3:], kind="ab")
    rows = []
    for k in range(9):
        wins = int(k < 8)
        rows += [(f"r{k}", 0, "opus@6", 1 - wins), (f"r{k}", 0, "dac@8", wins)]
    results = analyse(test, choices(rows), no_events(), who(*(f"r{k}" for k in range(9))))
    (row,) = results.comparisons.to_dict("records")
    assert (row["a"], row["b"], row["for_a"], row["trials"]) == ("opus@6", "dac@8", 1, 9)
    assert row["p"] == pytest.approx(20 / 512)
    assert (row["raters_for_a"], row["raters_for_b"]) == (1, 8)
    assert row["significant"]


def test_abx_counts_what_was_told() -> None:
    conditions = (STANDARD[0], STANDARD[4])
    test = design(1, conditions, kind="abx")
    rows = [("r", page, "reference" if page % 2 else "dac@8", int(page < 12)) for page in range(16)]
    (row,) = compare_choices(test, choices(rows)).to_dict("records")
    assert (row["family"], row["for_a"], row["trials"]) == ("discrimination", 12, 16)
    assert row["p_corrected"] == pytest.approx(2517 / 65536)


def test_a_pair_that_nobody_heard_has_a_reason() -> None:
    test = design(1, STANDARD[2:], kind="ab")
    rows = [("r", 0, "opus@6", 1), ("r", 0, "dac@8", 0)]
    table = compare_choices(test, choices(rows))
    assert list(table.trials) == [0, 0, 1]
    assert table.reason[0] == "no trial of this pair was completed"
    assert pd.isna(table.significant[0])
    assert compare_choices(test, choices(rows).iloc[:0]).p.isna().all()
