"""Spectrograms as small PNGs: power over time and frequency, one scale for all of a clip.

Frequency is linear from 0 to half of the clip's rate, so that the edge of a codec's band is a
straight line at its frequency. Colours are matplotlib's magma, which rises evenly in lightness.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from codecbench.audio import Samples

WIDTH, HEIGHT = 480, 150
WINDOW = 1024
COLOURS = 40
RANGE_DB = 80.0
"""What lies further under the reference's loudest spot is as dark as silence."""

Power = npt.NDArray[np.float64]


def power_over_time(samples: Samples) -> Power:
    """Mean power in `HEIGHT` bands (top last) and `WIDTH` columns at most.

    samples: (channels, n). Shape (bands, columns).
    """
    hop = WINDOW // 4
    padded = np.pad(samples.astype(np.float64), ((0, 0), (WINDOW // 2, WINDOW // 2)), "constant")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)[:, ::hop]
    total = np.zeros((frames.shape[1], WINDOW // 2 + 1))
    window = np.hanning(WINDOW + 1)[:-1]
    for channel in frames:
        total += np.abs(np.fft.rfft(channel * window, axis=-1)) ** 2
    power = total.T / (len(frames) * (window**2).sum())
    return _pooled(_pooled(power, HEIGHT, 0), WIDTH, 1)


def loudest(power: Power) -> float:
    """The greatest power, the top of the scale; silence counts as -100 dB."""
    return max(float(power.max()), 1e-10)


def draw_png(power: Power, top: float) -> bytes:
    """A PNG with a palette: `RANGE_DB` from top downwards, low frequencies at the bottom."""
    from PIL import Image

    level_db = 10 * np.log10(np.maximum(power, 1e-30) / top)
    shade = np.clip(1 + level_db / RANGE_DB, 0, 1)
    index = np.minimum(np.floor(shade * COLOURS), COLOURS - 1).astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(index[::-1]), mode="P")
    image.putpalette(_palette())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True, bits=8)
    return file.getvalue()


@lru_cache(maxsize=1)
def _palette() -> list[int]:
    from matplotlib import colormaps

    colours = colormaps["magma"](np.linspace(0, 1, COLOURS))[:, :3]
    return [int(value) for value in np.round(colours * 255).ravel()]


def _pooled(power: Power, size: int, axis: int) -> Power:
    """Means of neighbours along an axis, down to `size` of them; fewer stay as they are."""
    length = power.shape[axis]
    if length <= size:
        return power
    edges = np.linspace(0, length, size + 1).astype(int)
    sums: Any = np.add.reduceat(power, edges[:-1], axis=axis)
    counts = np.diff(edges)
    pooled: Power = sums / (counts[:, None] if axis == 0 else counts)
    return pooled
