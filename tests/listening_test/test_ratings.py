"""Ratings: one write each, however often it comes; kept as given; the state survives everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from walking import Walker, small_app

from codecbench.listening_test.assignment import abx_answer
from codecbench.listening_test.schema import EVENTS, RATINGS


@pytest.fixture
def walker(tmp_path: Path) -> Iterator[Walker]:
    """A rater on the training page of a MUSHRA test."""
    with small_app(tmp_path, items=2, duration_s=0.01) as (served, app):
        walker = Walker.begin(app, served)
        walker.walk_to("trial", training=True)
        yield walker


def stored(walker: Walker, page: int | None = None) -> dict[int, tuple[str, int, int]]:
    """By slot, condition, score and revision in the database."""
    number = walker.rater.page if page is None else page
    with walker.served.database.reading() as connection:
        rows = connection.execute(select(RATINGS).where(RATINGS.c.page == number)).all()
    return {row.slot: (row.condition, row.score, row.revision) for row in rows}


def test_a_rating_is_stored_with_its_condition(walker: Walker) -> None:
    answer = walker.rate(3, 77)
    assert (answer.status_code, answer.get_json()) == (200, {"slot": 3, "score": 77, "revision": 1})
    assert stored(walker) == {3: (walker.secret_page.slots[3], 77, 1)}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ([(40, 1), (40, 1)], (40, 1)),
        ([(40, 1), (60, 2)], (60, 2)),
        ([(60, 2), (40, 1)], (60, 2)),
        ([(40, 1), (60, 1)], (40, 1)),
        ([(0, 0), (100, 7), (50, 3)], (100, 7)),
    ],
)
def test_the_latest_revision_wins_in_any_order(
    walker: Walker, sent: list[tuple[int, int]], kept: tuple[int, int]
) -> None:
    for score, revision in sent:
        answer = walker.rate(0, score, revision)
    assert answer.get_json() == {"slot": 0, "score": kept[0], "revision": kept[1]}
    assert stored(walker)[0][1:] == kept


def test_values_that_are_none(walker: Walker) -> None:
    for score in (True, False, 50.0, 50.5, "50", None, -1, 101, [50], 10**400):
        assert walker.rate(0, score).status_code == 400, score
    for slot in (-1, 5, True, "0", None, 10**400):
        assert walker.rate(slot, 50).status_code == 400, slot  # type: ignore[arg-type]
    for revision in (-1, 2**31, True, 1.0, None):
        assert walker.rate(0, 50, revision).status_code == 400, revision  # type: ignore[arg-type]
    assert stored(walker) == {}


def test_another_page_than_the_current_one(walker: Walker) -> None:
    number = walker.rater.page
    for wrong in (number - 1, number + 1, -1):
        answer = walker.rate(0, 50, page=wrong)
        assert answer.status_code == 409
        assert answer.get_json()["page"] == number
    walker.pass_page()
    assert walker.rate(0, 99, 9, page=number).status_code == 409  # sent pages stay as they are
    assert stored(walker, number)[0][1] == 50


def test_pages_without_a_trial_have_nothing_to_rate(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):
        assert Walker.begin(app, served).rate(0, 50).status_code == 400


def test_events_are_kept_once_and_say_what_was_heard(walker: Walker) -> None:
    number = walker.rater.page
    events: list[dict[str, Any]] = [
        {"id": "a", "kind": "switch", "slot": 1, "position_s": 0.25, "at_s": 3.5},
        {"id": "b", "kind": "loop", "slot": None, "at_s": 4, "detail": {"from_s": 0.5}},
        {"id": "c", "kind": "play", "slot": -1, "position_s": 0, "at_s": 5},
    ]
    assert walker.post("events", page=number, events=events).get_json() == {"kept": 3}
    late = [*events[1:], events[0] | {"id": "d", "slot": 2, "kind": "stop"}]
    assert walker.post("events", page=number, events=late).get_json() == {"kept": 1}
    page = walker.page()
    assert [slot["heard"] for slot in page["slots"]] == [False, True, False, False, False]
    assert page["reference_heard"]
    with walker.served.database.reading() as connection:
        rows = connection.execute(select(EVENTS).where(EVENTS.c.page == number)).all()
    found = {row.event_id: row for row in rows}
    assert found["a"].condition == walker.secret_page.slots[1]
    assert found["c"].condition == "reference"
    assert (found["b"].condition, found["b"].detail) == (None, {"from_s": 0.5})


def test_events_out_of_form(walker: Walker) -> None:
    wrong: list[dict[str, Any]] = [
        {"id": ""},
        {"id": "x" * 65},
        {"kind": "Play!"},
        {"slot": 5},
        {"slot": True},
        {"at_s": -1},
        {"at_s": 10**400},
        {"at_s": True},
        {"position_s": "0"},
        {"detail": "x" * 3000},
    ]
    number = walker.rater.page
    for change in wrong:
        event = {"id": "a", "kind": "play", "slot": 0, "position_s": 0, "at_s": 0} | change
        assert walker.post("events", page=number, events=[event]).status_code == 400, change
    assert walker.post("events", page=number, events={}).status_code == 400
    assert walker.post("events", page=number + 1, events=[]).status_code == 409
    with walker.served.database.reading() as connection:
        assert connection.execute(select(EVENTS).where(EVENTS.c.page == number)).first() is None


def test_ab_one_is_preferred_and_the_other_not(tmp_path: Path) -> None:
    with small_app(tmp_path, kind="ab", duration_s=0.01) as (served, app):
        walker = Walker.begin(app, served)
        walker.walk_to("trial")
        walker.rate(0, 1, 1)
        assert [slot["score"] for slot in walker.page()["slots"]] == [1, 0]
        walker.rate(1, 1, 2)
        assert [slot["score"] for slot in walker.page()["slots"]] == [0, 1]
        assert {slot: row[1] for slot, row in stored(walker).items()} == {0: 0, 1: 1}
        assert walker.rate(0, 2, 3).status_code == 400


def test_abx_stores_right_or_wrong_and_tells_neither(tmp_path: Path) -> None:
    with small_app(tmp_path, kind="abx", items=4, duration_s=0.01) as (served, app):
        walker = Walker.begin(app, served)
        walker.walk_to("trial")
        answer = abx_answer(walker.secret_page)
        for revision, choice in ((1, answer), (2, 1 - answer)):
            sent = walker.rate(2, choice, revision)
            assert sent.get_json() == {"slot": 2, "score": choice, "revision": revision}
            assert walker.page()["slots"][2]["score"] == choice
            condition, right, _ = stored(walker)[2]
            assert (condition, right) == (walker.secret_page.slots[2], int(choice == answer))
        assert walker.rate(0, 1, 3).status_code == 400
        sounds = [slot["audio"] for slot in walker.page()["slots"]]
        for field in ("url", "key", "sha256"):
            assert len({sound[field] for sound in sounds}) == 3
