"""The low-pass anchors of a MUSHRA test, from its references: by the filter of the codec `lowpass`,
at the test's own sample rate.
"""

from __future__ import annotations

import numpy as np

from codecbench.audio import Samples
from codecbench.codecs.anchor_filter import lowpassed, stopband_hz
from codecbench.errors import ListeningTestError


def anchor(samples: Samples, rate_hz: int, cutoff_hz: float) -> Samples:
    """Filter (channels, n) into an anchor of the same shape, in step with it.

    Raises `ListeningTestError` where the rate leaves nothing for the filter to take away.
    """
    lowest_rate_hz = 2 * stopband_hz(cutoff_hz)
    if rate_hz < lowest_rate_hz:
        raise ListeningTestError(
            f"the {cutoff_hz / 1000:g} kHz anchor needs a sample rate of {lowest_rate_hz:.0f} Hz "
            f"or more, and the test's is {rate_hz} Hz: give --rate 48000"
        )
    return lowpassed(samples, cutoff_hz, rate_hz).astype(np.float32)
