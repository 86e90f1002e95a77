"""Bjøntegaard's differences of two codecs over clips: the estimate, and many at once.

Of a rate-quality curve over some clips, each point is Σ bits / Σ seconds against the mean of the
metric. The difference in rate is the mean, over the qualities that both curves reach, of the
difference of the logarithms of their rates; that in quality is the mean, over the logarithms of
rate that both cover, of the difference of their qualities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from codecbench.reports.statistics.pchip import mean_between

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curves:
    """A codec's curve, or many of them.

    log_rates: natural logarithms of bit/s. quality: means. Shape (curves, points) each.
    """

    log_rates: Floats
    quality: Floats

    @property
    def rising(self) -> npt.NDArray[np.bool_]:
        """Whether rate and quality both rise from each point to the next, shape (curves,)."""
        steps = np.minimum(np.diff(self.log_rates), np.diff(self.quality))
        return np.asarray(steps.min(axis=1) > 0)


@dataclass(frozen=True, eq=False)
class CurveSums:
    """What a curve is made of, added up by group of clips.

    bits, seconds, quality: shape (groups, points). counts: clips in each group, shape (groups,).
    quality rises where the codec gets better: metrics of which less is better come negated.
    """

    bits: Floats
    seconds: Floats
    quality: Floats
    counts: Floats

    @property
    def groups(self) -> int:
        """Groups of clips, which are taken for independent."""
        return len(self.counts)

    def over_all(self) -> Curves:
        """The one curve of all clips."""
        return self.weighted(np.ones((1, self.groups)))

    def weighted(self, weights: Floats) -> Curves:
        """A curve for each row of weights, shape (curves, groups): how often a group counts."""
        return _curves(*(weights @ part for part in self._parts))

    def without_each_group(self) -> Curves:
        """A curve for each group, of all the others."""
        return _curves(*(part.sum(axis=0) - part for part in self._parts))

    @property
    def _parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.bits, self.seconds, self.quality, self.counts


def _curves(bits: Floats, seconds: Floats, quality: Floats, counts: Floats) -> Curves:
    return Curves(np.log(bits / seconds), quality / counts[:, None])


def differences(anchor: Curves, test: Curves) -> tuple[Floats, Floats]:
    """What the test codec has over the anchor: (log rate, quality), shape (curves,) each.

    A negative difference in log rate is rate saved; a positive one in quality is quality gained.
    NaN where a curve does not rise or the two share no range.
    """
    rising = anchor.rising & test.rising
    of_rate = _mean_difference(
        anchor.quality, anchor.log_rates, test.quality, test.log_rates, rising
    )
    of_quality = _mean_difference(
        anchor.log_rates, anchor.quality, test.log_rates, test.quality, rising
    )
    return of_rate, of_quality


def _mean_difference(
    anchor_x: Floats,
    anchor_y: Floats,
    test_x: Floats,
    test_y: Floats,
    rising: npt.NDArray[np.bool_],
) -> Floats:
    low = np.maximum(anchor_x[:, 0], test_x[:, 0])
    high = np.minimum(anchor_x[:, -1], test_x[:, -1])
    able = rising & (low < high)
    result = np.full(len(low), np.nan)
    low, high = low[able], high[able]
    of_test = mean_between(test_x[able], test_y[able], low, high)
    result[able] = of_test - mean_between(anchor_x[able], anchor_y[able], low, high)
    return result
