"""The matrix of BD-rates: known shifts, and a reason wherever a value would mislead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_measurements import Value, measured

from codecbench.categories import EVERY
from codecbench.reports.measurements import Measurements
from codecbench.reports.missing import without_bd_rate
from codecbench.reports.statistics.bd import apart_in_words, bd_matrix, without_any
from codecbench.reports.summary import summarise

RATES = (4.0, 8.0, 16.0, 32.0)


def shifted(factor: float, spread: float = 0.2, seed: int = 0) -> Value:
    """Codec `b` needs `factor` times the rate of any other; clips differ in level and in that."""
    rng = np.random.default_rng(seed)
    level, own = rng.normal(0, 1, 64), np.exp(spread * rng.standard_normal(64))

    def value(series: str, kbps: float, clip: int) -> float:
        needs = factor * own[clip] if series == "b" else 1.0
        return float(level[clip] + 2 * np.log2(kbps / needs))

    return value


def matrix(measurements: Measurements, bootstrap: int = 200) -> pd.DataFrame:
    return bd_matrix(measurements, summarise(measurements), bootstrap)


def only(frame: pd.DataFrame, anchor: str, test: str) -> pd.Series:
    (found,) = frame[(frame.anchor == anchor) & (frame.test == test)].iterrows()
    return found[1]


def test_a_known_saving_with_its_interval() -> None:
    found = matrix(measured({"a": RATES, "b": RATES}, {"q": shifted(0.7, spread=0)}))
    there, back = only(found, "a", "b"), only(found, "b", "a")
    assert there.bd_rate_percent == pytest.approx(-30, abs=1e-9)
    assert there.bd_quality == pytest.approx(-2 * np.log2(0.7))
    # All clips save the same: whatever is drawn, the difference is that.
    assert (there.rate_low, there.rate_high) == pytest.approx((-30, -30), abs=1e-6)
    assert back.bd_rate_percent == pytest.approx(100 * (1 / 0.7 - 1))
    assert (there.clips, there.left_out, there.why_not, there.note) == (8, 0, "", "")


def test_the_interval_holds_the_value_and_turns_with_the_pair() -> None:
    found = matrix(measured({"a": RATES, "b": RATES}, {"q": shifted(0.7)}, clips=20))
    there, back = only(found, "a", "b"), only(found, "b", "a")
    assert there.rate_low < there.bd_rate_percent < there.rate_high < 0
    assert there.quality_low < there.bd_quality < there.quality_high
    ends = 1 + np.array([there.rate_low, there.rate_high]) / 100
    assert [back.rate_high, back.rate_low] == pytest.approx(100 * (1 / ends - 1))
    # Levels of clips differ by far more than savings: a comparison that is paired does not see it.
    assert there.rate_high - there.rate_low < 25


def test_metrics_of_which_less_is_better_say_the_same_of_rate() -> None:
    more = shifted(0.7)
    points = {"a": RATES, "b": RATES}
    higher = only(matrix(measured(points, {"q": more})), "a", "b")

    def less(series: str, kbps: float, clip: int) -> float:
        return -float(more(series, kbps, clip) or 0)

    lower = only(matrix(measured(points, {"q": less}, directions={"q": "lower"})), "a", "b")
    assert lower.bd_rate_percent == pytest.approx(higher.bd_rate_percent)
    assert lower.bd_quality == pytest.approx(-higher.bd_quality)
    assert (lower.quality_low, lower.quality_high) == pytest.approx(
        (-higher.quality_high, -higher.quality_low)
    )


def test_metrics_without_direction_and_facts_of_the_coding_have_no_row() -> None:
    metrics = {"q": shifted(1), "width": shifted(1), "header_bytes": shifted(1)}
    made = measured({"a": RATES, "b": RATES}, metrics, directions={"width": "neither"})
    assert set(matrix(made, 0).metric) == {"q"}


def test_clips_that_one_codec_lacks_are_left_out_for_both() -> None:
    """The lacking clip would move the other codec's mean by far."""
    whole = shifted(0.7, spread=0)

    def value(series: str, kbps: float, clip: int) -> float | str:
        if clip == 3:
            return "too short" if (series, kbps) == ("b", 8.0) else 50 + kbps
        return float(whole(series, kbps, clip) or 0)

    found = only(matrix(measured({"a": RATES, "b": RATES}, {"q": value})), "a", "b")
    assert found.bd_rate_percent == pytest.approx(-30)
    assert (found.clips, found.left_out) == (7, 1)


def test_one_clip_on_which_all_hangs_does_not_explode_the_interval() -> None:
    """All but one clip save the same; draws without that one have next to no standard error."""

    def value(series: str, kbps: float, clip: int) -> float:
        saved = (4.0 if clip == 0 else 0.01 * clip) if series == "b" else 0.0
        return float(np.log2(kbps) + saved)

    found = only(matrix(measured({"a": RATES, "b": RATES}, {"q": value}, 12)), "a", "b")
    assert found.quality_low > -4
    assert found.quality_high < 4


def test_few_clips_have_a_value_and_no_interval() -> None:
    found = only(matrix(measured({"a": RATES, "b": RATES}, {"q": shifted(0.7)}, 1)), "a", "b")
    assert np.isfinite(found.bd_rate_percent)
    assert np.isnan(found.rate_low)
    assert "5" in found.note


def test_clips_of_few_groups_have_no_interval() -> None:
    groups = ["x", "x", "y", "y", "z", "z", "w", "w"]
    made = measured({"a": RATES, "b": RATES}, {"q": shifted(0.7)}, groups=groups)
    found = only(matrix(made), "a", "b")
    assert "4 clips or groups" in found.note
    assert np.isnan(found.rate_high)


def test_few_points_are_no_curve() -> None:
    found = matrix(measured({"a": RATES, "b": RATES[:3]}, {"q": shifted(0.7)}))
    why = only(found, "a", "b").why_not
    assert why == "b has 3 operating points with a bitrate, and 4 are needed"
    assert found.bd_rate_percent.isna().all()


def test_what_a_codec_lacks_is_told_once_whatever_it_is_compared_with() -> None:
    points = {"a": RATES, "b": RATES, "few": RATES[:3], "one": RATES[:1], "too": RATES[1:]}
    found = matrix(measured(points, {"q": shifted(0.7), "r": shifted(0.8)}), 0)
    few, one = (
        f"has {count} with a bitrate, and 4 are needed"
        for count in ("3 operating points", "1 operating point")
    )
    assert without_any(found) == {"few": few, "one": one, "too": few}
    assert apart_in_words(found) == (f"few, too: each {few}", f"one {one}")
    # A category that lacks more has no say in what all clips have.
    speech = found.assign(category="speech", anchor_lacks="has no q", test_lacks="has no q")
    assert [m.what for m in without_bd_rate(speech)] == []
    both = only(found[found.metric == "q"], "few", "one")
    assert both.why_not == f"few {few}; one {one}"
    assert (both.anchor_lacks, both.test_lacks) == (few, one)
    with_a = only(found[found.metric == "q"], "a", "few")
    assert (with_a.anchor_lacks, with_a.test_lacks) == ("", few)
    assert [(m.what, m.reason) for m in without_bd_rate(found)] == [
        ("BD-rate of few, too", f"each {few}"),
        ("BD-rate of one", f"it {one}"),
    ]


def test_points_that_lack_the_metric_are_counted() -> None:
    def value(series: str, kbps: float, clip: int) -> float | str:
        return "cut short" if (series, kbps) == ("b", 8.0) else float(np.log2(kbps)) + clip

    found = matrix(measured({"a": RATES, "b": RATES}, {"q": value}), 0)
    why = only(found, "a", "b").why_not
    assert why == "b has q at 3 of 4 operating points, and 4 are needed"


def test_a_curve_that_falls_names_the_point() -> None:
    def value(series: str, kbps: float, clip: int) -> float:
        return float(np.log2(kbps)) - (4 if (series, kbps) == ("b", 16.0) else 0) + clip

    found = only(matrix(measured({"a": RATES, "b": RATES}, {"q": value})), "a", "b")
    assert found.why_not == "b is not monotonic: its q is no better at 16 kbps than at 8 kbps"
    assert found.test_lacks == found.why_not.removeprefix("b ")
    assert found.quality_why_not == found.why_not
    assert np.isnan([found.bd_rate_percent, found.bd_quality]).all()


def test_curves_far_apart_in_quality_have_bd_quality_alone() -> None:
    def value(series: str, kbps: float, clip: int) -> float:
        return float(np.log2(kbps)) + (10 if series == "b" else 0) + clip

    found = only(matrix(measured({"a": RATES, "b": RATES}, {"q": value})), "a", "b")
    assert "do not overlap" in found.why_not
    assert found.quality_why_not == ""
    assert found.bd_quality == pytest.approx(10)
    assert found.overlap == 0


def test_little_overlap_is_refused_with_its_share() -> None:
    """Ranges 2 to 5 and 4 to 7: a third."""

    def value(series: str, kbps: float, clip: int) -> float:
        return float(np.log2(kbps)) + (2 if series == "b" else 0)

    found = only(matrix(measured({"a": RATES, "b": RATES}, {"q": value})), "a", "b")
    assert "overlap by 33% of the shorter, and 50% are needed" in found.why_not
    assert found.overlap == pytest.approx(1 / 3)


def test_a_codec_without_the_metric_says_so() -> None:
    def value(series: str, kbps: float, clip: int) -> float | str:
        return "its rate is too low" if series == "b" else float(np.log2(kbps)) + clip

    found = only(matrix(measured({"a": RATES, "b": RATES}, {"q": value})), "a", "b")
    assert found.why_not == "b has no q"


def test_curves_that_draws_break_have_no_interval() -> None:
    """One clip of eight keeps the mean rising: many draws are without it."""

    def value(series: str, kbps: float, clip: int) -> float:
        step = np.log2(kbps)
        return float(20 * step if clip == 0 else -step + clip) if series == "b" else float(step)

    found = only(matrix(measured({"a": RATES, "b": RATES}, {"q": value})), "a", "b")
    assert np.isfinite(found.bd_quality)
    assert "not defined" in found.note
    assert np.isnan(found.quality_low)


def test_categories_have_rows_of_their_own() -> None:
    categories = ["speech"] * 6 + ["music"] * 6
    made = measured({"a": RATES, "b": RATES}, {"q": shifted(0.7)}, 12, categories=categories)
    found = matrix(made, 0)
    assert set(found.category) == {EVERY, "music", "speech"}
    assert set(found[found.category == "music"].clips) == {6}


def test_one_codec_has_no_pairs_and_the_columns_stay() -> None:
    found = matrix(measured({"a": RATES}, {"q": shifted(1)}))
    assert found.empty
    assert "why_not" in found.columns
