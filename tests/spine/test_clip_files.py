"""Which files are audio and which clip each belongs to: one rule for all who ask."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from codecbench.audio_files import (
    EstimateFiles,
    clip_names,
    find_files,
    is_audio,
    match_files,
    search_whole,
)
from codecbench.errors import UsageError


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def found(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_files(folder).audio]


def test_audio_is_what_has_a_suffix_of_audio(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "b.FLAC", "x/c.m4a", "a.txt", "a.yaml", "x/c.png", "wav", "d.wav.bak")
    touch(tmp_path, ".hidden.wav", "._a.wav", ".git/e.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    assert found(tmp_path) == ["a.wav", "b.FLAC", "x/c.m4a"]
    assert find_files(tmp_path).others == 6
    assert is_audio("c.OPUS")
    assert not is_audio("c.opus.json")


def test_links_are_followed_once_and_after_folders(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere", "deep/a.wav")
    folder = touch(tmp_path / "set", "speech/b.wav")
    (folder / "again").symlink_to("speech")  # in the alphabet before what it leads to
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "loop").symlink_to(folder)
    (folder / "itself").symlink_to("itself")
    (tmp_path / "elsewhere" / "back").symlink_to(folder)
    (folder / "c.wav").symlink_to(tmp_path / "elsewhere/deep/a.wav")
    (folder / "dead.wav").symlink_to("nowhere.wav")
    assert found(folder) == ["c.wav", "dead.wav", "linked/deep/a.wav", "speech/b.wav"]


def test_a_folder_that_cannot_be_searched_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "closed/a.wav", "open/b.wav")
    scan = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert found(tmp_path) == ["open/b.wav"]
    assert find_files(tmp_path).unread == ((tmp_path / "closed", "Permission denied"),)
    with pytest.raises(UsageError, match="closed: this folder cannot be searched: Permission"):
        search_whole(tmp_path)


def test_clips_are_named_alike_in_every_unicode_form_and_encoding(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Músico/é.wav")
    files = [tmp_path / decomposed, tmp_path / os.fsdecode(b"caf\xe9.v2.wav")]
    assert list(clip_names(tmp_path, files).values()) == ["Músico/é", r"caf\xe9.v2"]
    both = [tmp_path / "é.wav", tmp_path / unicodedata.normalize("NFD", "é.flac")]
    assert list(clip_names(tmp_path, both).values()) == ["é.wav", "é.flac"]


def test_an_estimate_is_found_by_its_clips_name(tmp_path: Path) -> None:
    touch(tmp_path, "c.flac", "c.txt", "c.json", "speech/a.v2.opus", "x.wav", "x.flac", "lone.txt")
    touch(tmp_path, unicodedata.normalize("NFD", "é.wav"), os.fsdecode(b"\xe9.wav"))
    estimates = EstimateFiles(tmp_path)
    for name, file in (
        ("c", "c.flac"),
        ("speech/a.v2", "speech/a.v2.opus"),
        ("x.wav", "x.wav"),
        ("x.flac", "x.flac"),
        ("é", unicodedata.normalize("NFD", "é.wav")),
        (r"\xe9", os.fsdecode(b"\xe9.wav")),
    ):
        assert estimates.file_of(name) == tmp_path / file
    for name in ("lone", "speech/a", "a.v2", "c.txt"):
        assert estimates.file_of(name) is None


def test_two_files_of_one_stem_are_named(tmp_path: Path) -> None:
    touch(tmp_path, "x/c.wav", "x/c.flac", "x/c.txt", "x/c.wav.flac")
    estimates = EstimateFiles(tmp_path)
    with pytest.raises(UsageError, match=r"2 audio files for the clip x/c: x/c\.flac and x/c\.wav"):
        estimates.file_of("x/c")
    assert estimates.file_of("x/c.wav") == tmp_path / "x/c.wav"


def test_two_unicode_forms_of_one_name_are_two_files(tmp_path: Path) -> None:
    touch(tmp_path, "é.wav", unicodedata.normalize("NFD", "é.wav"))
    with pytest.raises(UsageError, match="2 audio files for the clip é"):
        EstimateFiles(tmp_path).file_of("é")


def test_a_listed_file_is_the_one_that_a_search_finds(tmp_path: Path) -> None:
    touch(tmp_path / "set", "a.wav", "b.data")
    (tmp_path / "link").symlink_to("set")
    searched = find_files(tmp_path / "set").audio
    listed = {tmp_path / "link" / "a.wav": 1, tmp_path / "set" / "b.data": 2}
    assert match_files(listed, searched) == {searched[0]: 1, tmp_path / "set" / "b.data": 2}
    estimates = EstimateFiles(tmp_path / "set", listed)
    assert estimates.file_of("b") == tmp_path / "set" / "b.data"
    assert len(estimates.files) == 2


def test_what_bench_itself_wrote_is_no_recording(tmp_path: Path) -> None:
    for path in ("a.wav", "runs/one/run.sqlite", "runs/one/audio/opus@24/a.wav", "runs/b.wav"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    for path in ("test/test.json", "test/stimuli/a/x.wav", "mine/test.json", "mine/c.wav"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = find_files(tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in found.audio]
    assert names == ["a.wav", "mine/c.wav", "runs/b.wav"]
    assert found.made == (tmp_path / "runs" / "one", tmp_path / "test")
    # Who names the folder itself means it.
    inside = find_files(tmp_path / "runs" / "one")
    assert [path.name for path in inside.audio] == ["a.wav"]
    assert inside.made == ()
