"""Scores beside metrics: screening, conditions found by name, and correlations that are known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_measurements import Value, measured

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.simulated_raters import (
    Population,
    SimulatedRater,
    simulated_ratings,
)
from codecbench.listening_test.test_file import (
    Condition,
    Item,
    ListeningTest,
    Stimulus,
    path_of,
    to_json,
)
from codecbench.reports.measurements import Measurements
from codecbench.reports.statistics.listening import Ratings, metric_trust, ratings_of, read_ratings
from codecbench.reports.summary import summarise

QUALITY = {"a@4": 30.0, "a@8": 50.0, "a@16": 70.0, "b@4": 40.0, "b@8": 60.0, "b@16": 80.0}
POINTS = {"a": [4, 8, 16], "b": [4, 8, 16]}
GOOD = [SimulatedRater(f"good {i}") for i in range(6)]


def design(quality: Mapping[str, float] = QUALITY, items: int = 8, **changes: Any) -> ListeningTest:
    """A MUSHRA test with the standard's hidden reference and anchors, on clips of `measured`."""
    conditions = (
        Condition("reference", "hidden_reference"),
        Condition("anchor35", "low_anchor"),
        Condition("anchor70", "mid_anchor"),
        *(Condition(name, "codec") for name in quality),
    )
    made = tuple(
        Item(
            id=f"item{i}",
            clip=f"clip{i:04}",
            category="",
            licence="",
            source="",
            start_s=0.0,
            duration_s=2.0,
            gain_db=0.0,
            open_reference=Stimulus("reference", f"item{i}/open.wav", "", None),
            stimuli=tuple(
                Stimulus(c.name, f"item{i}/{c.name.replace('@', '_')}.wav", "", None)
                for c in conditions
            ),
        )
        for i in range(items)
    )
    plain: dict[str, Any] = {
        "name": "t",
        "title": "A test",
        "kind": "mushra",
        "sample_rate_hz": 48000,
    }
    plain |= {"channels": 1, "conditions": conditions, "items": made, "training_items": ()}
    return ListeningTest(**plain | changes)


def heard(
    test: ListeningTest,
    quality: Mapping[str, float] = QUALITY,
    raters: list[SimulatedRater] = GOOD,
    summary: pd.DataFrame | None = None,
) -> Ratings:
    population = Population({"reference": 100, "anchor35": 15, "anchor70": 25, **quality})
    return ratings_of(test, simulated_ratings(test, raters, population), summary)


def scored(sign: float = 1.0, noise: float = 0.0) -> Value:
    """A metric that is the quality put into the raters, and as much noise."""
    rng = np.random.default_rng(0)
    drawn = rng.normal(0, 1, (2, 40, 64))

    def value(series: str, kbps: float, clip: int) -> float:
        extra = noise * drawn["ab".find(series), int(kbps), clip]
        return float(sign * (QUALITY.get(f"{series}@{kbps:g}", 0) + extra))

    return value


def trust(ratings: Ratings, measurements: Measurements) -> Any:
    """The frame by metric and level."""
    return metric_trust(ratings, measurements, summarise(measurements)).set_index(
        ["metric", "level"]
    )


def test_a_metric_that_is_what_raters_hear() -> None:
    metrics = {"good": scored(), "noisy": scored(noise=40), "less": scored(-1, noise=2)}
    measurements = measured(POINTS, metrics, directions={"less": "lower"})
    found = trust(heard(design()), measurements)
    assert found.loc[("good", "condition"), "spearman"] == pytest.approx(1)
    assert found.loc[("good", "stimulus"), "pearson"] > 0.9
    assert found.loc[("noisy", "stimulus"), "pearson"] < 0.7
    assert found.loc[("less", "stimulus"), "spearman"] < -0.9
    assert found.agrees.tolist() == [True] * 6
    points = found.loc["good", "points"]
    assert (points["condition"], points["stimulus"]) == (6, 48)
    row = found.loc[("good", "stimulus")]
    assert row.pearson_low < row.pearson < row.pearson_high
    assert row.why_not == ""


def test_condition_means_are_of_the_clips_that_all_conditions_have() -> None:
    """A clip that one condition lacks would move that condition's mean by far."""

    def value(series: str, kbps: float, clip: int) -> float | str:
        if clip == 0:
            return "silent" if (series, kbps) == ("a", 4) else 1000 - QUALITY[f"{series}@{kbps:g}"]
        return QUALITY[f"{series}@{kbps:g}"]

    row = trust(heard(design()), measured(POINTS, {"q": value})).loc[("q", "condition")]
    assert row.clips == 7
    assert row.pearson > 0.97


def test_a_metric_that_goes_the_wrong_way_does_not_agree() -> None:
    found = trust(heard(design()), measured(POINTS, {"q": scored(-1)}))
    assert found.agrees.tolist() == [False, False]


def test_anchors_count_where_the_runs_hold_them() -> None:
    rows = measured(POINTS | {"lowpass": [3.5, 7]}, {"q": scored()})
    label = {"3.5": "3.5 kHz", "7": "7 kHz"}
    frame = rows.rows
    anchors = frame["series"] == "lowpass"
    frame.loc[anchors, "point"] = frame.loc[anchors, "point"].map(label)
    frame.loc[anchors, "bitrate_bps"] = np.nan
    summary = summarise(rows)
    ratings = heard(design(), summary=summary)
    by_name: Any = ratings.conditions.set_index("condition")
    assert tuple(by_name.loc["anchor35", ["series", "point"]]) == ("lowpass", "3.5 kHz")
    assert metric_trust(ratings, rows, summary).points.tolist() == [8, 64]


def test_conditions_have_the_labels_of_series_and_notes_where_they_have_none() -> None:
    rows = measured({"a": [4, 8, 16]}, {"q": scored()})
    rows.rows["series"] = "a, of the second run"
    summary = summarise(rows)
    ratings = heard(design(), summary=summary)
    by_name: Any = ratings.conditions.set_index("condition")
    assert by_name.loc["a@8", "series"] == "a, of the second run"
    assert by_name.loc["b@8", "series"] == ""
    assert "b@8 is not in these runs: it is not compared with metrics" in ratings.notes
    assert by_name.loc["reference", "series"] == ""
    assert metric_trust(ratings, rows, summary).points.tolist() == [3, 24]


def test_two_series_of_one_name_are_not_guessed_between() -> None:
    rows = measured({"a": [4], "b": [4]}, {"q": scored()})
    rows.rows["codec"] = "a"
    notes = heard(design({"a@4": 50.0}), {"a@4": 50.0}, summary=summarise(rows)).notes
    assert "which of them was heard cannot be told" in notes[0]


def test_raters_out_of_rule_are_left_out_and_counted() -> None:
    raters = [*GOOD, SimulatedRater("late", "reversed")]
    ratings = heard(design(), raters=raters)
    assert ratings.notes == ("1 of 7 raters was left out by the test's screening",)
    assert set(ratings.conditions.raters) == {6}
    assert ratings.conditions.equals(heard(design()).conditions)


def test_one_rater_is_noted() -> None:
    ratings = heard(design(), raters=GOOD[:1])
    assert "one rater" in ratings.notes[0]
    assert ratings.conditions.ci_low.isna().all()
    assert ratings.conditions.reason.str.contains("1 rater").all()
    found = trust(ratings, measured(POINTS, {"q": scored()}))
    assert found.pearson.notna().all()


def test_no_ratings_yet() -> None:
    ratings = heard(design(), raters=[])
    assert ratings.notes == ("nobody completed a rated trial yet",)
    found = trust(ratings, measured(POINTS, {"q": scored()}))
    assert set(found.why_not) == {"there are no scores"}


def test_one_condition_has_no_correlation_of_conditions() -> None:
    only = {"a@4": 50.0}
    found = trust(heard(design(only), only), measured(POINTS, {"q": scored(noise=1)}))
    row = found.loc[("q", "condition")]
    assert row.why_not == "1 point: a correlation needs 3"
    assert row.agrees is None
    assert np.isfinite(found.loc[("q", "stimulus"), "pearson"])


def test_constant_scores_and_clips_of_other_runs_have_reasons() -> None:
    test = design()
    ratings = heard(test)
    flat = Ratings("", "mushra", ratings.conditions, ratings.cells.assign(score=50.0), ())
    found = trust(flat, measured(POINTS, {"q": scored()}))
    assert set(found.why_not) == {"all scores are equal"}
    elsewhere = measured(POINTS, {"q": scored()})
    elsewhere.rows["clip"] = "other " + elsewhere.rows["clip"]
    assert set(trust(ratings, elsewhere).why_not) == {"no clip that was rated has q"}
    other = measured({"c": [4]}, {"q": scored()})
    assert set(trust(ratings, other).why_not) == {
        "none of the test's conditions is among the measurements"
    }


def test_tests_of_choices_have_no_scores() -> None:
    two = (Condition("a@4", "codec"), Condition("b@4", "codec"))
    ratings = ratings_of(design(kind="ab", conditions=two), heard_frame().iloc[:0])
    assert "raters of a test of kind AB choose" in ratings.notes[0]
    found = trust(ratings, measured(POINTS, {"q": scored()}))
    assert found.why_not.str.contains("AB choose").all()


def heard_frame() -> pd.DataFrame:
    test = design()
    quality = {"reference": 100, "anchor35": 15, "anchor70": 25, **QUALITY}
    return simulated_ratings(test, GOOD, Population(quality))


def test_a_folder_is_read_and_what_cannot_be_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="not a listening test"):
        read_ratings(tmp_path)
    path_of(tmp_path).write_text(to_json(design()), encoding="utf-8")
    with pytest.raises(ListeningTestError):
        read_ratings(tmp_path)
    monkeypatch.setattr(
        "codecbench.listening_test.records.load_ratings", lambda source: heard_frame()
    )
    ratings = read_ratings(tmp_path)
    assert (ratings.title, ratings.kind) == ("A test", "mushra")
    assert ratings.conditions["series"].tolist() == ["", "lowpass", "lowpass", *"aaabbb"]
    cell: Any = ratings.cells.set_index(["clip", "condition"]).loc[("clip0003", "a@8")]
    frame = heard_frame()
    mine = frame[(frame["item"] == "item3") & (frame["condition"] == "a@8")]
    assert cell.score == pytest.approx(mine["score"].mean())
    assert cell.raters == 6
