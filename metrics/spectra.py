"""Magnitude spectrograms as the mel and STFT distances define them.

Periodic Hann window, hop a quarter of the window, frames centred on their sample, signal reflected
at both ends: the convention of `librosa.stft` and `torch.stft` with `center=True`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.fft

from codecbench.errors import Unscorable
from codecbench.metrics.contract import Mono

# Single precision halves the time and moves a distance by less than 1e-6; the means over bins and
# frames are taken in double.
Magnitudes = npt.NDArray[np.float32]
"""A spectrogram of shape (frames, bins)."""

MAGNITUDE_FLOOR = 1e-5
"""Magnitudes are clamped here before a logarithm is taken."""

_SAMPLES_AT_A_TIME = 65_536  # a block of frames that stays in the cache of one core


@cache
def _hann(window_samples: int) -> npt.NDArray[np.float32]:
    n = np.arange(window_samples)
    return (0.5 - 0.5 * np.cos(2 * np.pi * n / window_samples)).astype(np.float32)


def require_samples(signal: Mono, window_samples: int) -> None:
    """Raise `Unscorable` where reflecting half a window needs more samples than there are."""
    needed = window_samples // 2 + 1
    if len(signal) < needed:
        raise Unscorable(f"too short: {len(signal)} samples, at least {needed} needed")


def magnitude_spectrogram(signal: Mono, window_samples: int) -> Magnitudes:
    """Magnitudes of shape (frames, window_samples // 2 + 1), frames = 1 + samples // hop.

    Raises `Unscorable` for a signal of half a window or less, which cannot be reflected.
    """
    require_samples(signal, window_samples)
    padded = np.pad(signal.astype(np.float32), window_samples // 2, mode="reflect")
    hop = window_samples // 4
    frames = np.lib.stride_tricks.sliding_window_view(padded, window_samples)[::hop]
    magnitudes = np.empty((len(frames), window_samples // 2 + 1), np.float32)
    block = _SAMPLES_AT_A_TIME // window_samples
    for start in range(0, len(frames), block):
        windowed = frames[start : start + block] * _hann(window_samples)
        spectrum = scipy.fft.rfft(windowed, axis=-1, overwrite_x=True)
        # Twice as fast as np.abs, whose guard against overflow audio does not need.
        magnitudes[start : start + block] = np.sqrt(spectrum.real**2 + spectrum.imag**2)
    return magnitudes


def mean_absolute_difference(reference: Magnitudes, estimate: Magnitudes) -> float:
    """Mean over bins and frames of |reference - estimate|."""
    return float(np.mean(np.abs(reference - estimate), dtype=np.float64))
