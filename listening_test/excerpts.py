"""Which stretch of a clip is heard: the most active one of the wanted length, begun in a pause.

Deterministic: the same reference gives the same excerpt. All conditions of an item are cut at the
same samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from codecbench.audio import Samples

FADE_S = 0.01
"""Raised-cosine fade at both ends of every stimulus, against clicks where the cut is not silent."""

_STEP_S = 0.1
_ACTIVE_DB = 20.0
"""A tenth of a second is active when it is less than this below the clip's loud ones."""

_SLACK = 3
"""Tenths of a second of activity given up for a start in a pause."""


@dataclass(frozen=True)
class Excerpt:
    """A stretch of a clip in samples: [start, start + length)."""

    start: int
    length: int


def choose_excerpt(reference: Samples, rate_hz: int, length_s: float) -> Excerpt:
    """The stretch of (channels, n) to hear; the whole clip where it is not longer than `length_s`.

    Of the starts on a grid of 0.1 s whose stretch is as active as any (within 0.3 s), the one with
    the quietest beginning; of equals the first.
    """
    total, length = reference.shape[1], round(length_s * rate_hz)
    step = round(_STEP_S * rate_hz)
    if total < length + step:
        return Excerpt(0, min(total, length))
    power = _tenths(reference, step)
    loud = float(np.quantile(power, 0.95))
    active = np.concatenate(([0], np.cumsum(power > loud * 10 ** (-_ACTIVE_DB / 10))))
    span = length // step
    starts = np.arange((total - length) // step + 1)
    count = active[np.minimum(starts + span, len(power))] - active[starts]
    good = starts[count >= count.max() - _SLACK]
    first = good[np.argmin(power[good])]
    return Excerpt(int(first) * step, length)


def cut(samples: Samples, excerpt: Excerpt, rate_hz: int) -> Samples:
    """The excerpt of (channels, n), faded in and out over `FADE_S`, as (channels, length)."""
    part = samples[:, excerpt.start : excerpt.start + excerpt.length].astype(np.float32)
    count = min(round(FADE_S * rate_hz), excerpt.length // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(1, count))).astype(np.float32)
    part[:, :count] *= ramp
    part[:, excerpt.length - count :] *= ramp[::-1]
    return part


def _tenths(samples: Samples, step: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Mean square of each whole step, over all channels."""
    whole = samples.shape[1] // step * step
    squares = np.square(samples[:, :whole], dtype=np.float64).mean(axis=0)
    power: np.ndarray[tuple[int], np.dtype[np.float64]] = squares.reshape(-1, step).mean(axis=1)
    return power
