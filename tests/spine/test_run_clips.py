"""The clips of a run: found by their audio, wherever they lie and whatever they are called."""

from __future__ import annotations

import os
import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import soundfile

from codecbench.clip_places import ClipPlaces, folders_of, places_of
from codecbench.clips import ClipSet, find_clips
from codecbench.errors import StoreError, UsageError
from codecbench.merging import merge_runs
from codecbench.names import parse_codec_names
from codecbench.plan import Request, lay_plan
from codecbench.run import execute
from codecbench.run_clips import RunClips
from codecbench.store import open_run, read_run


def command(*words: object) -> str:
    return shlex.join(["bench", "run", *map(str, words)])


def make_run(run: Path, clip_set: ClipSet) -> Path:
    """A run made from Python, whose command says nothing of clips."""
    request = Request(codecs=parse_codec_names(["opus@24"]), metrics=("l1",))
    with open_run(run) as store:
        plan = lay_plan(request, clip_set)
        execute(plan, store, "a script", 1, timing=False, open_executor=ThreadPoolExecutor)
    return run


def hashes_in(folder: Path) -> dict[str, str]:
    return {clip.name: clip.content_hash for clip in find_clips(folder).clips}


def places(run: Path) -> ClipPlaces:
    with read_run(run) as store:
        return places_of(store)


def test_folders_are_those_of_the_commands() -> None:
    assert folders_of([command("--codecs", "opus")]) == (None,)
    assert folders_of(["the clips' own script"]) == (None,)
    commands = [
        command("--clips", "my clips", "--out", "r"),
        command("--clips=other/set.csv"),
        command("--out", "r", "--clips", "my clips"),
    ]
    assert folders_of(commands) == (Path("my clips"), Path("other/set.csv"))


def test_a_run_notes_where_its_clips_lie(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coded = hashes_in(clips)
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path / "runs" / "first", find_clips(Path("clips")))
    monkeypatch.chdir("/")
    one = clips / "speech" / "one.wav"
    assert RunClips(places(run), None).path_of("speech/one", coded["speech/one"]) == one
    renamed = one.rename(clips / "speech" / "uno.wav")
    assert RunClips(places(run), None).path_of("speech/one", coded["speech/one"]) == renamed


def test_a_run_that_moves_together_with_its_clips_finds_them(clips: Path, tmp_path: Path) -> None:
    coded = hashes_in(clips)
    home = tmp_path / "home"
    home.mkdir()
    clips.rename(home / "clips")
    make_run(home / "runs" / "first", find_clips(home / "clips"))
    home.rename(tmp_path / "away")
    moved = tmp_path / "away" / "clips" / "speech" / "one.wav"
    at = places(tmp_path / "away" / "runs" / "first")
    assert RunClips(at, None).path_of("speech/one", coded["speech/one"]) == moved
    # Merged into a run elsewhere, it is found from there.
    merge_runs([tmp_path / "away" / "runs" / "first"], tmp_path / "merged")
    merged = RunClips(places(tmp_path / "merged"), None)
    assert merged.path_of("speech/one", coded["speech/one"]) == moved


def test_a_manifest_and_clips_put_together_by_hand(clips: Path, tmp_path: Path) -> None:
    coded = hashes_in(clips)
    (tmp_path / "lists").mkdir()
    manifest = tmp_path / "lists" / "set.csv"
    manifest.write_text("path\n../clips/speech/one.wav\n")
    run = make_run(tmp_path / "listed", find_clips(manifest))
    one = clips / "speech" / "one.wav"
    assert RunClips(places(run), None).path_of("one", coded["speech/one"]) == one
    some = tuple(clip for clip in find_clips(clips).clips if clip.category == "music")
    run = make_run(tmp_path / "chosen", ClipSet(some))
    three = RunClips(places(run), None).path_of("music/three", coded["music/three"])
    assert os.path.samefile(three, clips / "music" / "three.wav")
    with pytest.raises(StoreError, match="not found in any place that it notes: give --run-clips"):
        RunClips(places(run), None).path_of("speech/one", coded["speech/one"])


def test_a_run_of_an_older_version_goes_by_its_command(clips: Path, tmp_path: Path) -> None:
    coded = hashes_in(clips)
    at = ClipPlaces(guessed=folders_of([command("--clips", tmp_path / "gone", "--clips", clips)]))
    one = clips / "speech" / "one.wav"
    assert RunClips(at, None).path_of("speech/one", coded["speech/one"]) == one
    clips.rename(tmp_path / "moved")
    with pytest.raises(StoreError, match=r"its command \(the run is of an older version"):
        RunClips(at, None).path_of("speech/one", coded["speech/one"])
    moved = tmp_path / "moved" / "speech" / "one.wav"
    given = RunClips(at, tmp_path / "moved")
    assert given.path_of("speech/one", coded["speech/one"]) == moved


def test_a_clip_that_is_missing_or_another_one_is_refused(clips: Path, tmp_path: Path) -> None:
    coded = hashes_in(clips)
    run = make_run(tmp_path / "run", find_clips(clips))
    one = clips / "speech" / "one.wav"
    sound, rate_hz = soundfile.read(one)
    soundfile.write(one, 0.9 * sound, rate_hz)
    changed = RunClips(places(run), None)
    with pytest.raises(StoreError, match=r"one\.wav is not the clip speech/one that the run coded"):
        changed.path_of("speech/one", coded["speech/one"])
    two = RunClips(places(run), clips / "music")
    with pytest.raises(StoreError, match=r"speech/two of the run was not found in .*music: give"):
        two.path_of("speech/two", coded["speech/two"])
    clips.rename(tmp_path / "moved")
    lost = RunClips(places(run), None)
    with pytest.raises(StoreError, match=r"not found in .*clips.*: give --run-clips FOLDER"):
        lost.path_of("speech/two", coded["speech/two"])


def test_a_folder_that_is_given_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        RunClips(ClipPlaces(), tmp_path / "gone").path_of("a", "hash")
