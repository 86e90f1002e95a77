"""Mel distance: how far apart two log mel spectrograms are, over seven time scales.

For windows of 32, 64, …, 2048 samples the magnitude spectrogram is gathered into 5, 10, 20, 40,
80, 160, 320 bands on Slaney's mel scale from 0 Hz to Nyquist, clamped at 1e-5, and taken to
log10. The mean absolute difference over bands and frames is summed over the windows.

Range 0 (identical) upwards; lower is better. A change of gain by a factor g gives 7·|log10 g|
where nothing is clamped. Not aligned in time, not normalised in level.

Source: the multi-scale mel loss of Kumar et al., High-Fidelity Audio Compression with Improved
RVQGAN, arXiv 2306.06546, table 3; the scale is that of M. Slaney, Auditory
Toolbox, 1998.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from codecbench.metrics.contract import Metric, Mono
from codecbench.metrics.spectra import (
    MAGNITUDE_FLOOR,
    Magnitudes,
    magnitude_spectrogram,
    mean_absolute_difference,
    require_samples,
)

WINDOWS_AND_BANDS = ((32, 5), (64, 10), (128, 20), (256, 40), (512, 80), (1024, 160), (2048, 320))
_LONGEST_WINDOW = WINDOWS_AND_BANDS[-1][0]

_LINEAR_HZ_PER_MEL = 200 / 3
_LOG_START_HZ = 1000.0
_LOG_START_MEL = _LOG_START_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27  # 27 mels from 1 to 6.4 kHz

LogMels = list[Magnitudes]
"""One array of shape (frames, bands) per window."""


def _mel_from_hz(hz: float) -> float:
    if hz < _LOG_START_HZ:
        return hz / _LINEAR_HZ_PER_MEL
    return float(_LOG_START_MEL + np.log(hz / _LOG_START_HZ) / _LOG_STEP)


def _hz_from_mel(mel: Mono) -> Mono:
    logarithmic = _LOG_START_HZ * np.exp(_LOG_STEP * (mel - _LOG_START_MEL))
    return np.where(mel < _LOG_START_MEL, mel * _LINEAR_HZ_PER_MEL, logarithmic)


@cache
def mel_filterbank(sample_rate_hz: int, window_samples: int, bands: int) -> npt.NDArray[np.float64]:
    """Triangular filters of shape (bands, window_samples // 2 + 1), 0 Hz to Nyquist.

    Corners are evenly spaced on Slaney's mel scale (linear to 1 kHz, then logarithmic); each
    triangle has an area of 1 (Slaney's normalisation). A triangle narrower than the spacing of the
    bins may contain none: its band is all zeros, as in the definition.
    """
    nyquist_hz = sample_rate_hz / 2
    bins_hz = np.linspace(0, nyquist_hz, window_samples // 2 + 1)
    corners_hz = _hz_from_mel(np.linspace(0, _mel_from_hz(nyquist_hz), bands + 2))
    low, centre, high = (corners_hz[i : i + bands, None] for i in range(3))
    rising = (bins_hz - low) / (centre - low)
    falling = (high - bins_hz) / (high - centre)
    filters: npt.NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling))
    return filters * (2 / (high - low))


def log_mel_spectrograms(signal: Mono, sample_rate_hz: int) -> LogMels:
    """log10 of the clamped mel magnitudes, one array of shape (frames, bands) per window."""
    require_samples(signal, _LONGEST_WINDOW)
    spectrograms = []
    for window_samples, bands in WINDOWS_AND_BANDS:
        filters = mel_filterbank(sample_rate_hz, window_samples, bands).astype(np.float32)
        mel = magnitude_spectrogram(signal, window_samples) @ filters.T
        spectrograms.append(np.log10(np.maximum(mel, np.float32(MAGNITUDE_FLOOR))))
    return spectrograms


def mel_distance(reference: LogMels, estimate: Mono, sample_rate_hz: int) -> float:
    """Sum over the windows of the mean absolute difference; 0 or more."""
    pairs = zip(reference, log_mel_spectrograms(estimate, sample_rate_hz), strict=True)
    return sum(mean_absolute_difference(mine, theirs) for mine, theirs in pairs)


MEL = Metric(
    name="mel",
    unit="",
    direction="lower",
    value_range=(0.0, float("inf")),
    version=1,
    sample_rate_hz=None,
    summary="distance of log mel spectrograms, 7 windows from 32 to 2048 samples",
    source="Kumar et al. 2023, arXiv 2306.06546",
    prepare=log_mel_spectrograms,
    compare=mel_distance,
    min_duration_s=(_LONGEST_WINDOW // 2 + 1) / 44_100,
)
