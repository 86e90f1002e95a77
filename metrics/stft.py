"""STFT distance: how far apart two magnitude spectrograms are, in log and linear magnitude.

For windows of 2048 and 512 samples: the mean absolute difference of the log10 of the squared
magnitude, clamped at 1e-5 before squaring, plus that of the magnitude itself; summed over the
windows.

Range 0 (identical) upwards; lower is better. The logarithmic half has no memory of loudness, so a
band that a codec leaves empty costs much, however quiet it was. Not aligned in time, not
normalised.

Source: the multi-scale STFT distance of Kumar et al., High-Fidelity Audio Compression with
Improved RVQGAN, arXiv 2306.06546, table 3.
"""

from __future__ import annotations

import numpy as np

from codecbench.metrics.contract import Metric, Mono
from codecbench.metrics.spectra import (
    MAGNITUDE_FLOOR,
    Magnitudes,
    magnitude_spectrogram,
    mean_absolute_difference,
)

WINDOWS = (2048, 512)

Spectrograms = list[Magnitudes]
"""One array of shape (frames, bins) per window."""


def magnitude_spectrograms(signal: Mono, _sample_rate_hz: int) -> Spectrograms:
    """Magnitudes, one array of shape (frames, bins) per window."""
    return [magnitude_spectrogram(signal, window) for window in WINDOWS]


def _log_power(magnitudes: Magnitudes) -> Magnitudes:
    return 2 * np.log10(np.maximum(magnitudes, np.float32(MAGNITUDE_FLOOR)))


def stft_distance(reference: Spectrograms, estimate: Mono, sample_rate_hz: int) -> float:
    """Sum over the windows of the logarithmic and the linear difference; 0 or more."""
    pairs = zip(reference, magnitude_spectrograms(estimate, sample_rate_hz), strict=True)
    return sum(
        mean_absolute_difference(_log_power(mine), _log_power(theirs))
        + mean_absolute_difference(mine, theirs)
        for mine, theirs in pairs
    )


STFT = Metric(
    name="stft",
    unit="",
    direction="lower",
    value_range=(0.0, float("inf")),
    version=1,
    sample_rate_hz=None,
    summary="distance of magnitude spectrograms, log and linear, windows 2048 and 512",
    source="Kumar et al. 2023, arXiv 2306.06546",
    prepare=magnitude_spectrograms,
    compare=stft_distance,
    min_duration_s=(WINDOWS[0] // 2 + 1) / 44_100,
)
