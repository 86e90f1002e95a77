"""Ratings: each is one write that may be repeated, and the latest revision is kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from codecbench.listening_test.assignment import Page, abx_answer
from codecbench.listening_test.clock import utc_now
from codecbench.listening_test.raters import Rater, known_rater, seen
from codecbench.listening_test.refusal import bad_request, other_page
from codecbench.listening_test.schema import RATINGS
from codecbench.listening_test.served import Served
from codecbench.listening_test.test_file import Kind

RANGES: dict[Kind, tuple[int, int]] = {
    "mushra": (0, 100),
    "acr": (1, 5),
    "ab": (0, 1),
    "abx": (0, 1),
}
"""Least and greatest score as a page sends it."""

X = 2
"""The slot in ABX that is rated: 0 says that X is A, 1 that X is B."""

MOST_REVISION = 2**31 - 1


def put_rating(served: Served, token: str, message: dict[str, Any]) -> dict[str, int]:
    """Store `{page, slot, score, revision}` of the rater's current page; what is stored then.

    A revision that is not newer than the stored one changes nothing. Raises `Refusal`: 404 for no
    such rater, 409 for another page than the current one, 400 for a value out of place.
    """
    number, slot, score, revision = _checked(message)
    with served.database.writing() as connection:
        rater = known_rater(connection, token, lock=True)
        if number != rater.page:
            raise other_page(rater.page)
        page = served.pages(rater)[rater.page]
        _check_place(served.test.kind, page, slot, score)
        for where, value in _stored_scores(served.test.kind, page, slot, score).items():
            _upsert(connection, served, rater, page, where, value, revision)
        seen(connection, rater)
        return ratings_of(connection, served.test.kind, rater, page)[slot]


def ratings_of(
    connection: Connection, kind: Kind, rater: Rater, page: Page
) -> dict[int, dict[str, int]]:
    """By slot, what is stored of the rater's current page: `{slot, score, revision}`."""
    statement = select(RATINGS.c.slot, RATINGS.c.score, RATINGS.c.revision).where(
        RATINGS.c.rater_id == rater.id, RATINGS.c.page == rater.page
    )
    return {
        slot: {
            "slot": slot,
            "score": _choice(page, score) if kind == "abx" else score,
            "revision": revision,
        }
        for slot, score, revision in connection.execute(statement)
    }


def slots_to_rate(kind: Kind, page: Page) -> tuple[int, ...]:
    """Which slots of a trial must have a rating before it is sent."""
    return (X,) if kind == "abx" else tuple(range(len(page.slots)))


def _checked(message: dict[str, Any]) -> tuple[int, int, int, int]:
    values = []
    for name in ("page", "slot", "score", "revision"):
        value = message.get(name)
        # type, not isinstance: true is an int for Python, and no score
        if type(value) is not int:
            raise bad_request(f"{name} must be an integer")
        values.append(value)
    page, slot, score, revision = values
    if not 0 <= revision <= MOST_REVISION:
        raise bad_request(f"revision must be from 0 to {MOST_REVISION}")
    return page, slot, score, revision


def _check_place(kind: Kind, page: Page, slot: int, score: int) -> None:
    if page.kind != "trial":
        raise bad_request("this page has nothing to rate")
    if slot not in slots_to_rate(kind, page):
        raise bad_request("this page has no such slot to rate")
    least, greatest = RANGES[kind]
    if not least <= score <= greatest:
        raise bad_request(f"score must be from {least} to {greatest}")


def _stored_scores(kind: Kind, page: Page, slot: int, score: int) -> dict[int, int]:
    """By slot. AB: preferring one is not preferring the other. ABX: 1 for right, 0 for wrong."""
    if kind == "ab":
        return {slot: score, 1 - slot: 1 - score}
    if kind == "abx":
        return {slot: int(score == abx_answer(page))}
    return {slot: score}


def _choice(page: Page, right: int) -> int:
    """What an ABX page sent: nobody is told whether it was right."""
    return abx_answer(page) if right else 1 - abx_answer(page)


def _upsert(
    connection: Connection,
    served: Served,
    rater: Rater,
    page: Page,
    slot: int,
    score: int,
    revision: int,
) -> None:
    keys = {"rater_id": rater.id, "page": rater.page, "slot": slot}
    values = {"condition": page.slots[slot], "score": score, "revision": revision}
    statement = served.database.upsert(RATINGS).values(**keys, **values, rated=utc_now())
    fresh = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(keys),
            set_={name: fresh[name] for name in (*values, "rated")},
            where=fresh.revision > RATINGS.c.revision,
        )
    )
