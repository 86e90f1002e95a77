"""Recordings to `.dac` contents and back: loudness, length, rate, channels, descript's chunks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from spread_weights import SMALL, SMALL_ODD, melody, spread_model
from torch import nn

from codecbench.dac.compress import compress, decompress
from codecbench.dac.config import DACConfig
from codecbench.dac.dac_file import DacFile, read_dac_file, write_dac_file
from codecbench.dac.loudness import integrated_loudness_lufs
from codecbench.dac.model import DAC, missing_samples
from codecbench.dac.unpadded import decode_unpadded, unpadded_samples
from codecbench.errors import AudioError, BitstreamError, UsageError

Samples = npt.NDArray[np.float32]


@pytest.fixture(scope="module", params=[SMALL, SMALL_ODD], ids=["even strides", "odd strides"])
def model(request: pytest.FixtureRequest) -> DAC:
    config: DACConfig = request.param
    return spread_model(config, fit_samples=40_000)


def tune(samples: int, rate_hz: int, gains: tuple[float, ...] = (0.3,)) -> Samples:
    """A melody in each channel, at its own gain."""
    channels = [gain * melody(samples, rate_hz, seed)[0] for seed, gain in enumerate(gains)]
    stacked: Samples = torch.cat(channels).numpy()
    return stacked


def loudness(samples: Samples, rate_hz: int) -> float:
    return integrated_loudness_lufs(samples, rate_hz)


def correlated_gain(found: Samples, expected: npt.NDArray[Any]) -> float:
    """The factor between two signals that are one; fails where they are not."""
    gain = float(np.vdot(found, expected) / np.vdot(expected, expected))
    np.testing.assert_allclose(found, gain * expected, atol=1e-5 * np.abs(found).max())
    return gain


def test_codes_are_those_of_the_audio_at_minus_16_lufs(model: DAC) -> None:
    rate_hz = model.config.sample_rate
    samples = tune(rate_hz, rate_hz, (0.02,))
    file = compress(model, samples, rate_hz, 3)
    lufs = loudness(samples, rate_hz)
    assert file.input_db == pytest.approx(lufs, abs=1e-6)
    scaled = torch.from_numpy(samples * np.float32(10 ** ((-16 - lufs) / 20)))[None]
    assert 0.2 < float(scaled.abs().max()) < 1
    scaled = nn.functional.pad(scaled, (0, missing_samples(model.config)))
    with torch.no_grad():
        assert np.array_equal(file.codes, model.encode(scaled, 3).codes.numpy())
    assert (file.channels, file.chunk_length, file.padding) == (1, file.codes.shape[-1], True)


def test_no_sample_that_is_coded_exceeds_full_scale(
    model: DAC, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A click between silence would be turned up far: all channels are turned down alike."""
    rate_hz = model.config.sample_rate
    samples = np.zeros((2, rate_hz), np.float32)
    samples[:, 5000] = 0.5, 0.25
    peaks: list[list[float]] = []
    pad = model.pad

    def watched(audio: torch.Tensor) -> torch.Tensor:
        peaks.append(audio.abs().amax(dim=(1, 2)).tolist())
        return pad(audio)

    monkeypatch.setattr(model, "pad", watched)
    compress(model, samples, rate_hz)
    assert peaks == [[1.0, 0.5]]


@pytest.mark.parametrize("gains", [(0.3,), (0.3, 0.1)], ids=["mono", "stereo"])
def test_loudness_is_restored_and_balance_kept(model: DAC, gains: tuple[float, ...]) -> None:
    rate_hz = model.config.sample_rate
    samples = tune(rate_hz, rate_hz, gains)
    file = compress(model, samples, rate_hz)
    decoded = decompress(model, file)
    assert decoded.shape == samples.shape
    assert decoded.dtype == np.float32
    assert loudness(decoded, rate_hz) == pytest.approx(loudness(samples, rate_hz), abs=1e-3)
    with torch.no_grad():
        z = model.quantizer.from_codes(torch.from_numpy(file.codes.astype(np.int64)))
        plain = model.decode(z)[:, 0, : samples.shape[1]].numpy()
    correlated_gain(decoded, plain)


@pytest.mark.slow
@pytest.mark.parametrize("rate_hz", [8000, 44100, 48000])
@pytest.mark.parametrize("length", [1, 2, 500, 1600, 5123])
def test_length_and_rate_are_kept(model: DAC, rate_hz: int, length: int) -> None:
    """And descript's decoder, which drops samples after odd strides, has enough of them."""
    samples = np.tile(tune(length + 100, rate_hz)[:, 100:], (2, 1))
    file = compress(model, samples, rate_hz, 1)
    assert decompress(model, file).shape == (2, length)
    config = model.config
    theirs = file.codes.shape[-1] * config.hop_length - missing_samples(config)
    assert theirs * rate_hz // config.sample_rate >= length
    assert theirs - config.hop_length < length * config.sample_rate / rate_hz + 9


def test_other_rates_keep_the_pitch() -> None:
    """A tone at 48 kHz is coded as the same tone at the model's rate."""
    model = spread_model(SMALL, fit_samples=40_000)
    time_s = np.arange(48000)[None] / 48000
    slow = np.arange(44100)[None] / 44100
    tone, same = (0.1 * np.sin(2 * np.pi * 440 * t).astype(np.float32) for t in (time_s, slow))
    first, second = compress(model, tone, 48000, 1), compress(model, same, 44100, 1)
    assert first.input_db == pytest.approx(second.input_db, abs=0.01)
    assert np.mean(first.codes == second.codes) > 0.8


def test_silence_stays_finite(model: DAC) -> None:
    """Counted as -70 LUFS, as descript does; what the model makes of it comes out no louder."""
    rate_hz = model.config.sample_rate
    file = compress(model, np.zeros((2, 30000), np.float32), rate_hz)
    assert file.input_db == -70
    decoded = decompress(model, file)
    assert np.isfinite(decoded).all()
    assert np.abs(decoded).max() < 0.01
    assert loudness(decoded, rate_hz) < -69


def test_chunks_without_padding_are_decoded_each_alone(model: DAC) -> None:
    config = model.config
    rng = np.random.default_rng(0)
    codes = rng.integers(0, config.codebook_size, (1, 5, 3 * 30)).astype(np.uint16)
    length = 3 * unpadded_samples(config, 30) - 700
    file = DacFile(codes, -20.0, length, config.sample_rate, 30, 1, False)
    with torch.no_grad():
        pieces = [
            decode_unpadded(model, chunk)[:, 0]
            for chunk in torch.split(torch.from_numpy(codes.astype(np.int64)), 30, dim=-1)
        ]
    expected = torch.cat(pieces, dim=-1)[:, :length].numpy()
    decoded = decompress(model, file)
    correlated_gain(decoded, expected)


def test_through_a_file(model: DAC, tmp_path: Path) -> None:
    samples = tune(20000, 48000, (0.3, 0.1))
    file = compress(model, samples, 48000)
    write_dac_file(tmp_path / "a.dac", file)
    again = decompress(model, read_dac_file(tmp_path / "a.dac"))
    np.testing.assert_allclose(again, decompress(model, file), atol=1e-6)


def test_codes_of_another_model_are_refused(model: DAC) -> None:
    rate_hz = model.config.sample_rate
    file = compress(model, tune(rate_hz, rate_hz), rate_hz)
    high = file.codes.copy()
    high[0, 0, 0] = 256
    more = np.concatenate([file.codes, file.codes[:, :1]], axis=1)
    for codes in (high, more):
        with pytest.raises(BitstreamError, match="not of a model with 5 of 256"):
            decompress(model, replace(file, codes=codes))
    for length in (2 * rate_hz, rate_hz // 2):
        with pytest.raises(BitstreamError, match="another model, or cut short"):
            decompress(model, replace(file, original_length=length))
    with pytest.raises(BitstreamError, match="chunks of 5 frames"):
        decompress(model, replace(file, padding=False, chunk_length=5))


@pytest.mark.parametrize(
    ("samples", "cause"),
    [
        (np.zeros((1, 0), np.float32), "1 sample or more"),
        (np.zeros(100, np.float32), "1 sample or more"),
        (np.full((1, 100), np.nan, np.float32), "not finite"),
        (np.zeros((6, 100), np.float32), "channels"),
    ],
)
def test_audio_that_cannot_be_coded(samples: Samples, cause: str) -> None:
    with pytest.raises(AudioError, match=cause):
        compress(DAC(SMALL), samples, 44100)


def test_codebooks_that_the_model_lacks() -> None:
    with pytest.raises(UsageError, match="n_quantizers"):
        compress(DAC(SMALL), np.zeros((1, 100), np.float32), 44100, 6)
