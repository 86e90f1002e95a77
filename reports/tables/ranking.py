"""Best and second of a column.

Ranks are over the whole column, over all bitrates, as in the tables of codec papers. They are ranks
of what is printed: numbers that read the same share their rank, so that nobody has to wonder why
one of two equal numbers is bold. After several best there is a second all the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from codecbench.reports.tables.model import Direction


def ranks(
    means: Sequence[float], direction: Direction, digits: int
) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Which are best and which second among means; NaN is never ranked.

    Nothing is best where fewer than two have a value, or where all read the same.
    """
    nobody = (False,) * len(means)
    rounded = [round(mean, digits) for mean in means]
    levels = sorted({value for value in rounded if not math.isnan(value)})
    if direction == "neither" or len(levels) < 2:
        return nobody, nobody
    if direction == "higher":
        levels.reverse()
    best = tuple(value == levels[0] for value in rounded)
    # With two values there is only a best and a worst one.
    several = sum(not math.isnan(value) for value in rounded) > 2
    second = tuple(several and value == levels[1] for value in rounded)
    return best, second
