"""From page to page: forwards, when complete, once however often sent, also after a restart."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_test import write_small_test
from sqlalchemy import select
from walking import Walker, new_invite, quietest, small_app

from codecbench.listening_test.app import create_app
from codecbench.listening_test.schema import TRIALS
from codecbench.listening_test.served import open_served
from codecbench.listening_test.test_file import Pages


@pytest.fixture
def walker(tmp_path: Path) -> Iterator[Walker]:
    """A rater on the training page of a MUSHRA test."""
    with small_app(tmp_path, items=2, duration_s=0.01) as (served, app):
        walker = Walker.begin(app, served)
        walker.walk_to("trial", training=True)
        yield walker


def test_a_page_is_not_sent_before_all_is_heard_and_rated(walker: Walker) -> None:
    slots = range(5)
    missing = walker.next().get_json()["missing"]
    assert missing == [{"needs": "heard", "slot": slot} for slot in (-1, *slots)] + [
        {"needs": "rated", "slot": slot} for slot in slots
    ]
    walker.hear(*slots)
    for slot in slots[:4]:
        walker.rate(slot, 10)
    answer = walker.next()
    assert answer.status_code == 422
    assert answer.get_json()["missing"] == [
        {"needs": "heard", "slot": -1},
        {"needs": "rated", "slot": 4},
    ]
    walker.hear(-1)
    walker.rate(4, 10)
    assert walker.next().status_code == 200


def test_sending_a_page_again_changes_nothing(walker: Walker) -> None:
    number = walker.rater.page
    walker.pass_page()
    for _ in range(2):
        answer = walker.post("next", page=number)
        assert (answer.status_code, answer.get_json()) == (200, {"page": number + 1})
    assert walker.post("next", page=number + 2).status_code == 409
    with walker.served.database.reading() as connection:
        rows = connection.execute(select(TRIALS).order_by(TRIALS.c.page)).all()
    assert [row.completed is not None for row in rows] == [True, False]
    assert [row.training for row in rows] == [True, False]


def test_the_end_is_the_end(walker: Walker) -> None:
    walker.finish()
    number = walker.rater.page
    assert walker.next().get_json() == {"page": number}
    page = walker.page()
    assert page["completion_code"] == "DONE-42"
    assert not page["screened_out"]
    assert walker.rater.finished is not None


def test_two_tabs_that_send_at_once_go_one_page(walker: Walker) -> None:
    page = walker.page()
    walker.hear(-1, *range(5))
    for slot in range(5):
        walker.rate(slot, 30)
    answers: list[Any] = []

    def send() -> None:
        client = walker.client.application.test_client()
        tab = Walker(client, walker.served, walker.token, walker.headers)
        answers.append(tab.post("next", page=page["page"]).get_json())

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{"page": page["page"] + 1}] * 4


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):
        walker = Walker.begin(app, served)
        walker.walk_to("trial", training=True)
        walker.rate(2, 61)
        before = walker.page()
    with open_served(tmp_path) as served:
        again = Walker(create_app(served).test_client(), served, walker.token, walker.headers)
        assert again.page() == before
        again.finish()


def test_the_same_invite_leads_back(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):
        invite = new_invite(served)
        first = Walker.begin(app, served, invite)
        first.walk_to("level")
        again = Walker.begin(app, served, invite)
        assert again.token == first.token
        assert again.page()["kind"] == "level"


def test_consent_and_required_answers_are_asked_for(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):
        walker = Walker.begin(app, served)
        assert walker.next().get_json()["missing"] == [{"needs": "agreement"}]
        assert walker.next(agreed=True).status_code == 200
        answer = walker.next(age="34")
        assert answer.get_json()["missing"] == [{"needs": "answer", "question": "device"}]
        for wrong in (
            {"device": "a tin can"},
            {"device": "headphones", "age": "old"},
            {"device": "headphones", "age": "nan"},
            {"device": "headphones", "experienced": "maybe"},
            {"device": "headphones", "remarks": "x" * 3000},
            {"device": "headphones", "remarks": "\0"},
            {"device": "headphones", "remarks": "\ud800"},
            {"device": "headphones", "nobody_asked": "x"},
        ):
            assert walker.next(**wrong).status_code == 400, wrong
        assert walker.next(device="headphones", experienced=True).status_code == 200


def test_the_headphone_check_as_a_gate(tmp_path: Path) -> None:
    pages = Pages(headphone_check="gate", level_setting=False, completion_code="C")
    with small_app(tmp_path, duration_s=0.01, pages=pages) as (served, app):
        passing, failing = Walker.begin(app, served), Walker.begin(app, served)
        page = passing.walk_to("headphones")
        wrong = [(answer + 1) % 3 for answer in quietest(page)]
        for _ in range(2):  # sent again by a bad network, it is one attempt
            answer = passing.next(attempt=1, trials=wrong)
            assert answer.status_code == 422
            assert answer.get_json()["missing"] == [{"needs": "headphones"}]
        again = passing.page()
        assert again["attempt"] == 2
        assert again["trials"] != page["trials"]
        right = quietest(again)
        assert passing.next(attempt=2, trials=[(right[0] + 1) % 3, *right[1:]]).status_code == 200
        assert passing.page()["kind"] == "trial"

        failing.walk_to("headphones")
        for attempt in (1, 2):
            wrong = [(answer + 1) % 3 for answer in quietest(failing.page())]
            last = failing.next(attempt=attempt, trials=wrong)
        assert last.status_code == 200
        end = failing.page()
        assert (end["kind"], end["screened_out"], end["completion_code"]) == ("thanks", True, "")
        assert failing.rater.finished is None


def test_the_headphone_check_that_only_records(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):
        walker = Walker.begin(app, served)
        page = walker.walk_to("headphones")
        assert walker.next(attempt=1, trials=[0, 1]).status_code == 400
        wrong = [(answer + 1) % 3 for answer in quietest(page)]
        assert walker.next(attempt=1, trials=wrong).status_code == 200
        assert walker.page()["kind"] == "trial"


def test_items_are_shared_out_evenly(tmp_path: Path) -> None:
    test = write_small_test(tmp_path, items=4, duration_s=0.01, items_per_rater=2)
    with open_served(tmp_path) as served:
        app = create_app(served)
        drawn = [Walker.begin(app, served).rater.items for _ in range(6)]
    counts = [sum(item.id in items for items in drawn) for item in test.items]
    assert counts == [3, 3, 3, 3]
