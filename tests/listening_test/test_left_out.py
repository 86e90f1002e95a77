"""No clip is left out of a listening test in silence: each is named, and the exit status tells."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from conftest import speechlike

from codecbench.audio import Samples
from codecbench.cli.listen_create import create
from codecbench.errors import UsageError
from codecbench.listening_test.folder_source import FolderSource
from codecbench.listening_test.left_out import left_out

pytestmark = pytest.mark.slow

RATE_HZ = 16000


def put(path: Path, sound: Samples, subtype: str = "PCM_16") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE_HZ, subtype=subtype)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Five references and two conditions."""
    for i in range(5):
        sound = speechlike(2.2, RATE_HZ, seed=i)
        for folder, gain in (("ref", 1.0), ("a", 0.9), ("b", 0.8)):
            put(tmp_path / folder / f"c{i}.wav", gain * sound)
    return tmp_path


def source(folders: Path, **options: object) -> FolderSource:
    return FolderSource(folders / "ref", {name: folders / name for name in "ab"}, **options)  # type: ignore[arg-type]


def made(folders: Path, *options: str) -> Result:
    words = [str(folders / "t"), "--references", str(folders / "ref"), "--depart", "a pilot"]
    words += [word for name in "ab" for word in ("--folder", f"{name}={folders / name}")]
    wishes = () if "--clips" in options else ("--clips", "1")
    return CliRunner().invoke(create, [*words, *wishes, *options], standalone_mode=False)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def stereo(left: Samples, right: Samples) -> Samples:
    return np.concatenate([left, right], axis=1)


WHOLE = speechlike(2.2, RATE_HZ, seed=4)
REFERENCE, ESTIMATE = "ref/c4.wav", "b/c4.wav"

DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "reference cut short": (lambda here: cut(here / REFERENCE), "{ref}: truncated"),
    "reference of text": (lambda here: (here / REFERENCE).write_text("no sound"), "{ref}: "),
    "reference with NaN": (
        lambda here: put(here / REFERENCE, np.nan * WHOLE, "FLOAT"),
        "{ref}: 35200 values are NaN",
    ),
    "reference of six channels": (
        lambda here: put(here / REFERENCE, np.repeat(WHOLE, 6, axis=1)),
        "it has 6 channels",
    ),
    "reference in silence": (lambda here: put(here / REFERENCE, 0 * WHOLE), "{ref} is silent"),
    "the same reference twice": (
        lambda here: (here / REFERENCE).write_bytes((here / "ref/c0.wav").read_bytes()),
        "same audio as c0",
    ),
    "no estimate": (lambda here: (here / ESTIMATE).unlink(), "there is no file for it in b"),
    "empty estimate": (lambda here: (here / ESTIMATE).write_bytes(b""), "{est}: the file is empty"),
    "estimate cut short": (lambda here: cut(here / ESTIMATE), "{est}: truncated"),
    "estimate of another length": (
        lambda here: put(here / ESTIMATE, WHOLE[:RATE_HZ]),
        "{est} lasts 1.000 s where its reference lasts 2.200 s",
    ),
    "estimate whose channels cancel": (
        lambda here: put(here / ESTIMATE, stereo(WHOLE, -WHOLE)),
        "{est}: its channels cancel in the downmix",
    ),
}
"""What breaks the clip c4, and what must be said of it."""


@pytest.mark.parametrize("how", DAMAGES)
def test_what_cannot_be_used_is_named_and_the_status_tells(folders: Path, how: str) -> None:
    damage, words = DAMAGES[how]
    damage(folders)
    assert list(source(folders).lacking) == ["c4"]
    assert [clip.name for clip in source(folders).clips] == ["c0", "c1", "c2", "c3"]
    done = made(folders)
    assert done.return_value == 1
    said = words.format(ref=folders / REFERENCE, est=folders / ESTIMATE)
    assert f"left out: c4: {said}" in done.output
    assert (folders / "t" / "test.json").exists()


def test_all_that_is_wrong_with_a_clip_is_said(folders: Path) -> None:
    cut(folders / "a/c4.wav")
    (folders / "b/c4.wav").write_bytes(b"")
    why = source(folders).lacking["c4"]
    assert "a/c4.wav: truncated" in why
    assert "b/c4.wav: the file is empty" in why


def test_a_whole_set_leaves_nothing_out(folders: Path) -> None:
    done = made(folders)
    assert done.return_value == 0
    assert "left out" not in done.output


def test_a_broken_clip_that_was_not_asked_for_is_named_too(folders: Path) -> None:
    """All clips are named by the maker, who gets them all."""
    cut(folders / "ref/c4.wav")
    done = made(folders, "--clips", "c0", "--training", "c1")
    assert done.return_value == 0
    assert "left out: c4" in done.output


def test_too_few_clips_are_refused_after_each_is_named(folders: Path) -> None:
    for i in (1, 2, 3):
        cut(folders / f"ref/c{i}.wav")
    done = made(folders, "--clips", "4")
    assert isinstance(done.exception, UsageError)
    assert all(f"left out: c{i}: " in done.output for i in (1, 2, 3))
    assert not (folders / "t").exists()
    named = made(folders, "--clips", "c3")
    assert "the clip c3 cannot be used: " in str(named.exception)
    assert "truncated" in str(named.exception)


def test_a_downmix_that_cancels_is_refused_and_keep_takes_it(folders: Path) -> None:
    for i in range(5):
        sound = speechlike(2.2, RATE_HZ, seed=i)
        other = -sound if i == 4 else sound
        for folder in ("ref", "a", "b"):
            put(folders / folder / f"c{i}.wav", stereo(sound, other))
    mono = source(folders, layout="mono")
    assert list(mono.lacking) == ["c4"]
    assert "its channels cancel in the downmix to mono" in mono.lacking["c4"]
    assert "give --channels keep" in mono.lacking["c4"]
    assert source(folders).lacking == {}
    done = made(folders, "--channels", "mono")
    assert done.return_value == 1
    assert "left out: c4" in done.output


def test_files_of_a_condition_without_a_reference_are_named(folders: Path) -> None:
    (folders / "a/c4.wav").rename(folders / "a/C4-final.wav")
    found = source(folders)
    assert found.lacking == {"c4": "there is no file for it in a"}
    assert found.notes == (f"a: no reference has the name of {folders / 'a/C4-final.wav'}",)
    # Of a reference that cannot be read, the estimates are not strangers.
    cut(folders / "ref/c3.wav")
    assert "c3" not in "".join(source(folders).notes)


def test_one_reason_of_many_clips_is_one_line() -> None:
    reasons = {f"c{i:02}": "there is no file for it in b" for i in range(30)} | {"x": "cut"}
    several, one = left_out(reasons)
    assert several.startswith("left out: c00, c01, ")
    assert several.endswith(", c19 and 10 more: there is no file for it in b")
    assert one == "left out: x: cut"


def test_what_is_told_breaks_between_words(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut(folders / REFERENCE)
    whole = made(folders, "--seed", "1").output
    monkeypatch.setenv("COLUMNS", "50")
    shutil.rmtree(folders / "t")
    narrow = made(folders, "--seed", "1").output
    assert narrow.split() == whole.split()
    assert all(len(line) <= 50 or " " not in line.strip() for line in narrow.splitlines())
