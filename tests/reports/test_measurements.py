"""Runs read together: nothing counts twice, and nothing unlike is mixed without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import write_run

from codecbench.errors import UsageError
from codecbench.reports.measurements import read_runs

SIX = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)


def test_a_codec_that_two_runs_hold_counts_once(tmp_path: Path) -> None:
    first = write_run(tmp_path / "first", {"opus@6": {"mel": SIX}})
    second = write_run(tmp_path / "second", {"opus@6": {"mel": SIX}, "mp3@8": {"mel": SIX}})
    found = read_runs([first, second])
    mel = found.rows[found.rows["metric"] == "mel"]
    assert mel.groupby("series").size().to_dict() == {"opus": 6, "mp3": 6}
    assert mel.groupby("series")["run"].first().to_dict() == {"opus": "first", "mp3": "second"}
    assert found.notes == ()


def test_scores_that_disagree_are_told(tmp_path: Path) -> None:
    first = write_run(tmp_path / "first", {"opus@6": {"mel": SIX}})
    second = write_run(tmp_path / "second", {"opus@6": {"mel": (1.5, *SIX[1:])}})
    found = read_runs([first, second])
    assert found.rows.query("metric == 'mel'")["value"].tolist() == list(SIX)
    (note,) = found.notes
    assert "1 score that several runs hold differs" in note
    assert "mel of opus@6 on a" in note
    assert "(first)" in note


def test_older_definitions_are_left_out_and_told(tmp_path: Path) -> None:
    old = write_run(tmp_path / "old", {"opus@6": {"mel": SIX}})
    new = write_run(tmp_path / "new", {"mp3@8": {"mel": SIX}}, metric_version=2)
    found = read_runs([old, new])
    assert set(found.rows.query("metric == 'mel'")["series"]) == {"mp3"}
    assert set(found.series) == {"opus", "mp3"}
    (note,) = found.notes
    assert note.startswith("mel: 6 scores of the run old are of an older definition")


def test_a_run_that_was_scored_again_needs_no_word(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", {"opus@6": {"mel": SIX}})
    better = [value / 2 for value in SIX]
    write_run(run, {"opus@6": {"mel": better}}, metric_version=2)
    found = read_runs([run])
    assert found.rows.query("metric == 'mel'")["value"].tolist() == better
    assert found.notes == ()


def test_protocols_stand_apart(tmp_path: Path) -> None:
    paper = write_run(tmp_path / "a", {"opus@6": {"mel": SIX}})
    native = write_run(tmp_path / "b", {"mp3@8": {"mel": SIX}}, protocol="native")
    found = read_runs([paper, native])
    (note,) = found.notes
    assert "a: paper, b: native" in note


def test_versions_of_libraries_that_differ_are_told(tmp_path: Path) -> None:
    first = write_run(tmp_path / "a", {"opus@6": {"mel": SIX}}, versions={"pesq": "1", "av": "1"})
    second = write_run(tmp_path / "b", {"mp3@8": {"mel": SIX}}, versions={"pesq": "2", "av": "1"})
    (note,) = read_runs([first, second]).notes
    assert note.endswith("pesq 1 and 2")


def test_a_clip_is_known_by_its_audio_not_by_its_name(tmp_path: Path) -> None:
    first = write_run(tmp_path / "a", {"opus@6": {"mel": SIX}})
    changed = ("other a", "b", "c", "d", "e", "f")
    second = write_run(tmp_path / "b", {"mp3@8": {"mel": SIX}}, audio=changed)
    found = read_runs([first, second])
    assert found.rows["clip"].nunique() == 7
    (note,) = found.notes
    assert note.startswith("1 name stands for clips of different audio, a for one")
    renamed = ("z", "b", "c", "d", "e", "f")
    third = write_run(tmp_path / "c", {"aac@8": {"mel": SIX}}, clips=renamed, audio=("a", *"bcdef"))
    both = read_runs([first, third])
    assert set(both.rows["clip"]) == set("abcdef")
    assert both.notes == ()


def test_one_name_with_two_sets_of_weights_is_two_series(tmp_path: Path) -> None:
    first = write_run(tmp_path / "step1000", {"dac:m@6": {"mel": SIX}}, weights="aaaa")
    second = write_run(tmp_path / "step2000", {"dac:m@6": {"mel": SIX}}, weights="bbbb")
    assert read_runs([first, second]).series == ["dac:m, step1000", "dac:m, step2000"]
    named = read_runs([("before", first), ("after", second)])
    assert named.series == ["dac:m, after", "dac:m, before"]


def test_runs_in_folders_of_one_name(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / x / "run", {f"{x}@6": {"mel": SIX}}) for x in ("x", "y")]
    assert [run.name for run in read_runs(runs).runs] == ["run", "y/run"]


def test_what_cannot_be_read_together(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", {"opus@6": {"mel": SIX}})
    with pytest.raises(UsageError, match="no run is named"):
        read_runs([])
    with pytest.raises(UsageError, match="named twice"):
        read_runs([run, tmp_path / "." / "run"])
    with pytest.raises(UsageError, match="NAME=RUN"):
        read_runs([("x", run), ("x", write_run(tmp_path / "x", {}))])
    with pytest.raises(UsageError, match="no such folder"):
        read_runs([run, tmp_path / "nowhere"])


def test_a_run_without_results(tmp_path: Path) -> None:
    found = read_runs([write_run(tmp_path / "empty", {})])
    assert found.rows.empty
    assert found.series == []
