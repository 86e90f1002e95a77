"""How many clips would decide a cell, if mean and spread stayed as they are."""

from __future__ import annotations

import math
from collections.abc import Callable

MOST = 10_000
"""Beyond so many clips the answer is "more"."""


def clips_to_decide(
    mean: float,
    error: float,
    tolerance: float,
    groups: int,
    clips: int,
    *,
    level: float,
    pass_level: float,
    widening: float,
    least: int,
) -> int | None:
    """Clips with which the rule would pass the cell, or call a regression where its mean is beyond
    the tolerance; None for more than `MOST`.

    error: standard error of the mean over `groups` groups of the `clips`. level, pass_level: the
    one-sided tails of the bounds that decide. widening: of the upper bound over Student's. least:
    groups under which nothing is decided.
    """
    from scipy.special import stdtrit

    spread = error * math.sqrt(groups)
    per_group = clips / groups

    def decides(n: int) -> bool:
        tail = level if mean > tolerance else pass_level
        half = float(stdtrit(n - 1, 1 - tail)) * spread / math.sqrt(n)
        if mean > tolerance:
            return mean - half > 0
        return mean + widening * half <= tolerance

    found = _first(decides, least, math.ceil(MOST / per_group))
    return None if found is None else math.ceil(found * per_group)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """The first number for which `holds`, which stays true from there on."""
    if high < low or not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
