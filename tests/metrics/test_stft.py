"""STFT distance and the spectrograms under it against librosa and closed forms."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from codecbench.errors import Unscorable
from codecbench.metrics.contract import Mono
from codecbench.metrics.spectra import magnitude_spectrogram
from codecbench.metrics.stft import STFT, WINDOWS

RATE_HZ = 44_100


def noise(samples: int, seed: int = 0) -> Mono:
    return 0.1 * np.random.default_rng(seed).standard_normal(samples)


def librosa_magnitudes(signal: Mono, window: int) -> Mono:
    """Shape (frames, bins)."""
    spectrum = librosa.stft(
        signal, n_fft=window, hop_length=window // 4, window="hann", center=True, pad_mode="reflect"
    )
    magnitudes: Mono = np.abs(spectrum).T
    return magnitudes


def distance(reference: Mono, estimate: Mono) -> float:
    return STFT.compare(STFT.prepare(reference, RATE_HZ), estimate, RATE_HZ)


# A clip of half a window is within the definition, if only just.
@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")
@pytest.mark.parametrize("window", [32, 64, 128, 256, 512, 1024, 2048])
@pytest.mark.parametrize("samples", [1025, 8192, 12_345])
def test_spectrogram_agrees_with_librosa(window: int, samples: int) -> None:
    signal = noise(samples)
    ours = magnitude_spectrogram(signal, window)
    np.testing.assert_allclose(ours, librosa_magnitudes(signal, window), atol=2e-5)


def test_distance_agrees_with_librosa() -> None:
    reference, estimate = noise(20_001), noise(20_001, seed=1) * np.hanning(20_001)
    expected = 0.0
    for window in WINDOWS:
        mine, theirs = (librosa_magnitudes(s, window) for s in (reference, estimate))
        logs = [np.log10(np.maximum(m, 1e-5) ** 2) for m in (mine, theirs)]
        expected += float(np.mean(np.abs(logs[0] - logs[1])) + np.mean(np.abs(mine - theirs)))
    assert distance(reference, estimate) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("gain", [0.5, 1.1, 4.0])
def test_a_gain_costs_its_logarithm_and_the_mean_magnitude(gain: float) -> None:
    reference = noise(RATE_HZ)
    expected = sum(
        2 * abs(np.log10(gain)) + abs(gain - 1) * np.mean(magnitude_spectrogram(reference, window))
        for window in WINDOWS
    )
    assert distance(reference, gain * reference) == pytest.approx(expected, rel=1e-4)


def test_identity_silence_and_noise() -> None:
    reference = noise(RATE_HZ)
    assert distance(reference, reference.copy()) == 0
    assert np.isfinite(distance(reference, np.zeros(RATE_HZ)))
    values = [distance(reference, reference + level * noise(RATE_HZ, 2)) for level in (0.1, 1, 9)]
    assert values == sorted(values)


def test_a_clip_too_short_to_reflect_is_refused() -> None:
    with pytest.raises(Unscorable, match="too short"):
        STFT.prepare(noise(1024), RATE_HZ)
