"""Comparisons at like bitrates: worked examples of the tests, matching, and what was left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_measurements import measured

from codecbench.reports.intervals import mean_interval
from codecbench.reports.measurements import Measurements
from codecbench.reports.statistics.paired import LIKE, compare_at_like_bitrates, like_points
from codecbench.reports.summary import summarise

# Depression scores of nine patients before and after a therapy: Hollander and Wolfe (1973), p. 29f,
# as in the examples of R's wilcox.test, which prints V = 40, p-value = 0.03906 (two-sided).
BEFORE = (1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
AFTER = (0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)


def compared(measurements: Measurements) -> pd.DataFrame:
    return compare_at_like_bitrates(measurements, summarise(measurements))


def patients(series: str, kbps: float, clip: int) -> float:
    return BEFORE[clip] if series == "a" else AFTER[clip]


def test_a_published_signed_rank_test() -> None:
    (row,) = compared(measured({"a": [8], "b": [8]}, {"q": patients}, clips=9)).to_dict("records")
    assert row["p"] == pytest.approx(0.03906, abs=5e-6)
    # V = 40 of 45 ranks in all: Kerby's simple difference.
    assert row["effect_size"] == pytest.approx(40 / 45 - 5 / 45)
    assert row["p_holm"] == row["p"]
    assert row["better"] == "a"


def test_the_difference_is_the_paired_one_with_the_interval_of_means() -> None:
    made = measured({"a": [8], "b": [8]}, {"q": patients}, 9, directions={"q": "lower"})
    (row,) = compared(made).to_dict("records")
    expected = mean_interval(np.subtract(BEFORE, AFTER))
    ends = (expected.mean, expected.low, expected.high)
    assert (row["difference"], row["low"], row["high"]) == pytest.approx(ends)
    assert row["mean_a"] - row["mean_b"] == pytest.approx(row["difference"])
    assert row["better"] == "b"


def test_holm_over_the_pairs_of_one_metric() -> None:
    """Smallest p times all, next times all less one, and never falling."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, (3, 12))
    shift = {"a": 0.0, "b": 0.5, "c": 1.5}

    def value(series: str, kbps: float, clip: int) -> float:
        return float(shift[series] + noise["abc".index(series), clip])

    points = {"a": [8.0], "b": [8.0], "c": [8.0]}
    found = compared(measured(points, {"q": value, "r": value}, clips=12))
    for metric in ("q", "r"):
        rows = found[found.metric == metric].sort_values("p")
        raw = rows.p.to_numpy()
        steps = [3 * raw[0], max(3 * raw[0], 2 * raw[1]), max(3 * raw[0], 2 * raw[1], raw[2])]
        assert rows.p_holm.tolist() == pytest.approx(np.minimum(steps, 1).tolist())
        assert set(rows.better) <= {"", "b"}


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"6": 6e3, "9": 9e3}, {"8": 8e3}, [("9", "8")]),
        ({"6": 6e3, "12": 12e3}, {"8": 8e3}, []),
        # 8.4 is the nearest to both 8 and 9, and goes to 8.
        ({"8": 8e3, "9": 9e3}, {"8.4": 8.4e3}, [("8", "8.4")]),
        ({"8": 8e3, "16": 16e3}, {"8": 8.1e3, "16": 15e3}, [("8", "8"), ("16", "16")]),
        ({"8": 8e3}, {"10": 8e3 * LIKE}, [("8", "10")]),
        ({}, {"8": 8e3}, []),
    ],
)
def test_points_are_matched_with_their_nearest(
    a: dict[str, float], b: dict[str, float], expected: list[tuple[str, str]]
) -> None:
    assert like_points(a, b) == expected
    assert sorted(like_points(b, a)) == sorted((y, x) for x, y in expected)


def test_clips_of_one_codec_are_left_out_with_their_reasons() -> None:
    def value(series: str, kbps: float, clip: int) -> float | str | None:
        if series == "b" and clip < 2:
            return "silent reference"
        if series == "b" and clip == 2:
            return None
        return 100.0 if clip < 3 else clip + 0.5 * (series == "b") + 0.01 * clip**2

    (row,) = compared(measured({"a": [8], "b": [8]}, {"q": value}, clips=10)).to_dict("records")
    assert (row["clips"], row["left_out"]) == (7, 3)
    assert row["why_left_out"] == ("2 clips of b@8: silent reference; 1 clip of b@8: not coded")
    assert row["difference"] == pytest.approx(-0.5)


def test_clips_that_a_metric_is_not_for_are_not_left_out() -> None:
    def value(series: str, kbps: float, clip: int) -> float | None:
        return None if clip < 3 else clip + (1 + 0.1 * clip) * (series == "a")

    metrics = {"pesq": value, "q": lambda series, kbps, clip: float(clip)}
    found = compared(measured({"a": [8], "b": [8]}, metrics, clips=9))
    (row,) = found[found.metric == "pesq"].to_dict("records")
    assert (row["clips"], row["left_out"], row["why_left_out"]) == (6, 0, "")


def test_few_clips_have_a_difference_without_interval() -> None:
    def value(series: str, kbps: float, clip: int) -> float:
        return clip + (1.0 + 0.1 * clip) * (series == "a")

    (row,) = compared(measured({"a": [8], "b": [8]}, {"q": value}, clips=3)).to_dict("records")
    assert row["difference"] == pytest.approx(1.1)
    assert np.isnan([row["low"], row["high"]]).all()
    assert np.isnan(row["p"])
    assert row["why_not"] == "no test: 3 clips, and 5 are needed"


def test_equal_codecs_have_no_test_and_a_reason() -> None:
    made = measured({"a": [8], "b": [8]}, {"q": lambda series, kbps, clip: float(clip)}, clips=6)
    (row,) = compared(made).to_dict("records")
    assert row["difference"] == 0
    assert np.isnan(row["p"])
    assert row["why_not"] == "no test: 0 of 6 clips differ, 2 are needed"


def test_a_group_counts_once_in_the_test() -> None:
    """Six groups of three clips that all say the same: 2 of 2^6 sign patterns, not 2 of 2^18."""
    groups = [f"speaker{i // 3}" for i in range(18)]

    def value(series: str, kbps: float, clip: int) -> float:
        return clip + (1 + 0.1 * clip) * (series == "a")

    made = measured({"a": [8], "b": [8]}, {"q": value}, clips=18, groups=groups)
    (row,) = compared(made).to_dict("records")
    assert row["p"] == pytest.approx(2 / 2**6)
    assert row["clips"] == 18


def test_codecs_without_like_bitrates_say_so() -> None:
    made = measured({"a": [8], "b": [24]}, {"q": lambda series, kbps, clip: kbps + clip})
    (row,) = compared(made).to_dict("records")
    assert row["why_not"] == "no bitrates of a and b are within a factor of 1.25"
    assert (row["clips"], row["better"]) == (0, "")
    assert np.isnan(row["difference"])


def test_a_metric_that_one_codec_lacks() -> None:
    made = measured({"a": [8], "b": [8]}, {"q": lambda s, kbps, clip: 1.0 if s == "a" else "no"})
    (row,) = compared(made).to_dict("records")
    assert row["why_not"] == "b: no q"


def test_one_codec_has_no_comparisons() -> None:
    assert compared(measured({"a": [8]}, {"q": lambda series, kbps, clip: kbps})).empty
