"""A whole test on disk: written at once or not at all, and read back."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import unicodedata
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from conftest import speechlike
from made_source import MadeSource, Process, clip, clips

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.audio_files import AudioFiles
from codecbench.listening_test.design import Wanted
from codecbench.listening_test.folder_source import FolderSource
from codecbench.listening_test.making import make_test
from codecbench.listening_test.test_reading import all_stimuli, read_test

pytestmark = pytest.mark.slow

FEW = Wanted(clips=2, depart="a test of the program", published=True, seed=5)


def test_a_test_is_written_and_read_back(tmp_path: Path) -> None:
    said: list[str] = []
    made = make_test(tmp_path / "t", MadeSource(clips(4)), FEW, said.append)
    assert read_test(tmp_path / "t") == made
    assert made.departures == ("2 items for 2 systems, where 5 are needed: a test of the program",)
    assert [path.name for path in tmp_path.iterdir()] == ["t"]
    files = sorted((tmp_path / "t" / "stimuli").rglob("*.wav"))
    assert len(files) == 3 * 6
    assert {path.relative_to(tmp_path / "t").as_posix() for path in files} == {
        stimulus.file for stimulus in all_stimuli(made)
    }
    for item in (*made.items, *made.training_items):
        here = [soundfile.info(tmp_path / "t" / s.file) for s in item.stimuli]
        assert {(i.samplerate, i.channels, i.frames) for i in here} == {(48000, 1, 120_000)}
        assert item.duration_s == 2.5
    # No two alike, the open and the hidden reference neither.
    hashes = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert len(hashes) == len(files)
    licences = (tmp_path / "t" / "LICENCES.md").read_text()
    assert licences.count("| CC0 | made |") == 3


def test_the_same_test_has_the_same_bytes(tmp_path: Path) -> None:
    first = make_test(tmp_path / "a", MadeSource(clips(4)), FEW, print)
    again = make_test(tmp_path / "b", MadeSource(clips(4)), FEW, print)
    assert first.items == again.items


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    make_test(tmp_path / "t", MadeSource(clips(4)), FEW, print)
    before = (tmp_path / "t" / "test.json").read_bytes()
    with pytest.raises(ListeningTestError, match="holds a listening test"):
        make_test(tmp_path / "t", MadeSource(clips(4)), FEW, print)
    assert (tmp_path / "t" / "test.json").read_bytes() == before
    (tmp_path / "u").mkdir()
    (tmp_path / "u" / "mine").touch()
    with pytest.raises(ListeningTestError, match="holds something"):
        make_test(tmp_path / "u", MadeSource(clips(4)), FEW, print)


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    there = clips(3)
    for last in there:  # also in the middle of writing
        with pytest.raises(KeyError):
            make_test(tmp_path / "t", MadeSource(there, breaks_at=last.name), FEW, print)
    broken = MadeSource(there, {"broken": lambda x: x * np.float32(np.nan)})
    with pytest.raises(ListeningTestError, match="environment/02: broken holds NaN"):
        make_test(tmp_path / "t", broken, FEW, print)
    assert list(tmp_path.iterdir()) == []


def test_no_sound_is_taken_for_another_by_its_name(tmp_path: Path) -> None:
    names = ("open", "Open", "a/b", "a b", "a_b", "A_B", "|$x_", "音乐")
    processes: dict[str, Process] = {
        name: partial(np.multiply, np.float32(1 / (2 + i))) for i, name in enumerate(names)
    }
    there = [clip("x y"), clip("x_y"), clip("X_Y"), clip("open"), clip("references/open")]
    few = Wanted(clips=3, training=2, depart="few")
    made = make_test(tmp_path / "t", MadeSource(there, processes), few, print)
    assert read_test(tmp_path / "t") == made  # every file is the one that was written for it
    files = [stimulus.file.casefold() for stimulus in all_stimuli(made)]
    assert len(set(files)) == len(files) == 5 * (1 + len(names) + 3)
    audio = AudioFiles(tmp_path / "t", made)
    for item in (*made.items, *made.training_items):
        sounds = audio.sounds(item)
        level = {name: _level(words) for name, words in sounds.words.items()}
        assert _level(sounds.reference) == pytest.approx(level["reference"], rel=0.02)
        for i, name in enumerate(names):
            assert level[name] == pytest.approx(level["reference"] / (2 + i), rel=0.05)


def _level(words: npt.NDArray[np.uint32]) -> float:
    return float(np.std(words.view("<i2")))


def test_markdown_shows_licences_as_they_are(tmp_path: Path) -> None:
    there = [clip("a|b*c", licence="CC_BY_"), clip("d"), clip("e"), clip("f<g>")]
    wanted = replace(FEW, clips=("a|b*c", "f<g>"), training=0)
    make_test(tmp_path / "t", MadeSource(there), wanted, print)
    rows = (tmp_path / "t" / "LICENCES.md").read_text().splitlines()[-2:]
    assert r"| a\|b\*c | 0.0 s | 2.5 s | CC\_BY\_ |" in rows[0]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for i, name in enumerate(("speech/one", "music/two", "music/three")):
        sound = speechlike(2.2, 44100, seed=i)
        late = np.concatenate([np.zeros((441, 1), np.float32), sound])[: len(sound)]
        for folder, suffix, written in (
            ("ref", "flac", sound),
            ("same", "wav", sound),
            ("late", "wav", late),
        ):
            path = tmp_path / folder / f"{name}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, written, 44100)
    return tmp_path


def test_from_folders(folders: Path) -> None:
    pair = {"same": folders / "same", "late": folders / "late"}
    said: list[str] = []
    wanted = Wanted(clips=2, depart="few")
    made = make_test(folders / "t", FolderSource(folders / "ref", pair), wanted, said.append)
    assert [c.name for c in made.conditions][:2] == ["same", "late"]
    assert {item.category for item in made.items} == {"speech", "music"}
    assert len(said) == 3
    assert all("late" in line and "10.0 ms late" in line and "--align" in line for line in said)
    aligned = FolderSource(folders / "ref", pair, align=True)
    test = make_test(folders / "u", aligned, wanted, said.append)
    item = test.items[0]
    both = {s.condition: soundfile.read(folders / "u" / s.file)[0] for s in item.stimuli}
    # In step to the sample, but for the end, which was lost, and the dither.
    assert np.abs(both["late"][:-500] - both["reference"][:-500]).max() < 4 / 32768
    assert "its last 10 ms are not there" in said[-1]
    assert not any("polarity" in line for line in said)
    for path in (folders / "late").rglob("*.wav"):
        sound, rate_hz = soundfile.read(path)
        soundfile.write(path, -sound, rate_hz)
    sounds = aligned.sounds(aligned.clips[0])
    assert any("its polarity is opposite to its reference's (channel 1)" in n for n in sounds.notes)


def test_what_a_late_condition_holds_is_heard_to_its_end(folders: Path) -> None:
    for path in (folders / "late").rglob("*.wav"):
        sound, rate_hz = soundfile.read(folders / "same" / path.relative_to(folders / "late"))
        soundfile.write(path, np.concatenate([np.zeros(9000), sound]), rate_hz)
        sound = np.concatenate([sound[4410:], np.zeros(4410)])
        early = folders / "early" / path.relative_to(folders / "late")
        early.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(early, sound, rate_hz)
    three = {name: folders / name for name in ("same", "late", "early")}
    assert len(FolderSource(folders / "ref", three).lacking) == 3  # 204 ms longer
    source = FolderSource(folders / "ref", three, align=True)
    assert source.lacking == {}
    for drawn in source.clips:
        sounds = source.sounds(drawn)
        assert not [note for note in sounds.notes if "/late/" in note and "not there" in note]
        assert any("its first 100 ms are not there" in note for note in sounds.notes)
        late = sounds.conditions["late"].samples
        np.testing.assert_allclose(late, sounds.reference.samples, atol=2 / 32768)
    source = FolderSource(folders / "ref", {"early": folders / "early"})
    assert any("it seems to be 100.0 ms early" in n for n in source.sounds(source.clips[0]).notes)


def test_what_was_made_of_odd_files_is_told(folders: Path) -> None:
    odd = sorted((folders / "same").rglob("*.wav"))
    assert len(odd) > 1
    for path in odd:
        path.write_bytes(path.read_bytes() + b"written by some program\n")
    source = FolderSource(folders / "ref", {"same": folders / "same"})
    (note,) = source.notes
    assert note.startswith("note: ")
    assert all(str(path) in note for path in odd)
    assert note.endswith("junk of 24 bytes follows its audio and is left out")


def test_a_condition_is_searched_as_clips_are(folders: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "é")
    for folder, name, suffix in (("ref", "é", "flac"), ("store", decomposed, "wav")):
        path = folders / folder / "speech" / f"{name}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, speechlike(2.2, 44100, seed=9), 44100)
    shutil.copytree(folders / "same" / "speech", folders / "store" / "speech", dirs_exist_ok=True)
    shutil.rmtree(folders / "same" / "speech")
    (folders / "same" / "speech").symlink_to(folders / "store" / "speech")
    (folders / "same" / "music" / "two.txt").write_text("a few words")
    source = FolderSource(folders / "ref", {"same": folders / "same"})
    assert source.lacking == {}
    assert [clip.name for clip in source.clips] == [
        *("music/three", "music/two", "speech/one", "speech/é")
    ]
    for made in source.clips:
        sounds = source.sounds(made)
        heard = sounds.conditions["same"].samples  # of FLAC and WAV, rounded each in its way
        np.testing.assert_allclose(heard, sounds.reference.samples, atol=2 / 32768)
    soundfile.write(folders / "same/music/two.aiff", speechlike(2.2, 44100), 44100)
    with pytest.raises(UsageError, match=r"music/two\.aiff and music/two\.wav; keep one"):
        FolderSource(folders / "ref", {"same": folders / "same"})


@pytest.mark.parametrize("name", ["n" * 255, os.fsdecode(b"\xe9")])
def test_a_test_of_any_name_is_made(tmp_path: Path, name: str) -> None:
    make_test(tmp_path / name, MadeSource(clips(3)), FEW, print)
    assert read_test(tmp_path / name).name == (name if name.isascii() else r"\xe9")
    assert len(list(tmp_path.iterdir())) == 1


def test_folders_that_are_not_there_or_empty(folders: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        FolderSource(folders / "ref", {"x": folders / "nowhere"})
    (folders / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no audio"):
        FolderSource(folders / "ref", {"x": folders / "empty"})
