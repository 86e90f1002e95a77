"""Building blocks of the built-in clips: noise, filters, envelopes, panning. All float64.

The same samples on every machine, after rounding to 16 bits: noise comes from PCG64's raw integers
(numpy keeps those for good, unlike its distributions), filters are stable, and nothing jumps where
a value passes a threshold, so a difference in the last bit of a sine stays one.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, lfilter, sosfilt

Signal = npt.NDArray[np.float64]
"""One channel of shape (samples,), or (channels, samples) where a function says so."""


def uniform(seed: int, count: int) -> Signal:
    """Numbers in 0..1; the same for the same seed on every machine and version of numpy."""
    raw: npt.NDArray[np.uint64] = np.asarray(np.random.PCG64(seed).random_raw(count))
    numbers: Signal = (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return numbers


def white_noise(seed: int, count: int) -> Signal:
    """White noise of unit variance, uniformly distributed."""
    return (2 * uniform(seed, count) - 1) * math.sqrt(3.0)


def wander(seed: int, count: int, points: int) -> Signal:
    """A slow random curve in −1..1: straight lines between `points` random values."""
    knots = 2 * uniform(seed, points) - 1
    return np.interp(np.linspace(0, points - 1, count), np.arange(points), knots)


def band(signal: Signal, low_hz: float, high_hz: float, rate_hz: int) -> Signal:
    """Second-order Butterworth band-pass; `high_hz` of Nyquist or more leaves the top open."""
    if high_hz >= rate_hz / 2:
        sections = butter(2, low_hz, "highpass", fs=rate_hz, output="sos")
    else:
        sections = butter(2, (low_hz, high_hz), "bandpass", fs=rate_hz, output="sos")
    return np.asarray(sosfilt(sections, signal))


def low_pass(signal: Signal, cutoff_hz: float, rate_hz: int) -> Signal:
    """One pole: 6 dB per octave above the cutoff."""
    pole = np.exp(-2 * np.pi * cutoff_hz / rate_hz)
    return np.asarray(lfilter([1 - pole], [1, -pole], signal))


def decay(count: int, rate_hz: int, attack_s: float, decay_s: float) -> Signal:
    """Envelope of something struck: up within `attack_s`, then falling by 1/e every `decay_s`."""
    t = np.arange(count) / rate_hz
    return np.minimum(t / attack_s, 1.0) * np.exp(-t / decay_s)


def oscillator(frequency_hz: Signal, rate_hz: int) -> Signal:
    """Phase in cycles of an oscillator whose frequency is given for each sample."""
    return np.cumsum(frequency_hz) / rate_hz


def add(mix: Signal, sound: Signal, start_s: float, rate_hz: int, gain: float = 1.0) -> None:
    """Add `sound` to `mix` (in place) from `start_s` on; what passes the end is cut off."""
    start = round(start_s * rate_hz)
    length = min(sound.shape[-1], mix.shape[-1] - start)
    mix[..., start : start + length] += gain * sound[..., :length]


def pan(sound: Signal, position: float) -> Signal:
    """One channel to two with constant power: −1 is left, 1 is right. Shape (2, samples)."""
    angle = (position + 1) * np.pi / 4
    return np.stack([np.cos(angle) * sound, np.sin(angle) * sound])
