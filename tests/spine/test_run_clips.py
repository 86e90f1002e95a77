"""The clips of a run: found by their audio, wherever they lie and whatever they are called."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import soundfile

from codecbench.clips import find_clips
from codecbench.errors import StoreError, UsageError
from codecbench.run_clips import RunClips, folders_of


def command(*words: object) -> dict[str, str]:
    return {"command": shlex.join(["bench", "run", *map(str, words)])}


def test_folders_are_those_of_the_commands() -> None:
    assert folders_of([command("--codecs", "opus")]) == [None]
    sessions = [
        command("--clips", "my clips", "--out", "r"),
        command("--clips=other/set.csv"),
        command("--out", "r", "--clips", "my clips"),
    ]
    assert folders_of(sessions) == [Path("my clips"), Path("other/set.csv")]


def test_a_clip_is_found_by_its_audio(clips: Path, tmp_path: Path) -> None:
    coded = {clip.name: clip.content_hash for clip in find_clips(clips).clips}
    sessions = [command("--clips", tmp_path / "gone"), command("--clips", clips)]
    one = clips / "speech" / "one.wav"
    assert RunClips(sessions, None).path_of("speech/one", coded["speech/one"]) == one
    renamed = one.rename(clips / "speech" / "uno.wav")
    assert RunClips(sessions, None).path_of("speech/one", coded["speech/one"]) == renamed
    clips.rename(tmp_path / "moved")
    moved = tmp_path / "moved" / "speech" / "uno.wav"
    found = RunClips(sessions, tmp_path / "moved")
    assert found.path_of("speech/one", coded["speech/one"]) == moved


def test_a_clip_that_is_missing_or_another_one_is_refused(clips: Path, tmp_path: Path) -> None:
    coded = {clip.name: clip.content_hash for clip in find_clips(clips).clips}
    one = clips / "speech" / "one.wav"
    sound, rate_hz = soundfile.read(one)
    soundfile.write(one, 0.9 * sound, rate_hz)
    changed = RunClips([command("--clips", clips)], None)
    with pytest.raises(StoreError, match=r"one\.wav is not the clip speech/one that the run coded"):
        changed.path_of("speech/one", coded["speech/one"])
    two = RunClips([], clips / "music")
    with pytest.raises(StoreError, match=r"speech/two of the run was not found in .*music: give"):
        two.path_of("speech/two", coded["speech/two"])
    lost = RunClips([command("--clips", tmp_path / "gone")], None)
    with pytest.raises(StoreError, match="in the folder of its command: give --run-clips FOLDER"):
        lost.path_of("speech/two", coded["speech/two"])


def test_a_folder_that_is_given_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        RunClips([], tmp_path / "gone").path_of("a", "hash")
