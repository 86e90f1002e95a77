"""The low-pass anchors of ITU-R BS.1534-3 at any sample rate: 3.5 kHz and 7 kHz.

The mask that the Recommendation sets for the low anchor: within 0.1 dB up to 3.5 kHz, 25 dB down at
4 kHz, 50 dB down at 4.5 kHz. The mid anchor has the same shape with all frequencies doubled.

The filter is symmetric with an odd number of taps, so it delays every frequency by the same whole
number of samples, and that is taken out: an anchor stands in step with its reference.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from codecbench.audio import Samples
from codecbench.errors import ListeningTestError

LOW_HZ = 3500.0
MID_HZ = 7000.0

_STOPBAND_DB = 70.0
"""With this much, pass band ripple is 0.003 dB and the mask's 50 dB hold from 4 kHz on."""


def anchor(samples: Samples, rate_hz: int, cutoff_hz: float) -> Samples:
    """Filter (channels, n) into an anchor of the same shape, in step with it.

    Raises `ListeningTestError` where the rate leaves nothing for the filter to take away.
    """
    from scipy.signal import oaconvolve

    taps = anchor_taps(cutoff_hz, rate_hz)
    filtered = oaconvolve(samples.astype(np.float64), taps[None], axes=1)
    delay = len(taps) // 2
    return np.asarray(filtered[:, delay : delay + samples.shape[1]], dtype=np.float32)


@cache
def anchor_taps(cutoff_hz: float, rate_hz: int) -> npt.NDArray[np.float64]:
    """The filter's taps: symmetric, an odd number of them, gain 1 at 0 Hz.

    The stop band begins at 8/7 of the cut-off, 4 kHz for the low anchor. Raises
    `ListeningTestError` where that lies above half the sample rate.
    """
    from scipy.signal import firwin, kaiserord

    edge_hz = cutoff_hz * 8 / 7
    if edge_hz > rate_hz / 2:
        raise ListeningTestError(
            f"the {cutoff_hz / 1000:g} kHz anchor needs a sample rate of {2 * edge_hz:.0f} Hz or "
            f"more, and the test's is {rate_hz} Hz: give --rate 48000"
        )
    count, beta = kaiserord(_STOPBAND_DB, (edge_hz - cutoff_hz) / (rate_hz / 2))
    middle_hz = (cutoff_hz + edge_hz) / 2
    taps: npt.NDArray[np.float64] = firwin(
        count | 1, middle_hz, window=("kaiser", beta), fs=rate_hz
    )
    return taps
