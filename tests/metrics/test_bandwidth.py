"""Bandwidth against filters with a known cutoff, on noise and on real clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile

from codecbench.errors import Unscorable
from codecbench.metrics.bandwidth import BAND_HZ, BANDWIDTH, BANDWIDTH_REFERENCE
from codecbench.metrics.contract import Mono

RATE_HZ = 44_100
SHARED = Path(__file__).parents[2].parent / "shared"


def noise(samples: int, seed: int = 0) -> Mono:
    return 0.1 * np.random.default_rng(seed).standard_normal(samples)


def lowpass(signal: Mono, cutoff_hz: float, rate_hz: int = RATE_HZ) -> Mono:
    """Down 6 dB at the cutoff and 100 dB some 150 Hz above it."""
    taps = scipy.signal.firwin(2049, cutoff_hz, fs=rate_hz, window=("kaiser", 10))
    filtered: Mono = scipy.signal.fftconvolve(signal, taps, mode="same")
    return filtered


def kept(reference: Mono, estimate: Mono, rate_hz: int = RATE_HZ) -> float:
    return BANDWIDTH.compare(BANDWIDTH.prepare(reference, rate_hz), estimate, rate_hz)


def own(reference: Mono, rate_hz: int = RATE_HZ) -> float:
    prepared = BANDWIDTH_REFERENCE.prepare(reference, rate_hz)
    return BANDWIDTH_REFERENCE.compare(prepared, np.zeros_like(reference), rate_hz)


@pytest.mark.parametrize("cutoff_hz", [3500, 7000, 12_000, 20_000])
def test_the_cutoff_of_filtered_noise(cutoff_hz: float) -> None:
    reference = noise(3 * RATE_HZ)
    filtered = lowpass(reference, cutoff_hz)
    assert kept(reference, filtered) == pytest.approx(cutoff_hz, abs=BAND_HZ)
    # 70 dB down lies beyond the filter's slope and the window's skirts.
    assert cutoff_hz <= own(filtered) <= cutoff_hz + 2 * BAND_HZ
    # Noise under the estimate, 90 dB down, does not widen it.
    hiss = 10 ** (-90 / 20) * noise(3 * RATE_HZ, 1)
    assert kept(reference, filtered + hiss) == pytest.approx(cutoff_hz, abs=BAND_HZ)


def test_full_band_ends_at_nyquist() -> None:
    reference = noise(RATE_HZ)
    assert kept(reference, reference.copy()) == own(reference) == RATE_HZ / 2


def test_the_estimate_cannot_exceed_the_reference() -> None:
    reference = lowpass(noise(2 * RATE_HZ), 8000)
    assert kept(reference, noise(2 * RATE_HZ, 1)) == own(reference)


def test_level_counts_by_20_db() -> None:
    reference = noise(RATE_HZ)
    assert kept(reference, 0.11 * reference) == RATE_HZ / 2
    assert kept(reference, 0.09 * reference) == 0


def test_silence_and_short_clips() -> None:
    assert kept(noise(RATE_HZ), np.zeros(RATE_HZ)) == 0
    with pytest.raises(Unscorable, match="silent reference"):
        kept(np.zeros(RATE_HZ), noise(RATE_HZ))
    with pytest.raises(Unscorable, match="too short"):
        BANDWIDTH.prepare(noise(2047), RATE_HZ)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the clips in ../shared")
@pytest.mark.parametrize(
    "name", ["environment/robin", "environment/humpback_whale", "music/guitar"]
)
@pytest.mark.parametrize("cutoff_hz", [3500, 7000])
def test_the_cutoff_of_real_clips_with_a_noise_floor(name: str, cutoff_hz: float) -> None:
    samples, rate_hz = soundfile.read(SHARED / "audio/clips" / f"{name}.flac", always_2d=True)
    reference = samples.mean(axis=1)
    peak_level = np.sqrt(np.mean(reference**2))
    floor = 10 ** (-80 / 20) * peak_level * np.random.default_rng(0).standard_normal(len(reference))
    filtered = lowpass(reference, cutoff_hz, rate_hz) + floor
    assert kept(reference, filtered, rate_hz) == pytest.approx(cutoff_hz, abs=BAND_HZ)
    assert own(reference, rate_hz) > 10_000
