"""What still stands of a run's past: told until the run has it, in whatever order it was merged."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import speechlike
from made_runs import plan_of, run, stands, stopped_after
from small_runs import failure, write_run
from soundfile import write

from codecbench.clips import find_clips
from codecbench.merging import merge_runs
from codecbench.names import parse_codec_names
from codecbench.plan import Channels, Request, Skipped, lay_plan
from codecbench.schema import CLIPS, FAILURES, SESSIONS
from codecbench.store import open_run, read_run

NO_WEIGHTS = Skipped("codec", "encodec", "no weights")


pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("toys")]


def reasons(folder: Path) -> list[str]:
    return [f"{s.kind} {s.what}" for s in stands(folder).skipped]


def test_sessions_stand_in_the_order_of_time(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "r", {"opus@6": {"mel": (1.0,)}}, clips=("a",))
    with open_run(folder) as store:
        (first,) = store.rows(SESSIONS)
        early = first | {"id": "z", "started": "2025-01-01T00:00:00+00:00"}
        soon = first | {"id": "a", "started": "2026-01-01T00:00:00.000001+00:00"}
        store.add(SESSIONS, [early, soon])
    assert [session["id"] for session in stands(folder).sessions] == ["z", "one", "a"]


def test_a_clip_that_was_left_out_is_told_until_it_is_whole(clips: Path, tmp_path: Path) -> None:
    broken = clips / "speech" / "broken.wav"
    write(broken, speechlike(0.5, 16000), 16000, subtype="PCM_16")
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-4000])
    run(tmp_path / "a", plan_of(clips, "toy@16"))
    run(tmp_path / "b", plan_of(clips / "music", "toy@16"))
    merge_runs([tmp_path / "a", tmp_path / "b"], tmp_path / "ab")
    merge_runs([tmp_path / "b", tmp_path / "a"], tmp_path / "ba")
    assert reasons(tmp_path / "ab") == reasons(tmp_path / "ba") == [f"clip {broken}"]
    merge_runs([tmp_path / "a"], tmp_path / "ab")
    assert reasons(tmp_path / "ab") == [f"clip {broken}"]
    # Other clips, later, say nothing about it; the same folder does, once it is whole.
    run(tmp_path / "a", plan_of(clips / "music", "toy@16"))
    assert reasons(tmp_path / "a") == [f"clip {broken}"]
    broken.write_bytes(whole)
    run(tmp_path / "a", plan_of(clips, "opus@24"))
    assert reasons(tmp_path / "a") == [f"clip {broken}"]  # the toy has not coded it yet
    run(tmp_path / "a", plan_of(clips, "toy@16"))
    assert reasons(tmp_path / "a") == []


def test_a_clip_that_was_left_out_and_is_gone_is_not_told(clips: Path, tmp_path: Path) -> None:
    broken = clips / "speech" / "broken.wav"
    broken.write_bytes(b"RIFF")
    run(tmp_path / "a", plan_of(clips, "toy@16"))
    broken.unlink()
    assert reasons(tmp_path / "a") == [f"clip {broken}"]
    run(tmp_path / "a", plan_of(clips, "opus@24"))
    assert reasons(tmp_path / "a") == []


def test_a_codec_is_skipped_until_it_has_coded_those_clips(clips: Path, tmp_path: Path) -> None:
    toy = Skipped("codec", "toy", "no weights")
    reach = Skipped("bitrate", "toy at 1 kbps", "out of reach")
    run(tmp_path / "r", plan_of(clips, "opus@24", "l1", toy, reach))
    assert reasons(tmp_path / "r") == ["codec toy", "bitrate toy at 1 kbps"]
    run(tmp_path / "r", plan_of(clips / "music", "toy@16"))
    assert reasons(tmp_path / "r") == ["codec toy", "bitrate toy at 1 kbps"]
    run(tmp_path / "r", plan_of(clips, "toy@16"))
    assert reasons(tmp_path / "r") == ["bitrate toy at 1 kbps"]


def test_what_was_said_last_of_one_thing_is_told_once(clips: Path, tmp_path: Path) -> None:
    for reason in ("no weights", "damaged weights"):
        run(tmp_path / "r", plan_of(clips, "toy@16", "l1", replace(NO_WEIGHTS, reason=reason)))
    (skipped,) = stands(tmp_path / "r").skipped
    assert skipped.reason == "damaged weights"


def test_a_metric_without_clips_is_told_with_the_clips_that_it_is_about(
    clips: Path, tmp_path: Path
) -> None:
    run(tmp_path / "music", plan_of(clips / "music", "toy@16", "l1,stoi"))
    assert reasons(tmp_path / "music") == ["metric stoi"]
    sounds = tmp_path / "sounds"
    for i, category in enumerate(("speech", "music")):
        (sounds / category).mkdir(parents=True)
        write(sounds / category / "long.wav", speechlike(1.5, 16000, seed=i), 16000)
    run(tmp_path / "speech", plan_of(sounds, "toy@16", "l1,stoi"))
    merge_runs([tmp_path / "speech", tmp_path / "music"], tmp_path / "all")
    (skipped,) = stands(tmp_path / "all").skipped
    assert skipped.reason.endswith(f"(clips: {clips / 'music'})")


def test_a_command_that_was_stopped_is_told_until_its_cells_are_there(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(clips, "toy@16,opus@24")
    with stopped_after(monkeypatch, 2), pytest.raises(KeyboardInterrupt):
        run(tmp_path / "r", plan)
    (stopped,) = stands(tmp_path / "r").stopped
    assert stopped.left == (14, 0)  # two are coded, and none is scored
    assert stopped.command == "bench run --out r"
    # A finished command that did not do all of it leaves the rest to be told.
    run(tmp_path / "r", plan_of(clips, "opus@24"))
    (stopped,) = stands(tmp_path / "r").stopped
    assert stopped.left is not None
    left = stopped.left.results
    # So does a job of its own, until the two are merged.
    run(tmp_path / "s", plan_of(clips, "toy@16"))
    assert stands(tmp_path / "s").stopped == ()
    merge_runs([tmp_path / "r"], tmp_path / "merged")
    merge_runs([tmp_path / "s"], tmp_path / "merged")
    assert stands(tmp_path / "merged").stopped == ()
    # What is left is counted as what is computed.
    assert run(tmp_path / "r", plan_of(clips, "toy@16")).computed == left
    assert stands(tmp_path / "r").stopped == ()


def test_a_command_that_was_stopped_twice_is_told_once(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        with stopped_after(monkeypatch, 1), pytest.raises(KeyboardInterrupt):
            run(tmp_path / "r", plan_of(clips, "toy@16,opus@24"))
    (stopped,) = stands(tmp_path / "r").stopped
    *_, last = stands(tmp_path / "r").sessions
    assert stopped.started == last["started"]
    assert stopped.words.endswith(" was stopped and lacks 15 results")
    # The same words for other clips are another command.
    with stopped_after(monkeypatch, 1), pytest.raises(KeyboardInterrupt):
        run(tmp_path / "r", plan_of(clips / "music", "toy@32,opus@12"))
    assert len(stands(tmp_path / "r").stopped) == 2


def test_a_score_that_failed_does_not_hide_what_was_not_tried(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(clips, "toy@16", "l1,mel")
    with monkeypatch.context() as patch:
        patch.setattr("codecbench.run._Execution._score", _stop)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "r", plan)
    with open_run(tmp_path / "r") as store:
        lost = {"stage": "score", "metric": "mel", "protocol": "paper", "lost": [["mel", "paper"]]}
        row = {"weights_hash": "", "point": "16", "reason": "why"} | lost
        about = [
            failure(clip["clip"], "toy", "16") | row | {"clip_hash": clip["clip_hash"]}
            for clip in store.rows(CLIPS)
        ]
        store.add(FAILURES, about)
    (stopped,) = stands(tmp_path / "r").stopped
    assert stopped.left == (4, 0)  # by l1


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_run_that_was_stopped_and_has_gone_on_merges_as_one_that_has(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(clips, "toy@16")
    with stopped_after(monkeypatch, 1), pytest.raises(KeyboardInterrupt):
        run(tmp_path / "r", plan)
    merge_runs([tmp_path / "r"], tmp_path / "all")
    assert len(stands(tmp_path / "all").stopped) == 1
    run(tmp_path / "r", plan_of(clips, "toy@16"))
    merge_runs([tmp_path / "r"], tmp_path / "all")
    assert stands(tmp_path / "all").stopped == ()
    with read_run(tmp_path / "all") as store:
        assert [row["wanted"] is None for row in store.rows(SESSIONS)].count(False) == 1


def test_a_timing_that_was_not_taken_is_part_of_what_was_stopped(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(clips, "toy@16")
    with monkeypatch.context() as patch:
        patch.setattr("codecbench.schedule.time_tasks", _stop)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "r", plan, timing=True)
    (stopped,) = stands(tmp_path / "r").stopped
    assert stopped.left == (0, 1)
    assert stopped.words.endswith("was stopped and lacks 1 timing")
    run(tmp_path / "r", plan_of(clips, "toy@16"), timing=True)
    assert stands(tmp_path / "r").stopped == ()


def test_sessions_that_follow_at_once_are_told_apart(clips: Path, tmp_path: Path) -> None:
    plan = plan_of(clips / "music", "toy@16")
    for _ in range(3):
        run(tmp_path / "r", plan)
        time.sleep(0.001)
    started = [session["started"] for session in stands(tmp_path / "r").sessions]
    assert len(set(started)) == 3
    with read_run(tmp_path / "r") as store:
        assert store.rows(FAILURES) == []


def test_a_clip_that_cancels_in_mono_is_told_though_it_is_there_in_stereo(tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    sound = speechlike(0.3, 8000)
    soundfile.write(clips / "anti.wav", np.hstack([sound, -sound]), 8000)
    soundfile.write(clips / "sound.wav", speechlike(0.3, 8000, seed=1), 8000)

    def measure(channels: Channels) -> None:
        request = Request(
            parse_codec_names(["opus@24"]), metrics=("l1",), clips=clips, channels=channels
        )
        run(tmp_path / "r", lay_plan(request, find_clips(clips)))

    measure("mono")
    assert reasons(tmp_path / "r") == [f"clip {clips / 'anti.wav'}"]
    measure("keep")
    assert reasons(tmp_path / "r") == [f"clip {clips / 'anti.wav'}"]
    soundfile.write(clips / "anti.wav", np.hstack([sound, sound]), 8000)
    measure("mono")
    assert reasons(tmp_path / "r") == []
