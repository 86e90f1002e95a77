"""What ITU-R BS.1534-3 asks of a MUSHRA test's design, as far as software can tell.

Each rule gives a sentence where a design departs from it. A test that departs is made only with a
reason, which its file keeps beside the sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codecbench.listening_test.sources import SourceClip
from codecbench.wording import counted

MOST_SIGNALS = 12
"""Rated in one trial, the hidden reference and both anchors included."""

LONGEST_S = 12.0
SHORTEST_S = 2.0
"""The Recommendation has about 10 s; what is shorter than this leaves nothing to compare in."""

LEAST_ITEMS = 5
ITEMS_PER_SYSTEM = 1.5

LEAST_RATE_HZ = 16_000
"""Below, the 7 kHz anchor is its reference."""


@dataclass(frozen=True)
class Design:
    """What the rules look at. systems: under test, without reference and anchors."""

    systems: int
    signals: int
    items: Sequence[SourceClip]
    training: Sequence[SourceClip]
    length_s: float
    items_per_rater: int | None = None


def least_items(systems: int) -> int:
    """How many items a test of some systems needs: about 1.5 times as many, 5 at least."""
    return max(LEAST_ITEMS, int(ITEMS_PER_SYSTEM * systems))


def departures(design: Design) -> tuple[str, ...]:
    """A sentence for each way in which a design leaves the Recommendation."""
    return tuple(_departures(design))


def _departures(design: Design) -> Iterator[str]:
    if design.signals > MOST_SIGNALS:
        yield (
            f"{design.signals} signals in a trial, the reference and both anchors among them, "
            f"where {MOST_SIGNALS} are the most"
        )
    if design.length_s > LONGEST_S:
        yield f"excerpts of up to {design.length_s:g} s, where {LONGEST_S:g} s are the most"
    needed = least_items(design.systems)
    if len(design.items) < needed:
        systems = counted(design.systems, "system")
        yield (
            f"{counted(len(design.items), 'item')} for {systems}, where {needed} "
            f"{'is' if needed == 1 else 'are'} needed"
        )
    if design.items_per_rater is not None and design.items_per_rater < LEAST_ITEMS:
        yield (
            f"{counted(design.items_per_rater, 'item')} for each rater, where {LEAST_ITEMS} "
            "are the least"
        )
    if not design.training:
        yield "no training, which is mandatory"
    for clip in (*design.items, *design.training):
        lasts_s = min(clip.duration_s, design.length_s)
        if lasts_s < SHORTEST_S:
            yield f"the excerpt of {clip.name} lasts {lasts_s:.2f} s, under {SHORTEST_S:g} s"
        if clip.sample_rate_hz < LEAST_RATE_HZ:
            yield (
                f"{clip.name} is sampled at {clip.sample_rate_hz} Hz, so that its 7 kHz anchor is "
                "the clip itself"
            )
