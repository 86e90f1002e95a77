"""Levels of an item: true peak after ITU-R BS.1770, and one gain for all of its stimuli."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from codecbench.audio import Samples
from codecbench.dac.loudness import integrated_loudness_lufs
from codecbench.errors import ListeningTestError

TARGET_LUFS = -23.0
"""Loudness that references are brought to, where their true peak allows it: EBU R 128's."""

PEAK_DBTP = -1.0
"""The true peak that no stimulus passes."""

_OVERSAMPLING = 4


def true_peak(samples: Samples) -> float:
    """Greatest magnitude of (channels, n) between the samples too, full scale 1: 4x oversampled."""
    from scipy.signal import resample_poly

    if not samples.any():
        return 0.0
    dense = resample_poly(samples.astype(np.float64), _OVERSAMPLING, 1, axis=1)
    return float(max(np.abs(dense).max(), np.abs(samples).max()))


def loudness_lufs(samples: Samples, rate_hz: int) -> float | None:
    """Integrated loudness of (channels, n), None where all of it is below -70 LUFS."""
    loudness = integrated_loudness_lufs(samples, rate_hz)
    return None if math.isinf(loudness) else loudness


def item_gain_db(
    reference: Samples, stimuli: Iterable[Samples], rate_hz: int, target_lufs: float = TARGET_LUFS
) -> float:
    """The gain that brings an item's reference to the target, less where a true peak is in the way.

    One gain for the reference and all `stimuli`, so that differences of level between conditions
    stay as they are. Raises `ListeningTestError` for a reference without sound.
    """
    loudness = loudness_lufs(reference, rate_hz)
    if loudness is None:
        raise ListeningTestError("the excerpt of the reference is silent (below -70 LUFS)")
    peak = max(true_peak(sound) for sound in (reference, *stimuli))
    return min(target_lufs - loudness, PEAK_DBTP - 20 * math.log10(peak))
