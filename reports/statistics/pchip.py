"""Areas under monotone piecewise cubics, for many curves at once.

The curve is the one of `scipy.interpolate.PchipInterpolator`: cubic Hermite pieces whose slopes at
the points are weighted harmonic means of the chords beside them, so that it never overshoots. Here
a whole bootstrap is one array, as scipy takes a curve at a time. Sources: Fritsch and Butland, SIAM
J. Sci. Stat. Comput. 5 (1984); the one-sided slopes at the ends are those of Moler, Numerical
Computing with MATLAB (2004), section 3.6.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def mean_between(x: Floats, y: Floats, low: Floats, high: Floats) -> Floats:
    """Mean of each curve from low to high, shape (curves,).

    x: shape (curves, points), strictly rising, 3 points at least. y: the same shape, any. low,
    high: shape (curves,), within the x of their curve, low under high.
    """
    slopes = slopes_at_points(x, y)
    width = np.diff(x)
    area = _area(x, y, slopes, width, high) - _area(x, y, slopes, width, low)
    mean: Floats = area / (high - low)
    return mean


def slopes_at_points(x: Floats, y: Floats) -> Floats:
    """The slope at each point; shapes as in `mean_between`."""
    width = np.diff(x)
    chord = np.diff(y) / width
    before, after = chord[:, :-1], chord[:, 1:]
    weight_before = width[:, :-1] + 2 * width[:, 1:]
    weight_after = 2 * width[:, :-1] + width[:, 1:]
    turns = before * after <= 0
    inverse = weight_before / np.where(turns, 1, before) + weight_after / np.where(turns, 1, after)
    slopes = np.empty_like(y)
    slopes[:, 1:-1] = np.where(turns, 0, (weight_before + weight_after) / inverse)
    slopes[:, 0] = _end(width[:, 0], width[:, 1], chord[:, 0], chord[:, 1])
    slopes[:, -1] = _end(width[:, -1], width[:, -2], chord[:, -1], chord[:, -2])
    return slopes


def _end(width: Floats, next_width: Floats, chord: Floats, next_chord: Floats) -> Floats:
    """Slope of the parabola through three points, held so that the piece stays monotone."""
    slope = ((2 * width + next_width) * chord - width * next_chord) / (width + next_width)
    slope = np.where(np.sign(slope) != np.sign(chord), 0, slope)
    steep = (np.sign(chord) != np.sign(next_chord)) & (np.abs(slope) > 3 * np.abs(chord))
    held: Floats = np.where(steep, 3 * chord, slope)
    return held


def _area(x: Floats, y: Floats, slopes: Floats, width: Floats, end: Floats) -> Floats:
    """Integral from each curve's first point to end: the Hermite basis integrated from 0 to t."""
    t = np.clip((end[:, None] - x[:, :-1]) / width, 0, 1)
    t2, t3, t4 = t**2, t**3, t**4
    pieces = (
        y[:, :-1] * (t - t3 + t4 / 2)
        + y[:, 1:] * (t3 - t4 / 2)
        + width * slopes[:, :-1] * (t2 / 2 - 2 * t3 / 3 + t4 / 4)
        + width * slopes[:, 1:] * (t4 / 4 - t3 / 3)
    )
    area: Floats = np.sum(width * pieces, axis=1)
    return area
