"""Decoded audio that is kept: a file for each clip of each series, whatever they are called."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import speechlike

from codecbench.clips import find_clips
from codecbench.names import parse_codec_names
from codecbench.plan import Request, lay_plan
from codecbench.run import Outcome, execute
from codecbench.store import open_run

RATE_HZ = 16000


def write(path: Path, seed: int, gain: float = 1.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, gain * speechlike(0.3, RATE_HZ, seed), RATE_HZ, subtype="FLOAT")


def run(folder: Path, *codecs: str, clips: str = "ref") -> Outcome:
    """Into the run `folder/run`, keeping the audio."""
    names = parse_codec_names(codecs)
    plan = lay_plan(Request(names, metrics=("l1",)), find_clips(folder / clips))
    with open_run(folder / "run") as store:
        how = {"timing": False, "keep_audio": True, "open_executor": ThreadPoolExecutor}
        return execute(plan, store, "bench run", 1, **how)  # type: ignore[arg-type]


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "run" / "audio").rglob("*.wav"))


@pytest.fixture
def estimates(tmp_path: Path) -> Path:
    """Two clips, and two folders of them at half and at a quarter of the level."""
    for i, name in enumerate(("one", "speech/two")):
        for folder, gain in (("ref", 1.0), ("half", 0.5), ("quarter", 0.25)):
            write(tmp_path / folder / f"{name}.wav", i, gain)
    return tmp_path


def test_two_folders_of_one_name_are_both_kept(estimates: Path) -> None:
    half, quarter = f"folder:net@6={estimates}/half", f"folder:net@6={estimates}/quarter"
    run(estimates, half)
    run(estimates, half, quarter)
    levels = sorted(np.abs(soundfile.read(path)[0]).max() for path in kept(estimates))
    assert levels == pytest.approx([0.125, 0.125, 0.25, 0.25], rel=1e-3)


def test_names_that_differ_in_case_or_signs_alone(estimates: Path) -> None:
    names = ("net", "Net", "n:et", "n et", "n_et", "n$et")
    run(estimates, *(f"folder:{name}@6={estimates}/half" for name in names))
    paths = [str(path.relative_to(estimates)) for path in kept(estimates)]
    assert len({path.casefold() for path in paths}) == 2 * len(names)


def test_two_spellings_of_one_codec_are_one(estimates: Path) -> None:
    outcome = run(estimates, "opus@24", "opus,complexity=10@24")
    assert outcome.computed == 4  # two clips, coded and scored
    assert [path.parent.name for path in kept(estimates)] == ["opus@24", "speech"]


def test_a_clip_called_as_a_folder_of_others(tmp_path: Path) -> None:
    write(tmp_path / "ref" / "a.w64", 0)
    write(tmp_path / "ref" / "a.wav" / "b.wav", 1)
    run(tmp_path, "opus@24")
    assert len(kept(tmp_path)) == 2


def test_other_audio_under_a_known_name(tmp_path: Path) -> None:
    for i, folder in enumerate(("ref", "other")):
        write(tmp_path / folder / "speech" / "one.wav", i)
        run(tmp_path, "opus@24", clips=folder)
    assert len(kept(tmp_path)) == 2
