"""Clip sets from folders and manifests, and what is wrong with some of them."""

from __future__ import annotations

import csv
import hashlib
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from codecbench.audio import Audio, write_wav
from codecbench.builtin_clips import CONTENT_HASHES, RECIPES
from codecbench.clips import find_clips
from codecbench.errors import AudioError, UsageError

REAL_CLIPS = Path(__file__).parents[2].parent / "shared" / "audio" / "clips"


def clip(path: Path, seed: int, rate_hz: int = 16_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, (1, 400)).astype(np.float32)
    write_wav(path, Audio(samples, rate_hz))
    return path


def manifest(folder: Path, text: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_folder_with_categories_in_sub_folders(tmp_path: Path) -> None:
    clip(tmp_path / "top.wav", 1)
    clip(tmp_path / "Speech" / "anna" / "one.WAV", 2)
    clip(tmp_path / "music" / "two.v2.wav", 3, 48_000)
    clip(tmp_path / ".hidden.wav", 4)
    clip(tmp_path / ".git" / "five.wav", 5)
    (tmp_path / "music" / "notes.txt").write_text("not audio")
    found = find_clips(tmp_path)
    assert [(c.name, c.category) for c in found.clips] == [
        ("Speech/anna/one", "speech"),
        ("music/two.v2", "music"),
        ("top", ""),
    ]
    assert found.ignored_files == 1
    assert found.refused == ()
    two = found.clips[1]
    assert (two.sample_rate_hz, two.channels, two.duration_s) == (48_000, 1, 400 / 48_000)
    assert (two.group, two.licence, two.source) == ("", "", "")


def test_the_hash_is_a_sha256_of_rate_channels_and_samples(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.wav", 1)
    _, samples = wavfile.read(path)
    expected = hashlib.sha256(b"16000 1 " + samples.astype("<f4").tobytes()).hexdigest()
    assert find_clips(tmp_path).clips[0].content_hash == expected[:32]


def test_a_file_that_cannot_be_read_is_refused_alone(tmp_path: Path) -> None:
    clip(tmp_path / "a.wav", 1)
    (tmp_path / "b.wav").write_text("a text")
    (tmp_path / "c.flac").touch()
    found = find_clips(tmp_path)
    assert [c.name for c in found.clips] == ["a"]
    assert [r.path.name for r in found.refused] == ["b.wav", "c.flac"]
    assert "FFmpeg cannot read" in found.refused[0].reason
    assert "empty" in found.refused[1].reason


def test_the_same_audio_twice_is_kept_once(tmp_path: Path) -> None:
    clip(tmp_path / "b.wav", 1)
    clip(tmp_path / "a.wav", 1)
    clip(tmp_path / "c.wav", 1, 48_000)
    found = find_clips(tmp_path)
    assert [c.name for c in found.clips] == ["a", "c"]
    assert [(r.path.name, r.reason) for r in found.refused] == [("b.wav", "same audio as a")]


def test_names_stay_unique(tmp_path: Path) -> None:
    clip(tmp_path / "x" / "a.wav", 1)
    clip(tmp_path / "x" / "a.aiff", 2)
    clip(tmp_path / "y" / "a.wav", 3)
    assert [c.name for c in find_clips(tmp_path).clips] == ["x/a.aiff", "x/a.wav", "y/a"]
    clip(tmp_path / "x" / "a.wav.au", 4)
    names = [c.name for c in find_clips(tmp_path).clips]
    assert names == ["x/a.aiff", "x/a.wav", "x/a.wav.au", "y/a.wav"]


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    clip(tmp_path / "data" / "a.wav", 1)
    (tmp_path / "set").mkdir()
    os.symlink(tmp_path / "data", tmp_path / "set" / "speech")
    os.symlink(tmp_path / "set", tmp_path / "set" / "again")
    assert [c.name for c in find_clips(tmp_path / "set").clips] == ["speech/a"]


def test_names_of_any_unicode_form_or_encoding(tmp_path: Path) -> None:
    clip(tmp_path / "a.wav", 1).rename(tmp_path / unicodedata.normalize("NFD", "é.wav"))
    clip(tmp_path / "b.wav", 2).rename(tmp_path / os.fsdecode(b"caf\xe9.wav"))
    found = find_clips(tmp_path)
    assert [c.name for c in found.clips] == [r"caf\xe9", "é"]
    clip(tmp_path / "c.wav", 3).rename(tmp_path / "é.wav")
    found = find_clips(tmp_path)
    assert [c.name for c in found.clips] == [r"caf\xe9", "é"]
    (refused,) = found.refused
    assert "its name reads as that of" in refused.reason
    assert "rename one of them" in refused.reason


def test_a_path_can_be_given_as_it_was_shown(tmp_path: Path) -> None:
    clip(tmp_path / os.fsdecode(b"\xe9") / "a.wav", 1)
    assert [c.name for c in find_clips(tmp_path / r"\xe9").clips] == ["a"]


def test_a_manifest_that_names_its_folders_files_absolutely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i, name in enumerate(("x/a.wav", "b.wav", "c.data")):
        clip(tmp_path / "set" / name, i)
    rows = "".join(f"{tmp_path}/set/{name},talk\n" for name in ("x/a.wav", "c.data"))
    path = manifest(tmp_path / "set", f"path,category\n{rows}")
    monkeypatch.chdir(tmp_path)
    for source, expected in (
        (Path("set"), [("b", ""), ("c", "talk"), ("x/a", "talk")]),
        (path.relative_to(tmp_path), [("c", "talk"), ("x/a", "talk")]),
    ):
        found = find_clips(source)
        assert [(c.name, c.category) for c in found.clips] == expected
        assert (found.refused, found.ignored_files) == ((), 0)


def test_a_manifest_in_the_folder_says_more(tmp_path: Path) -> None:
    clip(tmp_path / "x" / "a.wav", 1)
    clip(tmp_path / "x" / "b.wav", 2)
    clip(tmp_path / "c.data", 3)
    manifest(tmp_path, "path,category,group,license,take\nx/a.wav,Speech,anna,CC0,7\nc.data,,,,1\n")
    found = find_clips(tmp_path)
    assert [(c.name, c.category, c.group, c.licence) for c in found.clips] == [
        ("c", "", "", ""),
        ("x/a", "speech", "anna", "CC0"),
        ("x/b", "x", "", ""),
    ]
    assert found.ignored_files == 0


def test_a_manifest_chooses_files(tmp_path: Path) -> None:
    clip(tmp_path / "lists" / "in" / "a.wav", 1)
    clip(tmp_path / "elsewhere" / "b.wav", 2)
    clip(tmp_path / "lists" / "unlisted.wav", 3)
    text = '\ufeffSource; Path ;licence\r\n"http://x; y";../elsewhere/b.wav;MIT\r\n;in/./a.wav;\r\n'
    found = find_clips(manifest(tmp_path / "lists", text))
    by_name = {c.path.name: c for c in found.clips}
    assert sorted(by_name) == ["a.wav", "b.wav"]
    assert (by_name["b.wav"].source, by_name["b.wav"].licence) == ("http://x; y", "MIT")
    assert (by_name["a.wav"].name, by_name["a.wav"].category) == ("in/a", "in")
    assert by_name["b.wav"].name.endswith("elsewhere/b")
    assert ".." not in by_name["b.wav"].name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs a column path; it has nothing"),
        ("file,category\na.wav,x\n", "needs a column path; it has file, category"),
        ("path\n", "lists no files"),
        ("path\nnone.wav\n", r"line 2: no such file: .*none\.wav"),
        ("path,group\n,x\n", "line 2: no such file"),
        ("path,group\na.wav\n", "line 2: its fields are not the header's 2"),
        ("path,group\na.wav,x,y\n", "line 2: its fields"),
        ("path\na.wav\n./a.wav\n", r"line 3: \./a\.wav is also on line 2"),
        ('path\n"a.wav"x\n', "line 2: not CSV"),
    ],
)
def test_manifests_that_are_not_sound(tmp_path: Path, text: str, message: str) -> None:
    clip(tmp_path / "a.wav", 1)
    path = manifest(tmp_path, text)
    for source in (path, tmp_path):
        with pytest.raises(UsageError, match=message) as caught:
            find_clips(source)
        assert str(path) in str(caught.value)


def test_a_manifest_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("path\nZoë.wav\n".encode("latin-1"))
    with pytest.raises(UsageError, match=r"list\.csv: not text in UTF-8 \(byte 7\)"):
        find_clips(path)


def test_sources_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none: no such folder"):
        find_clips(tmp_path / "none")
    (tmp_path / "readme.txt").touch()
    with pytest.raises(UsageError, match=r"no audio in this folder \(1 other files\)"):
        find_clips(tmp_path)
    with pytest.raises(UsageError, match="one audio file"):
        find_clips(clip(tmp_path / "a.wav", 1))


def test_a_folder_of_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("a text")
    (tmp_path / "b.mp3").touch()
    with pytest.raises(AudioError, match=r"none of 2 audio files can be read: .*a\.wav.*b\.mp3"):
        find_clips(tmp_path)


def test_the_built_in_set_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODECBENCH_CACHE", str(tmp_path))
    found = find_clips()
    assert {c.name: c.content_hash for c in found.clips} == CONTENT_HASHES
    assert [c.name for c in found.clips] == sorted(recipe.name for recipe in RECIPES)
    assert all(c.path.is_relative_to(tmp_path / "clips") for c in found.clips)
    assert {(c.category, c.licence) for c in found.clips} == {
        ("speech", "CC0-1.0"),
        ("music", "CC0-1.0"),
        ("environment", "CC0-1.0"),
    }


@pytest.mark.skipif(not REAL_CLIPS.is_dir(), reason="the real clips of ../shared are not there")
def test_real_clips_match_their_manifest() -> None:
    with (REAL_CLIPS / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    for source in (REAL_CLIPS, REAL_CLIPS / "manifest.csv"):
        found = find_clips(source)
        assert len(found.clips) == 12
        assert (found.refused, found.ignored_files) == ((), 0)
        for each in found.clips:
            row = rows.pop(f"{each.name}.flac") if source.is_file() else rows[f"{each.name}.flac"]
            assert each.category == row["category"]
            assert each.sample_rate_hz == int(row["sample_rate_hz"])
            assert each.channels == int(row["channels"])
            assert each.duration_s == pytest.approx(float(row["duration_s"]), abs=1e-3)
            assert (each.licence, each.source) == (row["license"], row["source"])
    assert not rows
