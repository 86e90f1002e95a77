"""The delay of an estimate against its reference by cross-correlation.

A check, and a service for audio decoded elsewhere: adapters here compensate their declared delay.
On stationary tones the correlation has many equal peaks, and the answer means nothing.
"""

from __future__ import annotations

import numpy as np

from codecbench.codecs.contract import Samples

MAX_DELAY_S = 0.5


def delay_samples(reference: Samples, estimate: Samples, sample_rate_hz: int) -> int:
    """Samples by which the estimate is late (negative: early), at most `MAX_DELAY_S` either way.

    Both (channels, samples); channels are added up. The lag of the greatest cross-correlation.
    """
    from scipy import signal

    a = reference.mean(axis=0, dtype=np.float64)
    b = estimate.mean(axis=0, dtype=np.float64)
    correlation = signal.correlate(b, a, mode="full", method="fft")
    lags = signal.correlation_lags(b.size, a.size, mode="full")
    near = np.abs(lags) <= MAX_DELAY_S * sample_rate_hz
    return int(lags[near][np.argmax(correlation[near])])


def undo_delay(samples: Samples, delay: int) -> Samples:
    """Shift audio earlier by `delay` samples (later where negative), filling with silence."""
    shifted = np.zeros_like(samples)
    if delay >= 0:
        shifted[:, : samples.shape[1] - delay] = samples[:, delay:]
    else:
        shifted[:, -delay:] = samples[:, :delay]
    return shifted
