"""The filter of the low-pass anchors of ITU-R BS.1534-3, 3.5 kHz and 7 kHz, at any sample rate.

The mask that the Recommendation sets for the low anchor: within 0.1 dB up to 3.5 kHz, 25 dB down at
4 kHz, 50 dB down at 4.5 kHz. The mid anchor has the same shape with all frequencies doubled.

The filter is symmetric with an odd number of taps, so it delays every frequency by the same whole
number of samples, and that is taken out: what is filtered stands in step with what was given.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from codecbench.codecs.contract import Samples

LOW_HZ = 3500.0
MID_HZ = 7000.0

_STOPBAND_DB = 70.0
"""With this much, pass band ripple is 0.003 dB and the low anchor is 69 dB down at 4 kHz."""


def stopband_hz(cutoff_hz: float) -> float:
    """Where the stop band begins: 4 kHz for the low anchor. No more than half the sample rate."""
    return cutoff_hz * 8 / 7


def lowpassed(samples: Samples, cutoff_hz: float, rate_hz: int) -> npt.NDArray[np.float64]:
    """Filter (channels, n) into an anchor of the same shape, in step with it."""
    from scipy.signal import oaconvolve

    taps = filter_taps(cutoff_hz, rate_hz)
    filtered = oaconvolve(samples.astype(np.float64), taps[None], axes=1)
    delay = len(taps) // 2
    return np.asarray(filtered[:, delay : delay + samples.shape[1]])


@cache
def filter_taps(cutoff_hz: float, rate_hz: int) -> npt.NDArray[np.float64]:
    """The filter's taps: symmetric, an odd number of them, gain 1 at 0 Hz."""
    from scipy.signal import firwin, kaiserord

    edge_hz = stopband_hz(cutoff_hz)
    count, beta = kaiserord(_STOPBAND_DB, (edge_hz - cutoff_hz) / (rate_hz / 2))
    middle_hz = (cutoff_hz + edge_hz) / 2
    taps: npt.NDArray[np.float64] = firwin(
        count | 1, middle_hz, window=("kaiser", beta), fs=rate_hz
    )
    return taps
