"""Raters whose behaviour is known, to try the whole way from trials to results.

A good rater hears each condition's quality, with an offset of their own, a taste of their own for
each condition, an effect of the item, and noise; gives the hidden reference 90 to 100; and keeps
within 0 to 100. Every score is a function of the seed, the rater, the item, the condition and the
presentation, so raters may be asked in any order, over HTTP too.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from codecbench.listening_test.records import RATING_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.listening_test.test_file import ListeningTest


@dataclass(frozen=True)
class SimulatedRater:
    """How one rater behaves.

    behaviour: "good"; "careless" draws every score from 0 to 100; "reversed" turns the scale round.
    low_references: on how many items a good rater gives the hidden reference 89; high_anchors: the
    mid anchor 91. The first of the items in the order of their ids.
    """

    name: str
    behaviour: Literal["good", "careless", "reversed"] = "good"
    low_references: int = 0
    high_anchors: int = 0


@dataclass(frozen=True)
class Population:
    """What is put in: points on the scale.

    quality: each condition's mean over all raters and items. Standard deviations: offset_sd between
    raters, taste_sd of a rater for a condition, noise_sd of a single score; item_spread: half the
    distance between the easiest and the hardest item, which sum to 0.
    """

    quality: Mapping[str, float]
    offset_sd: float = 5.0
    taste_sd: float = 4.0
    noise_sd: float = 6.0
    item_spread: float = 6.0
    seed: int = 0


def simulated_score(
    rater: SimulatedRater,
    population: Population,
    items: Sequence[str],
    item: str,
    condition: str,
    kind: str,
    presentation: int = 0,
) -> int:
    """Give the score, 0 to 100. items: those that count, which fixes each one's effect.

    An item that is not among them, for training, is rated as the best of them, without oddities.
    """
    place = sorted(items).index(item) if item in items else len(items) - 1
    trial = (rater.name, item, condition, presentation)
    if rater.behaviour == "careless":
        return _draws(population, *trial).randint(0, 100)
    if kind == "hidden_reference":
        score = 89.0 if item in items and place < rater.low_references else 0.0
        score = score or float(_draws(population, *trial).randint(90, 100))
    elif kind == "mid_anchor" and item in items and place < rater.high_anchors:
        score = 91.0
    else:
        offset, taste, noise = (
            _draws(population, *of).gauss(0, 1)
            for of in ((rater.name,), (rater.name, condition), trial)
        )
        of_item = population.item_spread * (2 * place / max(len(items) - 1, 1) - 1)
        score = population.quality[condition] + of_item * (len(items) > 1)
        score += population.offset_sd * offset + population.taste_sd * taste
        score += population.noise_sd * noise
        if kind == "mid_anchor":
            # Their own rule keeps good raters from being left out by chance.
            score = min(score, 90)
    score = 100 - score if rater.behaviour == "reversed" else score
    return min(max(round(score), 0), 100)


def simulated_ratings(
    test: ListeningTest, raters: Sequence[SimulatedRater], population: Population
) -> pd.DataFrame:
    """Let every rater rate every item once; the frame that `records.load_ratings` gives."""
    import pandas as pd

    ids = [item.id for item in test.items]
    rows = []
    for rater in raters:
        draws = _draws(population, rater.name, "order")
        for page, item in enumerate(draws.sample(test.items, len(test.items))):
            for slot, condition in enumerate(draws.sample(test.conditions, len(test.conditions))):
                score = simulated_score(
                    rater, population, ids, item.id, condition.name, condition.kind
                )
                of_item = (rater.name, item.id, item.category, condition.name, condition.kind)
                rows.append((*of_item, score, 0, False, True, page, slot, ""))
    return pd.DataFrame(rows, columns=RATING_COLUMNS)


def _draws(population: Population, *of: object) -> random.Random:
    """A source of chance for one thing, the same on every machine."""
    return random.Random("\0".join(map(str, (population.seed, *of))))
