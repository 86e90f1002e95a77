"""Mel distance against librosa, a closed form, and what noise must do."""

from __future__ import annotations

import librosa.feature
import numpy as np
import pytest
from librosa.filters import mel as librosa_filterbank

from codecbench.errors import Unscorable
from codecbench.metrics.contract import Mono
from codecbench.metrics.mel import MEL, WINDOWS_AND_BANDS, mel_filterbank

RATE_HZ = 44_100


def noise(samples: int, seed: int = 0) -> Mono:
    return 0.1 * np.random.default_rng(seed).standard_normal(samples)


def distance(reference: Mono, estimate: Mono, rate_hz: int = RATE_HZ) -> float:
    return MEL.compare(MEL.prepare(reference, rate_hz), estimate, rate_hz)


# librosa warns of bands without a bin, which belong to the definition.
@pytest.mark.filterwarnings("ignore:Empty filters detected")
@pytest.mark.parametrize("rate_hz", [16_000, 24_000, 44_100, 48_000])
@pytest.mark.parametrize(("window", "bands"), WINDOWS_AND_BANDS)
def test_filterbank_agrees_with_librosa(window: int, bands: int, rate_hz: int) -> None:
    theirs = librosa_filterbank(
        sr=rate_hz, n_fft=window, n_mels=bands, norm="slaney", htk=False, dtype=np.float64
    )
    np.testing.assert_allclose(mel_filterbank(rate_hz, window, bands), theirs, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Empty filters detected")
def test_distance_agrees_with_librosa() -> None:
    reference, estimate = noise(20_001), noise(20_001, seed=1) * np.hanning(20_001)
    expected = 0.0
    for window, bands in WINDOWS_AND_BANDS:
        logs = [
            np.log10(
                np.maximum(
                    librosa.feature.melspectrogram(
                        y=signal, sr=RATE_HZ, n_fft=window, hop_length=window // 4, n_mels=bands,
                        window="hann", center=True, pad_mode="reflect", power=1.0,
                    ),
                    1e-5,
                )
            )
            for signal in (reference, estimate)
        ]  # fmt: skip
        expected += float(np.mean(np.abs(logs[0] - logs[1])))
    assert distance(reference, estimate) == pytest.approx(expected, abs=1e-6)


@pytest.mark.filterwarnings("ignore:Empty filters detected")
@pytest.mark.parametrize("gain", [0.5, 0.9, 4.0])
def test_a_gain_costs_its_logarithm_in_every_window(gain: float) -> None:
    reference = 1000 * noise(RATE_HZ)  # so loud that nothing is clamped
    # but a band without a bin: its difference is 0.
    filled = sum(
        np.mean(mel_filterbank(RATE_HZ, window, bands).any(axis=1))
        for window, bands in WINDOWS_AND_BANDS
    )
    expected = filled * abs(np.log10(gain))
    assert distance(reference, gain * reference) == pytest.approx(expected, rel=1e-4)


def test_identity_sign_and_silence() -> None:
    reference = noise(5000)
    assert distance(reference, reference.copy()) == 0
    assert distance(reference, -reference) == 0
    assert distance(np.zeros(5000), np.zeros(5000)) == 0
    assert np.isfinite(distance(reference, np.zeros(5000)))


def test_more_noise_is_worse() -> None:
    reference = noise(RATE_HZ)
    values = [distance(reference, reference + level * noise(RATE_HZ, 2)) for level in (0.1, 1, 9)]
    assert values == sorted(values)


def test_the_shortest_clip() -> None:
    assert distance(noise(1025), noise(1025, 1)) > 0
    assert MEL.min_duration_s == pytest.approx(1025 / RATE_HZ)
    with pytest.raises(Unscorable, match="1024 samples, at least 1025"):
        MEL.prepare(noise(1024), RATE_HZ)
