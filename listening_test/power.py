"""How many raters a test needs: ratings are made up many times, and the plan's test judges each.

A score is the condition's mean + the item's offset + the rater's + the rater's taste for the
condition + a residual, each normal with the standard deviation that is stated, rounded to whole
points from 0 to 100. Two conditions differ by the difference that is to be found. Power is the
share of made-up tests that find it. That several pairs are compared counts by the first step of
Holm's correction: the level is shared among them.

Beside it stands the share of tests that find a difference where tastes cancel out and there is
none. It is to be about the level or less: the permutation test of medians takes every rating as
independent, so tastes (`sd_taste`) make it find too much.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from codecbench.errors import UsageError
from codecbench.listening_test.pairwise_tests import signed_ranks
from codecbench.listening_test.permutation import permutation_test
from codecbench.listening_test.uncomputable import Uncomputable

Test = Literal["permutation", "wilcoxon", "t"]
Scores = np.ndarray[Any, np.dtype[np.float64]]

MOST_RATERS = 400
"""Where no more raters bring the power, none would in practice."""

_LEAST_RATERS = 3
_FEW = 40
_ROUNDS = 399
"""Of the permutation test for each made-up test; more where the level is small."""


@dataclass(frozen=True)
class Assumptions:
    """What is expected, all in points of the scale.

    difference: between two conditions. mean: of the better one. items: that each rater hears.
    systems: conditions that are compared with each other. sd_item, sd_rater: offsets. sd_taste: of
    a rater for a condition. sd_residual: of one rating. bounded: rounded and kept from 0 to 100.
    """

    difference: float
    items: int
    systems: int = 2
    mean: float = 60.0
    sd_item: float = 10.0
    sd_rater: float = 10.0
    sd_taste: float = 5.0
    sd_residual: float = 15.0
    bounded: bool = True

    @property
    def pairs(self) -> int:
        """How many comparisons share the level."""
        return max(1, self.systems * (self.systems - 1) // 2)


@dataclass(frozen=True)
class Needed:
    """raters: the fewest that bring the power; None where `MOST_RATERS` do not.

    power: with that many (or with `MOST_RATERS`). false_finds: the share of tests that find a
    difference where there is none, with as many.
    """

    raters: int | None
    power: float
    false_finds: float


def power(
    assumed: Assumptions,
    raters: int,
    test: Test = "permutation",
    level: float = 0.05,
    simulations: int = 400,
    seed: int = 0,
) -> float:
    """The share of `simulations` made-up tests that find the difference, 0 to 1."""
    finds = _finds(assumed, raters, test, level, seed)
    return sum(next(finds) for _ in range(simulations)) / simulations


def raters_needed(
    assumed: Assumptions,
    wanted: float = 0.8,
    test: Test = "permutation",
    level: float = 0.05,
    simulations: int = 400,
    seed: int = 0,
) -> Needed:
    """The fewest raters whose test has the wanted power. Raises `UsageError` for odd assumptions.

    Found by halving, so right to the chance of a simulation: with 400 of them, power 0.8 is known
    to 0.04 (95%). The search begins where the t test, which is quick, would have it.
    """
    _require(assumed, wanted)

    def enough(raters: int, by: Test = test) -> bool:
        return _reaches(_finds(assumed, raters, by, level, seed), wanted, simulations)

    guess = _fewest(lambda raters: enough(raters, "t"), _LEAST_RATERS)
    raters = guess if test == "t" else _fewest(enough, guess or MOST_RATERS)
    shown = MOST_RATERS if raters is None else raters
    none = replace(assumed, difference=0.0)
    return Needed(
        raters,
        power(assumed, shown, test, level, simulations, seed),
        power(none, shown, test, level, simulations, seed + 1),
    )


def simulate(
    assumed: Assumptions, raters: int, generator: np.random.Generator
) -> tuple[Scores, Scores]:
    """Made-up scores of the worse and the better condition, both (raters, items)."""
    shape = (raters, assumed.items)
    common = (
        assumed.mean
        + generator.normal(0, assumed.sd_item, (1, assumed.items))
        + generator.normal(0, assumed.sd_rater, (raters, 1))
    )
    scores = []
    for shift in (assumed.difference, 0.0):
        own = generator.normal(0, assumed.sd_taste, (raters, 1))
        score = common - shift + own + generator.normal(0, assumed.sd_residual, shape)
        scores.append(np.clip(np.rint(score), 0, 100) if assumed.bounded else score)
    return scores[0], scores[1]


def _finds(
    assumed: Assumptions, raters: int, test: Test, level: float, seed: int
) -> Iterator[bool]:
    """Whether each of endlessly many made-up tests finds a difference."""
    level = level / assumed.pairs
    reject = {"permutation": _permutation, "wilcoxon": _wilcoxon, "t": _student}[test]
    for i in itertools.count():
        yield reject(*simulate(assumed, raters, np.random.default_rng((seed, i))), level)


def _reaches(finds: Iterator[bool], wanted: float, simulations: int) -> bool:
    """Whether the power is as wanted; what is far from it is known after a few simulations."""
    found = 0
    for done in range(1, simulations + 1):
        found += next(finds)
        far = 3 * math.sqrt(wanted * (1 - wanted) / done)
        if done >= _FEW and abs(found / done - wanted) > far:
            break
    return found / done >= wanted


def _permutation(a: Scores, b: Scores, level: float) -> bool:
    rounds = max(_ROUNDS, math.ceil(10 / level) - 1)
    return permutation_test(a.ravel(), b.ravel(), rounds=rounds).p <= level


def _wilcoxon(a: Scores, b: Scores, level: float) -> bool:
    try:
        return signed_ranks((a - b).mean(axis=1)).p <= level
    except Uncomputable:
        return False  # raters who do not differ have found nothing


def _student(a: Scores, b: Scores, level: float) -> bool:
    from scipy.special import stdtr

    differences = (a - b).mean(axis=1)
    error = differences.std(ddof=1) / math.sqrt(differences.size)
    if error == 0:
        return bool(differences.any())
    return bool(2 * stdtr(differences.size - 1, -abs(differences.mean() / error)) <= level)


def _fewest(enough: Callable[[int], bool], guess: int) -> int | None:
    """The least number of raters that is enough, None for more than `MOST_RATERS`."""
    low, high = _LEAST_RATERS - 1, guess
    while not enough(high):
        if high == MOST_RATERS:
            return None
        low, high = high, min(math.ceil(1.5 * high), MOST_RATERS)
    while high == guess and low < (near := int(high / 1.5)):
        low, high, guess = (low, near, near) if enough(near) else (near, high, guess)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _require(assumed: Assumptions, wanted: float) -> None:
    if assumed.difference <= 0 or assumed.items < 1:
        raise UsageError("power: the difference is above 0 points, and there is one item at least")
    spread = (assumed.sd_item, assumed.sd_rater, assumed.sd_taste, assumed.sd_residual)
    if min(spread) < 0 or not any(spread):
        raise UsageError("power: standard deviations are 0 or more, and not all 0")
    if not 0 < wanted < 1:
        raise UsageError(f"power: {wanted:g} is not between 0 and 1")
