"""A whole test on disk: written at once or not at all, and read back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import speechlike
from made_source import MadeSource, clips

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.design import Wanted
from codecbench.listening_test.folder_source import FolderSource
from codecbench.listening_test.making import file_names, make_test
from codecbench.listening_test.test_reading import all_stimuli, read_test

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


def test_names_that_files_can_have() -> None:
    given = file_names(["open", "dac:runs/a@8", "dac:runs_a@8", "Open", ".hidden", "opus@24"])
    assert len({name.lower() for name in given.values()}) == 6
    assert given["opus@24"] == "opus@24"
    assert not any("/" in name or name.startswith(".") for name in given.values())


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


def test_folders_that_are_not_there_or_empty(folders: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        FolderSource(folders / "ref", {"x": folders / "nowhere"})
    (folders / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no audio"):
        FolderSource(folders / "ref", {"x": folders / "empty"})
