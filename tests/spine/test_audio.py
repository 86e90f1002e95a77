"""Resampling, downmix, length, writing and hashes, against closed forms, soundfile and scipy."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import floor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from made_audio import RATES, noise
from scipy.io import wavfile

from codecbench.audio import (
    Audio,
    content_hash,
    downmix,
    fit_length,
    read_audio,
    resample,
    write_wav,
)
from codecbench.errors import AudioError


@pytest.mark.parametrize("from_hz", RATES)
@pytest.mark.parametrize("to_hz", [8_000, 16_000, 44_100, 48_000, 192_000])
def test_a_tone_keeps_frequency_phase_and_level(from_hz: int, to_hz: int) -> None:
    def tone(rate_hz: int, count: int) -> npt.NDArray[np.float64]:
        return 0.5 * np.sin(2 * np.pi * 997 * np.arange(count) / rate_hz + 0.7)

    out = resample(tone(from_hz, from_hz)[None].astype(np.float32), from_hz, to_hz)
    assert out.dtype == np.float32
    assert out.shape == (1, to_hz)
    middle = slice(to_hz // 4, 3 * to_hz // 4)
    np.testing.assert_allclose(out[0, middle], tone(to_hz, to_hz)[middle], atol=2e-6)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(48_000, 16_000), (192_000, 44_100)])
def test_what_lies_above_nyquist_vanishes(from_hz: int, to_hz: int) -> None:
    t = np.arange(from_hz) / from_hz
    tone = np.sin(2 * np.pi * 0.52 * to_hz * t)[None].astype(np.float32)
    out = resample(tone, from_hz, to_hz)
    assert np.abs(out[:, to_hz // 4 : 3 * to_hz // 4]).max() < 1e-6


@pytest.mark.parametrize("count", [1, 2, 3, 7, 24, 441, 1001, 12_345])
def test_the_length_is_the_duration_rounded(count: int) -> None:
    for from_hz, to_hz in product(RATES, RATES):
        out = resample(noise(2, count), from_hz, to_hz)
        exact = Fraction(count * to_hz, from_hz)
        assert out.shape == (2, max(1, floor(exact + Fraction(1, 2))))
        assert np.isfinite(out).all()


def test_eight_channels_are_resampled_one_by_one() -> None:
    samples = noise(8, 4801)
    together = resample(samples, 48_000, 44_100)
    apart = [resample(samples[i : i + 1], 48_000, 44_100)[0] for i in range(8)]
    np.testing.assert_array_equal(together, apart)


def test_resampling_does_not_clip_and_equal_rates_change_nothing() -> None:
    samples = 4 * noise(1, 4800)
    assert resample(samples, 48_000, 48_000) is samples
    assert np.abs(resample(samples, 48_000, 96_000)).max() > 1.5


def test_fit_length_cuts_or_appends_zeros() -> None:
    samples = noise(2, 5)
    np.testing.assert_array_equal(fit_length(samples, 3), samples[:, :3])
    np.testing.assert_array_equal(fit_length(samples, 7)[:, :5], samples)
    assert not fit_length(samples, 7)[:, 5:].any()


def test_downmix_is_the_mean() -> None:
    samples = noise(8, 100)
    mono = downmix(samples)
    assert mono.shape == (1, 100)
    assert mono.dtype == np.float32
    np.testing.assert_allclose(mono[0], samples.astype(np.float64).mean(axis=0), atol=1e-7)
    np.testing.assert_array_equal(downmix(samples[:1]), samples[:1])


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_written_wav_is_read_alike_by_others(tmp_path: Path, channels: int) -> None:
    audio = Audio(3 * noise(channels, 1001), 22_050)
    path = tmp_path / "a.wav"
    write_wav(path, audio)
    first = path.read_bytes()
    for read in (_by_soundfile, _by_scipy):
        samples, rate_hz = read(path)
        assert rate_hz == 22_050
        np.testing.assert_array_equal(samples, audio.samples)
    write_wav(path, audio)
    assert path.read_bytes() == first
    assert content_hash(read_audio(path)) == content_hash(audio)


def _by_soundfile(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return samples.T, rate_hz


def _by_scipy(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    rate_hz, samples = wavfile.read(path)
    return np.atleast_2d(samples.T), rate_hz


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    audio = Audio(noise(1, 10), 16_000)
    (tmp_path / "a.wav").mkdir()
    with pytest.raises(AudioError, match=r"cannot write .*a\.wav: Is a directory"):
        write_wav(tmp_path / "a.wav", audio)
    (tmp_path / "file").touch()
    with pytest.raises(AudioError, match=r"cannot write .*file/a\.wav"):
        write_wav(tmp_path / "file" / "a.wav", audio)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "file"]


def test_a_wav_of_the_longest_name_is_written_into_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / ("n" * 251 + ".wav")
    write_wav(path, Audio(noise(1, 10), 16_000))
    assert [found.name for found in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "change",
    [
        lambda a: Audio(a.samples, 44_100),
        lambda a: Audio(a.samples.reshape(1, -1), a.sample_rate_hz),
        lambda a: Audio(a.samples[:, :-1], a.sample_rate_hz),
        lambda a: Audio(a.samples[::-1], a.sample_rate_hz),
    ],
    ids=["rate", "channels", "length", "order of channels"],
)
def test_the_hash_tells_audio_apart(change: Callable[[Audio], Audio]) -> None:
    audio = Audio(noise(2, 100), 48_000)
    assert len(content_hash(audio)) == 32
    assert content_hash(change(audio)) != content_hash(audio)


def test_the_hash_is_of_the_sound_not_of_the_file(tmp_path: Path) -> None:
    values = np.array([0.0, -0.0, 0.5, -0.25])
    soundfile.write(tmp_path / "a.wav", values, 16_000, subtype="FLOAT")
    soundfile.write(tmp_path / "a.flac", values, 16_000, subtype="PCM_24")
    hashes = {content_hash(read_audio(tmp_path / name)) for name in ("a.wav", "a.flac")}
    assert len(hashes) == 1
