"""What is chosen and what is refused before any sound is made."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from made_source import MadeSource, clip, clips

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.choice import choose_clips, draw, parse_wish
from codecbench.listening_test.design import (
    LOW_ANCHOR,
    MID_ANCHOR,
    REFERENCE,
    RESERVED,
    Wanted,
    lay_design,
)
from codecbench.reports.tables.mushra import PLACES, named


def test_the_choice_is_even_over_categories_and_seeded() -> None:
    there = [clip(f"speech/{i}") for i in range(20)] + [clip(f"music/{i}") for i in range(4)]
    there += [clip("noise/0"), clip("noise/1")]
    chosen = draw(there, 8, seed=3)
    assert Counter(c.category for c in chosen) == {"speech": 3, "music": 3, "noise": 2}
    assert chosen == draw(reversed(there), 8, seed=3)
    assert len({tuple(c.name for c in draw(there, 8, seed)) for seed in range(10)}) > 5
    # In the long run each clip of a category is taken as often as the others.
    often = Counter(c.name for seed in range(400) for c in draw(there, 3, seed))
    expected = 400 / 20
    assert all(abs(often[f"speech/{i}"] - expected) < 5 * expected**0.5 for i in range(20))


def test_groups_are_spread_too() -> None:
    there = [clip(f"speech/{i}", group=f"speaker{i // 5}") for i in range(20)]
    assert len({c.group for c in draw(there, 4, seed=0)}) == 4


def test_training_is_apart_from_the_items() -> None:
    items, training = choose_clips(clips(9), {}, 6, 2, seed=1)
    assert len(items) == 6
    assert len(training) == 2
    assert not set(items) & set(training)
    items, training = choose_clips(clips(9), {}, ("music/01", "speech/00"), ("speech/03",), 1)
    assert [c.name for c in (*items, *training)] == ["music/01", "speech/00", "speech/03"]


@pytest.mark.parametrize(
    ("items", "training", "message"),
    [
        (("speech/0",), 1, 'there is no clip "speech/0"'),
        (("odd",), 1, "odd cannot be used: too odd"),
        (("speech/00",), ("speech/00",), "cannot be an item and training too"),
        (9, 1, "10 clips are wanted for items and training, and there are 9 .*odd: too odd"),
    ],
)
def test_clips_that_cannot_be_had(items: Any, training: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose_clips(clips(9), {"odd": "too odd"}, items, training, 0)


def test_wishes() -> None:
    assert parse_wish(" 8 ", "--clips") == 8
    assert parse_wish("a/b, c", "--clips") == ("a/b", "c")
    for text in ("-1", " , "):
        with pytest.raises(UsageError, match="--clips"):
            parse_wish(text, "--clips")


def test_a_mushra_design() -> None:
    design = lay_design(MadeSource(clips(12)), Wanted())
    kinds = [condition.kind for condition in design.conditions]
    assert kinds == ["codec", "codec", "hidden_reference", "low_anchor", "mid_anchor"]
    assert (len(design.items), len(design.training), design.rate_hz) == (5, 1, 48000)
    assert design.departures == ()
    many = {f"c{i}": lambda x: x for i in range(6)}
    assert len(lay_design(MadeSource(clips(12), many), Wanted()).items) == 9  # 1.5 times 6


def test_other_kinds() -> None:
    def names(kind: Any, count: int, **more: Any) -> list[str]:
        processes = {f"c{i}": lambda x: x for i in range(count)}
        wanted = Wanted(kind=kind, clips=2, training=0, **more)
        return [c.name for c in lay_design(MadeSource(clips(3), processes), wanted).conditions]

    assert names("ab", 2) == ["c0", "c1"]
    assert names("ab", 2, reference=True) == ["c0", "c1", "reference"]
    assert names("abx", 1) == ["c0", "reference"]
    assert names("acr", 2) == ["c0", "c1", "reference"]


def test_rates() -> None:
    def rate(*rates: int, **more: Any) -> int:
        there = [clip(str(i), sample_rate_hz=hz) for i, hz in enumerate((*rates, rates[-1]))]
        wanted = Wanted(clips=len(rates), depart="few", **more)
        return lay_design(MadeSource(there), wanted).rate_hz

    assert rate(44100, 44100) == 44100
    assert rate(44100, 16000) == 48000
    assert rate(192_000) == 48000
    assert rate(44100, rate_hz=96000) == 96000


SOUND = Wanted(clips=6, training=1)


@pytest.mark.parametrize(
    ("wanted", "there", "systems", "message"),
    [
        (SOUND, clips(12), 10, "13 signals in a trial"),
        (replace(SOUND, length_s=15), clips(12), 2, "excerpts of up to 15 s"),
        (replace(SOUND, clips=4), clips(12), 2, "4 items for 2 systems, where 5 are needed"),
        (replace(SOUND, clips=6), clips(12), 5, "6 items for 5 systems, where 7 are needed"),
        (replace(SOUND, training=0), clips(12), 2, "no training"),
        (replace(SOUND, items_per_rater=4), clips(12), 2, "4 items for each rater"),
        (SOUND, clips(7, duration_s=1.5), 2, "lasts 1.50 s, under 2 s"),
        (SOUND, clips(7, sample_rate_hz=8000), 2, "its 7 kHz anchor is the clip itself"),
    ],
)
def test_departures_need_a_reason(wanted: Wanted, there: Any, systems: int, message: str) -> None:
    source = MadeSource(there, {f"c{i}": lambda x: x for i in range(systems)})
    with pytest.raises(ListeningTestError, match=f"{message}.*--depart REASON"):
        lay_design(source, wanted)
    design = lay_design(source, replace(wanted, depart="a pilot"))
    assert design.departures
    assert all(sentence.endswith(": a pilot") for sentence in design.departures)
    assert any(message in sentence for sentence in design.departures)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"items_per_rater": 7}, "the test has 6 items"),
        ({"replicated_items": 7}, "each rater hears 6"),
        ({"clips": 0}, "at least one item"),
        ({"length_s": 0.0}, "more than 0 s"),
    ],
)
def test_what_cannot_be_meant(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        lay_design(MadeSource(clips(12)), replace(SOUND, **changes))


@pytest.mark.parametrize("name", ["anchor35", "Reference", "hidden reference", "7 kHz anchor", " "])
def test_conditions_are_not_called_as_those_of_every_test(name: str) -> None:
    assert {REFERENCE, LOW_ANCHOR, MID_ANCHOR} < RESERVED
    assert {named("", kind).casefold() for kind in PLACES} - {""} < RESERVED
    with pytest.raises(UsageError, match=f'"{name}" is a condition of every test'):
        lay_design(MadeSource(clips(12), {name: lambda x: x}), SOUND)


def test_published_needs_licences() -> None:
    there = (*clips(6), clip("speech/bare", licence=""))
    with pytest.raises(ListeningTestError, match="under which licence speech/bare may"):
        lay_design(MadeSource(there), replace(SOUND, published=True))
