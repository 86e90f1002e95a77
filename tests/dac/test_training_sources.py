"""Folders of audio: what is found, measured, refused, held out; bad files each by their name."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr
from audio_folders import Floats, indexed, noise, tone, write
from scipy import signal

from codecbench.dac.training.sources import (
    Index,
    SourceFile,
    from_plain,
    index_folder,
    reasons,
    split,
    to_plain,
)
from codecbench.dac.training.stretches import read_stretch
from codecbench.errors import AudioError, UsageError

CD_HZ = 44_100


def low_passed(samples: Floats, cutoff_hz: float, rate_hz: int = CD_HZ) -> Floats:
    sections = signal.ellip(12, 0.1, 100, cutoff_hz, fs=rate_hz, output="sos")
    filtered: Floats = signal.sosfilt(sections, samples)
    return filtered


def band_of(folder: Path, samples: Floats, rate_hz: int = CD_HZ, **options: Any) -> str:
    write(folder / "a.wav", samples, rate_hz, **options)
    return index_folder(folder, CD_HZ, 0.38).files[0].band


def test_the_band_is_measured(tmp_path: Path) -> None:
    white = noise(6, CD_HZ)
    assert band_of(tmp_path, white) == "full"
    assert band_of(tmp_path, low_passed(white, 17_500)) == "full"
    assert band_of(tmp_path, low_passed(white, 15_000)) == "limited"
    assert band_of(tmp_path, low_passed(white, 8_000)) == "limited"


def test_a_higher_rate_makes_nothing_full_band(tmp_path: Path) -> None:
    white = noise(6, 48_000)
    assert band_of(tmp_path, white, 48_000) == "full"
    assert band_of(tmp_path, noise(6, 32_000), 32_000) == "limited"
    assert band_of(tmp_path, soxr.resample(noise(6, 22_050), 22_050, 48_000), 48_000) == "limited"
    assert band_of(tmp_path, soxr.resample(noise(6, 32_000), 32_000, 96_000), 96_000) == "limited"


def test_the_noise_of_16_bits_is_no_band(tmp_path: Path) -> None:
    quiet = 0.02 * tone(440, 6, CD_HZ)  # the noise up there lies 49 dB below it
    assert band_of(tmp_path, quiet, subtype="PCM_16") == "limited"


def test_sibilants_count_and_clicks_do_not(tmp_path: Path) -> None:
    voice = low_passed(noise(6, CD_HZ), 5_000)
    hiss = 0.01 * noise(6, CD_HZ, seed=1)
    time_s = np.arange(len(voice)) / CD_HZ
    assert band_of(tmp_path, voice + hiss * (time_s % 0.5 > 0.4)) == "full"
    clicked = voice.copy()
    clicked[:: CD_HZ // 2] += 0.5
    assert band_of(tmp_path, clicked) == "limited"


def test_a_lower_rate_of_the_model_needs_less(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", low_passed(noise(6, CD_HZ), 15_000), CD_HZ)
    assert index_folder(tmp_path, 24_000, 0.38).files[0].band == "full"


def test_files_are_found_with_group_length_and_layout(tmp_path: Path) -> None:
    for name in ("music/b/two.flac", "speech/one.OGG", "top.wav", "music/a.mp3"):
        write(tmp_path / name, noise(1.5))
    write(tmp_path / "music/z.aiff", np.stack([noise(1), noise(1)], axis=1), 8_000)
    for name in (".hidden.wav", ".cache/x.wav", "music/._a.wav"):
        write(tmp_path / name, noise(1))
    (tmp_path / "readme.txt").write_text("none")
    seen: list[tuple[int, int]] = []
    index = index_folder(tmp_path, 16_000, 0.38, progress=lambda *counts: seen.append(counts))
    assert [(file.path, file.group) for file in index.files] == [
        ("music/a.mp3", "music"),
        ("music/b/two.flac", "music"),
        ("music/z.aiff", "music"),
        ("speech/one.OGG", "speech"),
        ("top.wav", ""),
    ]
    assert seen == [(done, 5) for done in range(1, 6)]
    assert index.skipped == ()
    stereo = index.files[2]
    assert (stereo.channels, stereo.sample_rate_hz, stereo.frames) == (2, 8_000, 16_000)
    assert stereo.duration_s == 2
    assert from_plain(json.loads(json.dumps(to_plain(index)))) == index


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/a.wav", noise(1))
    folder = tmp_path / "folder"
    write(folder / "b.wav", noise(1))
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "loop").symlink_to(folder)
    (tmp_path / "elsewhere/back").symlink_to(folder)
    assert [file.path for file in indexed(folder).files] == ["b.wav", "linked/a.wav"]


def test_names_that_are_not_utf8_are_trained_on(tmp_path: Path) -> None:
    group, name = os.fsdecode(b"m\xfcsik"), os.fsdecode(b"caf\xe9.wav")
    for k in range(4):
        write(tmp_path / f"{k}.wav", noise(1, seed=k))
        target = tmp_path / group / (name if not k else f"{k}.wav")
        target.parent.mkdir(exist_ok=True)
        (tmp_path / f"{k}.wav").rename(target)
    index = indexed(tmp_path)
    assert {(file.group, len(index.files)) for file in index.files} == {(r"m\xfcsik", 4)}
    assert from_plain(json.loads(json.dumps(to_plain(index)))) == index
    training, validation = split(index, 0.25, seed=0)
    assert (len(training.files), len(validation.files)) == (3, 1)
    file = next(file for file in index.files if file.path.endswith(name))
    assert len(read_stretch(tmp_path, file, file.sample_rate_hz, 0, 100)) == 100
    (tmp_path / group / name).write_bytes(b"RIFF")
    with pytest.raises(AudioError, match=r"cannot be read: (?!.*b')"):
        read_stretch(tmp_path, file, file.sample_rate_hz, 0, 100)
    assert indexed(tmp_path).skipped[0][0] == f"{group}/{name}"


def test_all_audio_that_is_not_read_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", noise(1))
    for name in ("b.m4a", "b.mka", "b.mpc", "b.tta", "b.txt", "b.png"):
        (tmp_path / name).touch()
    skipped = [path for path, _ in indexed(tmp_path).skipped]
    assert skipped == ["b.m4a", "b.mka", "b.mpc", "b.tta"]


def test_bad_files_are_skipped_and_named(tmp_path: Path) -> None:
    write(tmp_path / "good.wav", noise(1))
    write(tmp_path / "short.wav", noise(0.18))
    write(tmp_path / "just long enough.wav", noise(0.2))
    write(tmp_path / "silent.wav", 1e-3 * tone(440, 1))
    write(tmp_path / "holes.wav", np.where(np.arange(16_000) % 1000, noise(1), np.nan))
    write(tmp_path / "opposed.wav", np.stack([noise(1), -noise(1)], axis=1))
    write(tmp_path / "nearly.wav", np.stack([noise(1), -0.9 * noise(1)], axis=1))
    write(tmp_path / "one side.wav", np.stack([noise(1), 0 * noise(1)], axis=1))
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.flac").write_text("no audio")
    (tmp_path / "dead.wav").symlink_to(tmp_path / "nowhere.wav")
    (tmp_path / "apple.m4a").write_text("?")
    write(tmp_path / "cut.flac", noise(3))
    content = (tmp_path / "cut.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(content[: len(content) // 2])
    index = indexed(tmp_path)
    assert [file.path for file in index.files] == [
        "good.wav",
        "just long enough.wav",
        "one side.wav",
    ]
    skipped = {path: reason.partition(":")[0] for path, reason in index.skipped}
    assert skipped == {
        "apple.m4a": "not read by libsndfile",
        "cut.flac": "cannot be read",
        "dead.wav": "cannot be read",
        "empty.wav": "cannot be read",
        "holes.wav": "NaN or infinite samples",
        "nearly.wav": "channels that cancel in their mean",
        "opposed.wav": "channels that cancel in their mean",
        "short.wav": "shorter than half an excerpt",
        "silent.wav": "silent",
        "text.flac": "cannot be read",
    }
    assert list(reasons(index).items())[:2] == [
        ("cannot be read", 4),
        ("channels that cancel in their mean", 2),
    ]


@pytest.mark.parametrize("suffix", ["wav", "aiff", "au", "w64", "caf", "ogg", "flac"])
def test_files_that_are_cut_are_skipped(tmp_path: Path, suffix: str) -> None:
    """libsndfile reads what is there of most of them."""
    write(tmp_path / "whole.wav", noise(3, CD_HZ), CD_HZ)
    write(tmp_path / f"cut.{suffix}", noise(3, CD_HZ, seed=1), CD_HZ)
    cut = tmp_path / f"cut.{suffix}"
    os.truncate(cut, 2 * cut.stat().st_size // 3)
    index = index_folder(tmp_path, CD_HZ, 0.38)
    assert [file.path for file in index.files] == ["whole.wav"]
    ((path, reason),) = index.skipped
    assert path == cut.name
    assert reason.startswith("cannot be read" if suffix == "flac" else "truncated")


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "good/a.wav", noise(1))
    write(tmp_path / "closed/a.wav", noise(1))
    list_folder = os.scandir

    def closed(path: str) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return list_folder(path)

    monkeypatch.setattr(os, "scandir", closed)
    index = indexed(tmp_path)
    assert [file.path for file in index.files] == ["good/a.wav"]
    assert index.skipped == (("closed", "cannot be read: Permission denied"),)


def test_folders_without_audio_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent: no such folder"):
        indexed(tmp_path / "absent")
    write(tmp_path / "a.wav", 0 * noise(1))
    with pytest.raises(UsageError, match=r"a\.wav: not a folder"):
        indexed(tmp_path / "a.wav")
    write(tmp_path / "b.wav", 0 * noise(1))
    write(tmp_path / "c.wav", noise(0.01))
    with pytest.raises(AudioError, match="2 silent, 1 shorter than half an excerpt"):
        indexed(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"empty: no audio of \.wav"):
        indexed(tmp_path / "empty")
    (tmp_path / "empty/a.m4a").touch()
    with pytest.raises(UsageError, match=r"a\.m4a: not read by libsndfile: convert it to FLAC"):
        indexed(tmp_path / "empty")


def test_what_is_no_index_is_refused() -> None:
    with pytest.raises(UsageError, match="scan the folder again"):
        from_plain({"folder": ".", "files": [{"path": "a.wav"}], "skipped": []})


def made_up(counts: dict[tuple[str, str], int]) -> Index:
    files = [
        SourceFile(f"{group}/{band}{k}.wav", group, band, 16_000, 16_000, 1)  # type: ignore[arg-type]
        for (group, band), count in counts.items()
        for k in range(count)
    ]
    return Index(".", tuple(sorted(files, key=lambda file: file.path)))


def test_a_share_of_each_stratum_is_held_out() -> None:
    index = made_up({("a", "full"): 100, ("a", "limited"): 20, ("b", "full"): 9, ("c", "full"): 1})
    training, validation = split(index, 0.1, seed=0)
    counts = {stratum: len(files) for stratum, files in validation.strata().items()}
    assert counts == {("a", "full"): 10, ("a", "limited"): 2, ("b", "full"): 1}
    assert not {*training.files} & {*validation.files}
    assert {*training.files, *validation.files} == {*index.files}
    assert split(index, 0.1, seed=0) == (training, validation)
    assert split(index, 0.1, seed=1)[1] != validation


def test_a_file_keeps_its_side_whatever_else_is_there() -> None:
    index = made_up({("a", "full"): 40, ("b", "full"): 40})
    held_out = {file for file in split(index, 0.1, seed=3)[1].files if file.group == "a"}
    only_a = dataclasses.replace(index, files=index.files[39::-1])
    assert {*split(only_a, 0.1, seed=3)[1].files} == held_out


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ({("a", "full"): 2}, 0.05, 1),  # one at least
        ({("a", "full"): 3, ("b", "full"): 5}, 0.05, 1),
        ({("a", "full"): 3}, 0.99, 2),  # and one for training
        ({("a", "full"): 1}, 0.5, 0),
        ({("a", "full"): 1, ("a", "limited"): 1}, 0.5, 0),
        ({("a", "full"): 50}, 0.0, 0),
    ],
)
def test_small_folders_keep_files_for_training(
    counts: dict[tuple[str, str], int], share: float, expected: int
) -> None:
    training, validation = split(made_up(counts), share, seed=0)
    assert len(validation.files) == expected
    assert training.strata().keys() == counts.keys()
