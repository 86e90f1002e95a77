"""Intervals of Bjøntegaard's differences: a paired bootstrap over clips.

Each draw takes clips with replacement, the same for both codecs, and computes both differences
anew, so that what a clip does to both codecs alike does not widen the interval. Where clips have
groups (a speaker, a song), groups are drawn. The draws become intervals by `statistics.studentised`
in the logarithm of the rate. `benchmarks/interval_coverage.py` has them cover 95 to 97% at 8, 12
and 30 clips where the savings of clips are normal or log-normal with sigma 0.5, and 92, 94 and 95%
with sigma 1, at the price of 1.4 times the width of Student's t at 8 normal clips.
"""

from __future__ import annotations

from codecbench.reports.intervals import LEAST_CLIPS
from codecbench.reports.statistics.bd_differences import CurveSums, differences
from codecbench.reports.statistics.studentised import Ends, drawn_groups, interval, no_interval
from codecbench.wording import counted


def paired_intervals(
    anchor: CurveSums, test: CurveSums, draws: int, seed: int
) -> tuple[Ends, Ends]:
    """95% intervals of the differences in log rate and in quality, test over anchor.

    anchor, test: of the same groups of clips in the same order. draws: 0 for no intervals.
    """
    groups = anchor.groups
    if draws < 1:
        return (no_interval("no bootstrap was asked for"),) * 2
    if groups < LEAST_CLIPS:
        few = (
            f"{counted(groups, 'clip or group', 'clips or groups')} of clips: an interval "
            f"needs {LEAST_CLIPS}"
        )
        return (no_interval(few),) * 2
    weights = drawn_groups(groups, draws, seed)
    at = differences(anchor.over_all(), test.over_all())
    without = differences(anchor.without_each_group(), test.without_each_group())
    drawn = differences(anchor.weighted(weights), test.weighted(weights))
    rate, quality = (interval(float(at[i][0]), without[i], drawn[i], weights) for i in range(2))
    return rate, quality
