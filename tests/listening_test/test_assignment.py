"""Pages from a seed: the same for the same seed, each order as likely, counts balanced."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from scipy import stats
from small_test import write_small_test

from codecbench.listening_test.assignment import abx_answer, draw_items, pages_of, shuffled
from codecbench.listening_test.test_file import Kind, ListeningTest, Pages


@pytest.fixture(scope="module")
def mushra(tmp_path_factory: pytest.TempPathFactory) -> ListeningTest:
    return write_small_test(tmp_path_factory.mktemp("test"), items=6, training=2, duration_s=0.01)


def ids(test: ListeningTest) -> list[str]:
    return [item.id for item in test.items]


def test_every_order_is_as_likely_as_another() -> None:
    counts = Counter(tuple(shuffled("abcd", seed, "x")) for seed in range(24 * 100))
    assert set(counts) == set(permutations("abcd"))
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3


def test_orders_are_those_of_all_times() -> None:

    expected = sorted("abc", key=lambda v: hashlib.sha256(f"7|x|{v}".encode()).hexdigest())
    assert shuffled("abc", 7, "x") == expected


def test_the_pages_in_their_order(mushra: ListeningTest) -> None:
    pages = pages_of(mushra, 1, ids(mushra))
    assert [page.kind for page in pages[:5]] == [
        "consent",
        "questionnaire",
        "instructions",
        "level",
        "headphones",
    ]
    trials = [page for page in pages if page.kind == "trial"]
    assert [page.training for page in trials] == [True] * 2 + [False] * 6
    assert [page.trial for page in trials] == [1, 2, 1, 2, 3, 4, 5, 6]
    assert {page.trials for page in trials[2:]} == {6}
    assert pages[-1].kind == "thanks"
    assert pages == pages_of(mushra, 1, ids(mushra)) != pages_of(mushra, 2, ids(mushra))


def test_pages_that_are_switched_off(mushra: ListeningTest) -> None:
    bare = replace(mushra, pages=Pages(level_setting=False, headphone_check="off"))
    kinds = [page.kind for page in pages_of(bare, 1, ids(mushra))]
    assert kinds == ["consent", "instructions", *["trial"] * 8, "thanks"]


def test_each_mushra_trial_has_all_conditions_once(mushra: ListeningTest) -> None:
    names = sorted(condition.name for condition in mushra.conditions)
    trials = [page for page in pages_of(mushra, 3, ids(mushra)) if page.kind == "trial"]
    assert all(sorted(page.slots) == names for page in trials)
    assert len({page.slots for page in trials}) > 1


def test_conditions_stand_in_each_slot_equally_often(mushra: ListeningTest) -> None:
    first = Counter(
        page.slots[0]
        for seed in range(200)
        for page in pages_of(mushra, seed, ids(mushra))
        if page.kind == "trial"
    )
    assert stats.chisquare(list(first.values())).pvalue > 1e-3
    assert len(first) == 5


@pytest.mark.parametrize("count", [1, 2, 6])
def test_replicas_come_later_and_not_at_once(mushra: ListeningTest, count: int) -> None:
    test = replace(mushra, replicated_items=count)
    for seed in range(50):
        trials = [p for p in pages_of(test, seed, ids(test)) if p.kind == "trial"]
        trials = [page for page in trials if not page.training]
        assert len(trials) == 6 + count
        again = [i for i, page in enumerate(trials) if page.presentation == 1]
        assert len(again) == count
        for i in again:
            twin = next(j for j, page in enumerate(trials) if page.item == trials[i].item)
            assert trials[twin].presentation == 0
            assert i - twin > 1


@pytest.mark.parametrize("kind", ["ab", "abx", "acr"])
def test_other_kinds(tmp_path: Path, kind: Kind) -> None:
    test = write_small_test(tmp_path, kind, items=40, duration_s=0.01)
    trials = [p for p in pages_of(test, 5, ids(test)) if p.kind == "trial" and not p.training]
    names = {condition.name for condition in test.conditions}
    if kind == "acr":
        assert Counter(page.slots[0] for page in trials) == dict.fromkeys(names, 40)
        assert {len(page.slots) for page in trials} == {1}
    else:
        assert len(trials) == 40
        assert all(set(page.slots[:2]) == names for page in trials)
        assert 8 <= sum(page.slots[0] == min(names) for page in trials) <= 32
    if kind == "abx":
        assert all(page.slots[abx_answer(page)] == page.slots[2] for page in trials)
        assert 8 <= sum(abx_answer(page) for page in trials) <= 32


def test_items_with_the_fewest_ratings_come_first(mushra: ListeningTest) -> None:
    test = replace(mushra, items_per_rater=2)
    counts = dict.fromkeys(ids(test), 5) | {"item2": 0, "item5": 4}
    assert set(draw_items(test, 9, counts)) == {"item2", "item5"}


def test_balanced_assignment_stays_within_one(mushra: ListeningTest) -> None:
    test = replace(mushra, items_per_rater=4)
    counts: Counter[str] = Counter()
    for seed in range(31):
        drawn = draw_items(test, seed, counts)
        assert len(set(drawn)) == 4
        counts.update(drawn)
        assert max(counts[name] for name in ids(test)) - min(counts[n] for n in ids(test)) <= 1


def test_ties_are_drawn_by_the_seed(mushra: ListeningTest) -> None:
    test = replace(mushra, items_per_rater=1)
    first = Counter(draw_items(test, seed, {})[0] for seed in range(600))
    assert stats.chisquare([first[name] for name in ids(test)]).pvalue > 1e-3
