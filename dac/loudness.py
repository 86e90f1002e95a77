"""Integrated loudness after ITU-R BS.1770-4, in LUFS.

The K-weighting is designed for any sample rate from the analogue prototypes whose bilinear
transform at 48 kHz is the standard's table of coefficients; at 16 kHz a sine of 1 kHz reads 0.04 LU
more. Blocks of 400 ms overlap by 75%; one that the end of the audio cuts short is not used, as the
standard says. Gates: blocks below -70 LUFS, then blocks more than 10 LU below the mean of the rest.

audiotools, which descript's codec measures with, differs in two ways. Its filters are near the
standard's: it reads 0.04 LU less at 44.1 and 48 kHz, 0.12 less at 16 kHz. And it uses the last
block when that is incomplete, which moved clips of a second by up to 1.4 LU.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from codecbench.errors import AudioError

BLOCK_S = 0.4
STEP_S = 0.1
SHORTEST_S = 0.5
"""What is shorter than a block is measured with zeros appended to this length."""

_CHANNEL_WEIGHTS = np.array([1.0, 1.0, 1.0, 1.41, 1.41])
"""Left, right, centre, left surround, right surround."""

Floats = npt.NDArray[np.floating]


def integrated_loudness_lufs(samples: Floats, rate_hz: int) -> float:
    """Integrated loudness of (channels, n): about -70 to 10 LUFS, or -inf where all is gated out.

    Channels, 1 to 5, are left, right, centre and the two surrounds. Audio shorter than a block
    (0.4 s) gets zeros up to 0.5 s, as in audiotools: the standard does not define it. Raises
    `AudioError` for other shapes and for values that are not finite.
    """
    if samples.ndim != 2 or not 1 <= samples.shape[0] <= len(_CHANNEL_WEIGHTS):
        raise AudioError(
            f"loudness: samples must be (1 to 5 channels, n), got shape {samples.shape}"
        )
    if not np.isfinite(samples).all():
        raise AudioError("loudness: the samples hold values that are not finite")
    block, step = round(BLOCK_S * rate_hz), round(STEP_S * rate_hz)
    if samples.shape[1] < block:
        missing = round(SHORTEST_S * rate_hz) - samples.shape[1]
        samples = np.pad(samples, ((0, 0), (0, missing)))

    power = _block_power(_k_weighted(samples, rate_hz), block, step)
    audible = power[_lufs(power) > -70]
    if not audible.size:
        return -math.inf
    gate = float(_lufs(audible.mean())) - 10
    return float(_lufs(audible[_lufs(audible) > gate].mean()))


def k_weighting(rate_hz: int) -> npt.NDArray[np.float64]:
    """The two stages of the K-weighting as second-order sections (2, 6) for `scipy.signal`.

    A shelf of +4 dB above 1.7 kHz for the head, and a high-pass at 38 Hz. Below about 4 kHz of
    sample rate the shelf does not fit under the Nyquist frequency: `AudioError`.
    """
    if rate_hz < 4000:
        raise AudioError(f"loudness: K-weighting needs a rate of 4000 Hz or more, got {rate_hz}")
    gain = 10 ** (3.999843853973347 / 20)
    # The shelf's slope: the exponent that makes the transform give the standard's coefficients.
    middle = gain**0.4996667741545416
    t = math.tan(math.pi * 1681.974450955533 / rate_hz)
    damping = t / 0.7071752369554196
    shelf = [
        gain + middle * damping + t * t,
        2 * (t * t - gain),
        gain - middle * damping + t * t,
        1 + damping + t * t,
        2 * (t * t - 1),
        1 - damping + t * t,
    ]
    t = math.tan(math.pi * 38.13547087602444 / rate_hz)
    damping = t / 0.5003270373238773
    highest = 1 + damping + t * t
    # The standard's numerator is 1, -2, 1 as it stands, not scaled to unit gain.
    high_pass = [highest, -2 * highest, highest, highest, 2 * (t * t - 1), 1 - damping + t * t]
    sections: npt.NDArray[np.float64] = np.array([shelf, high_pass])
    sections /= sections[:, 3:4]
    return sections


def _k_weighted(samples: Floats, rate_hz: int) -> npt.NDArray[np.float64]:
    from scipy import signal

    weighted: npt.NDArray[np.float64] = signal.sosfilt(
        k_weighting(rate_hz), samples.astype(np.float64)
    )
    return weighted


def _block_power(weighted: npt.NDArray[np.float64], block: int, step: int) -> Floats:
    """Mean square of each block, summed over the channels with their weights: (blocks,)."""
    squares = _CHANNEL_WEIGHTS[: len(weighted)] @ np.square(weighted)
    energy = np.concatenate(([0.0], np.cumsum(squares)))
    starts = np.arange(0, len(squares) - block + 1, step)
    # A difference of sums may fall below zero by rounding.
    power: Floats = np.maximum(energy[starts + block] - energy[starts], 0) / block
    return power


def _lufs(power: Floats | np.floating) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(power))
