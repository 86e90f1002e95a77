"""Parts of files equal the parts of the whole, resampled or coded as they may be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from audio_folders import RATE_HZ, indexed, noise, write

from codecbench.dac.training.stretches import read_stretch, samples_at
from codecbench.errors import AudioError


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 15_999, 22_050, 44_100, 48_000])
def test_a_part_resampled_equals_the_part_of_the_whole_resampled(
    tmp_path: Path, rate_hz: int
) -> None:
    stereo = np.stack([noise(3, rate_hz, seed=1), noise(3, rate_hz, seed=2)], axis=1)
    write(tmp_path / "a.wav", stereo, rate_hz)
    file = indexed(tmp_path).files[0]
    whole = soxr.resample(stereo.astype(np.float32).mean(axis=1), rate_hz, RATE_HZ)
    assert samples_at(file, RATE_HZ) in {len(whole), len(whole) - 1}
    for start, stop in [(0, 6080), (17_001, 23_081), (len(whole) - 6081, len(whole) - 1)]:
        part = read_stretch(tmp_path, file, RATE_HZ, start, stop)
        np.testing.assert_allclose(part, whole[start:stop], atol=1e-6)
    around = read_stretch(tmp_path, file, RATE_HZ, -100, len(whole) + 99)
    assert not around[:100].any()
    assert not around[-98:].any()
    np.testing.assert_allclose(around[100:-100], whole[:-1], atol=1e-6)


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.mp3"])
def test_places_in_coded_files_are_exact(tmp_path: Path, name: str) -> None:
    # Bursts, so that the coders' frames borrow from one another.
    write(tmp_path / name, noise(6) * (np.arange(6 * RATE_HZ) % 3000 < 500))
    file = indexed(tmp_path).files[0]
    whole, _ = soundfile.read(tmp_path / name, dtype="float32")
    for start in range(5, len(whole) - 6080, 2777):
        part = read_stretch(tmp_path, file, RATE_HZ, start, start + 6080)
        np.testing.assert_allclose(part, whole[start : start + 6080], atol=1e-6)


def test_files_that_changed_are_not_read(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", noise(2))
    write(tmp_path / "b.wav", noise(2))
    file = indexed(tmp_path).files[0]
    write(tmp_path / "a.wav", noise(2), 8_000)
    with pytest.raises(AudioError, match=r"a\.wav: its sample rate changed"):
        read_stretch(tmp_path, file, RATE_HZ, 0, 100)
    write(tmp_path / "a.wav", noise(1))
    with pytest.raises(AudioError, match=r"a\.wav: ends before its header says"):
        read_stretch(tmp_path, file, RATE_HZ, 10_000, 26_000)
