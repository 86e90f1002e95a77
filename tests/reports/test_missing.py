"""What a report has not is said, with the reason; what is whole says nothing."""

from __future__ import annotations

from pathlib import Path

from small_runs import failure, write_run

from codecbench.reports.measurements import read_runs
from codecbench.reports.missing import what_is_missing
from codecbench.reports.summary import summarise

SIX = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)


def missing(*runs: Path) -> dict[str, str]:
    found = read_runs(runs)
    return {m.what: m.reason for m in what_is_missing(found, summarise(found))}


def test_nothing(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", {"opus@6": {"mel": SIX}, "mp3@8": {"mel": SIX}})
    assert missing(run) == {}


def test_codecs_skipped_but_not_those_that_came_later(tmp_path: Path) -> None:
    skipped = [
        {"kind": "codec", "what": "encodec", "reason": "no weights"},
        {"kind": "codec", "what": "mp3", "reason": "no weights"},
        {"kind": "bitrate", "what": "opus at 1 kbps", "reason": "out of reach"},
    ]
    scores = {"opus@6": {"mel": SIX}, "mp3@8": {"mel": SIX}}
    run = write_run(tmp_path / "run", scores, skipped=skipped)
    assert missing(run) == {"encodec": "no weights", "opus at 1 kbps": "out of reach"}


def test_failures_and_a_run_that_was_stopped(tmp_path: Path) -> None:
    failed = [
        failure("g", "opus", "6", "encode", reason="damage"),
        failure("a", "mp3", "8", "score", "visqol", reason="trouble"),
        failure("g", "mp3", "8", "time", reason="busy"),
        failure("a", "opus", "6", "score", "mel", reason="made good since"),
    ]
    scores = {"opus@6": {"mel": SIX}, "mp3@8": {"mel": SIX}}
    run = write_run(tmp_path / "run", scores, failed=failed, status="running")
    found = missing(run)
    assert found["opus@6 on g"] == "failed while encoding: damage"
    assert found["mp3@8 on a"] == "failed while scored by visqol: trouble"
    assert found["mp3@8 on g"] == "failed while timed: busy"
    assert "opus@6 on a" not in found
    assert found["run run"].endswith(
        "was stopped; it goes on with: bench run --codecs opus --out here"
    )


def test_metrics_that_some_points_lack(tmp_path: Path) -> None:
    scores: dict[str, dict[str, tuple[float | None, ...]]] = {
        "opus@6": {"mel": SIX, "visqol": SIX},
        "opus@12": {"mel": SIX, "visqol": (1.0, 2.0, None, 4.0, 5.0, 6.0)},
        "mp3@8": {"mel": SIX},
        "aac@8": {"mel": SIX},
    }
    found = missing(write_run(tmp_path / "run", scores))
    assert found["visqol of aac, mp3"].startswith("not scored;")
    assert found["visqol of opus"].startswith("not scored at 12 on 1 clip;")


def test_a_metric_of_speech_does_not_lack_music(tmp_path: Path) -> None:
    both = tmp_path / "run"
    write_run(both, {"opus@6": {"stoi": SIX}, "mp3@8": {"stoi": SIX}}, category="speech")
    music = tuple("uvwxyz")
    scores = {"opus@6": {"mel": SIX}, "mp3@8": {"mel": SIX}}
    write_run(both, scores, clips=music, category="music")
    assert not [what for what in missing(both) if "stoi" in what]


def test_cells_without_a_value(tmp_path: Path) -> None:
    scores = {"opus@6": {"mel": ("silent", *SIX[1:])}, "mp3@8": {"mel": ("silent", *SIX[1:])}}
    assert missing(write_run(tmp_path / "run", scores)) == {"mel of mp3, opus on a": "silent"}


def test_clips_that_a_codec_lacks(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", {"opus@6": {"mel": SIX}})
    write_run(run, {"mp3@8": {"mel": SIX[:5]}}, clips=tuple("abcde"))
    assert missing(run)["mp3 at 8"].startswith("1 of the 6 clips was not coded")


def test_one_clip_and_one_codec(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", {"opus@6": {"mel": (1.0,)}}, clips=("a",))
    assert missing(run) == {
        "intervals and tests": "there is 1 clip, and they need at least 5",
        "comparisons": "there is one codec alone",
    }


def test_an_empty_run(tmp_path: Path) -> None:
    found = missing(write_run(tmp_path / "empty", {}))
    assert "comparisons" not in found
