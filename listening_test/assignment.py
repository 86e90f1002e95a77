"""What each rater gets, in which order: pure functions of the design, a seed and the items drawn.

Orders are those of SHA-256 over seed, purpose and name: uniformly random, the same on every
machine and in every version of Python, so that a rater's pages can be told again from the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal, TypeVar

from codecbench.listening_test.test_file import Item, ListeningTest

PageKind = Literal[
    "consent", "questionnaire", "instructions", "level", "headphones", "trial", "thanks"
]

Value = TypeVar("Value")

MOST_ATTEMPTS = 100
"""At an order without twins side by side; with a single item there is none."""


@dataclass(frozen=True)
class Page:
    """One page of a rater's.

    The other fields are a trial's: presentation 1 is the second time of a replicated item; slots
    are conditions in the order in which they stand, in ABX those of A, B and X; trial counts from
    1 to `trials` among the training or among the rest.
    """

    kind: PageKind
    training: bool = False
    item: str = ""
    presentation: int = 0
    slots: tuple[str, ...] = ()
    trial: int = 0
    trials: int = 0


def pages_of(test: ListeningTest, seed: int, items: Sequence[str]) -> tuple[Page, ...]:
    """All pages of the rater with this seed, who was given these items."""
    pages: list[Page] = [Page("consent")]
    if test.pages.questions:
        pages.append(Page("questionnaire"))
    pages.append(Page("instructions"))
    if test.pages.level_setting:
        pages.append(Page("level"))
    if test.pages.headphone_check != "off":
        pages.append(Page("headphones"))
    training = shuffled([item.id for item in test.training_items], seed, "training")
    pages += _numbered(_trials(test, seed, training, training=True))
    order = shuffled(items, seed, "items")
    first = _trials(test, seed, order, training=False)
    pages += _numbered(_with_replicas(test, seed, order, first))
    return (*pages, Page("thanks"))


def draw_items(test: ListeningTest, seed: int, ratings: Mapping[str, int]) -> tuple[str, ...]:
    """The items for a new rater: all, or those with the fewest ratings, ties drawn by the seed.

    ratings: by item, how often it was rated or is on its way to be.
    """
    names = [item.id for item in test.items]
    if test.items_per_rater is None or test.items_per_rater >= len(names):
        return tuple(names)
    drawn = shuffled(names, seed, "draw")
    drawn.sort(key=lambda name: ratings.get(name, 0))  # stable: ties stay as drawn
    chosen = set(drawn[: test.items_per_rater])
    return tuple(name for name in names if name in chosen)


def item_of(test: ListeningTest, page: Page) -> Item:
    """The item that a trial is about."""
    among = test.training_items if page.training else test.items
    return next(item for item in among if item.id == page.item)


def abx_answer(page: Page) -> int:
    """Which slot X repeats: 0 for A, 1 for B."""
    return page.slots[:2].index(page.slots[2])


def _trials(
    test: ListeningTest, seed: int, items: Iterable[str], training: bool, presentation: int = 0
) -> list[Page]:
    """The trials of these items: one each in MUSHRA, else mixed over items."""

    def page(item: str, slots: Iterable[str]) -> Page:
        return Page("trial", training, item, presentation, tuple(slots))

    conditions = [condition.name for condition in test.conditions]
    if test.kind == "mushra":
        return [
            page(item, shuffled(conditions, seed, f"slots|{training}|{item}|{presentation}"))
            for item in items
        ]
    singles = [(name,) for name in conditions]
    shown: list[tuple[str, ...]] = (
        list(singles) if test.kind == "acr" else list(combinations(conditions, 2))
    )
    mixed = shuffled(
        [(item, group) for item in items for group in shown],
        seed,
        f"trials|{training}|{presentation}",
    )
    pages = []
    for item, group in mixed:
        purpose = f"slots|{training}|{item}|{group}|{presentation}"
        slots = shuffled(group, seed, purpose)
        if test.kind == "abx":
            slots.append(shuffled(slots, seed, f"x|{purpose}")[0])
        pages.append(page(item, slots))
    return pages


def _with_replicas(
    test: ListeningTest, seed: int, order: Sequence[str], first: list[Page]
) -> list[Page]:
    """Put the second presentations in: anywhere after the first, not next to it where it can be."""
    for attempt in range(MOST_ATTEMPTS):
        mixed = list(first)
        again = shuffled(order, seed, f"replicas|{attempt}")[: test.replicated_items]
        for number, page in enumerate(_trials(test, seed, again, False, presentation=1)):
            twin = max(i for i, other in enumerate(mixed) if _is_twin(page, other))
            places = range(min(twin + 2, len(mixed)), len(mixed) + 1)
            mixed.insert(shuffled(places, seed, f"place|{attempt}|{number}")[0], page)
        if not any(_is_twin(page, other) for page, other in pairwise(mixed)):
            break
    return mixed


def _is_twin(page: Page, other: Page) -> bool:
    return page.item == other.item and set(page.slots) == set(other.slots)


def _numbered(pages: Sequence[Page]) -> list[Page]:
    return [
        Page("trial", p.training, p.item, p.presentation, p.slots, number, len(pages))
        for number, p in enumerate(pages, 1)
    ]


def shuffled(values: Iterable[Value], seed: int, purpose: str) -> list[Value]:
    """The values in an order that seed and purpose give; any order is as likely as another."""

    def key(value: Value) -> bytes:
        return hashlib.sha256(f"{seed}|{purpose}|{value}".encode()).digest()

    return sorted(values, key=key)
