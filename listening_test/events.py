"""What raters did: plays, switches, loops … as the page tells them, each kept once."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import Connection, func, select

from codecbench.listening_test.assignment import Page
from codecbench.listening_test.raters import Rater, known_rater, seen
from codecbench.listening_test.refusal import Refusal, bad_request, other_page
from codecbench.listening_test.schema import EVENTS
from codecbench.listening_test.served import Served

OPEN_SLOT = -1
"""The slot that stands for the open reference."""

HEARING = ("play", "switch")
"""Kinds of events that say that a slot was heard."""

MOST_AT_ONCE = 200
MOST_ON_A_PAGE = 20_000
MOST_DETAIL = 2000
"""Characters of an event's detail, as JSON."""

_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_KIND = re.compile(r"[a-z_]{1,32}")


def add_events(served: Served, token: str, message: dict[str, Any]) -> int:
    """Store `{page, events}` of the current page or one before; how many of them are new.

    Raises `Refusal`: 404 for no such rater, 409 for a page that is still to come, 400 for an event
    out of form, 413 for too many.
    """
    number, events = message.get("page"), message.get("events")
    if type(number) is not int or number < 0:
        raise bad_request("page must be an integer from 0")
    if not isinstance(events, list) or len(events) > MOST_AT_ONCE:
        raise bad_request(f"events must be a list of at most {MOST_AT_ONCE}")
    with served.database.writing() as connection:
        rater = known_rater(connection, token, lock=True)
        if number > rater.page:
            raise other_page(rater.page)
        page = served.pages(rater)[number]
        rows = {row["event_id"]: row for row in (_row(event, page) for event in events)}
        if not rows:
            return 0
        mine = (EVENTS.c.rater_id == rater.id) & (EVENTS.c.page == number)
        kept = connection.execute(select(func.count()).where(mine)).scalar_one()
        if kept + len(rows) > MOST_ON_A_PAGE:
            raise Refusal(413, "failed", "this page has too many events")
        place = {"rater_id": rater.id, "page": number}
        statement = served.database.upsert(EVENTS).values([place | row for row in rows.values()])
        added = connection.execute(statement.on_conflict_do_nothing()).rowcount
        seen(connection, rater)
        return int(added)


def heard_slots(connection: Connection, rater: Rater) -> set[int]:
    """The slots of the rater's current page that were heard; -1 is the open reference."""
    statement = select(EVENTS.c.slot).where(
        EVENTS.c.rater_id == rater.id,
        EVENTS.c.page == rater.page,
        EVENTS.c.kind.in_(HEARING),
        EVENTS.c.slot.is_not(None),
    )
    return set(connection.execute(statement.distinct()).scalars())


def _row(event: Any, page: Page) -> dict[str, Any]:
    if not isinstance(event, dict):
        raise bad_request("an event must be an object")
    event_id, kind, slot = event.get("id"), event.get("kind"), event.get("slot")
    if not isinstance(event_id, str) or not _ID.fullmatch(event_id):
        raise bad_request("an event's id must have 1 to 64 letters, digits and . _ : -")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise bad_request("an event's kind must have 1 to 32 lower-case letters and _")
    detail = event.get("detail")
    if detail is not None and len(json.dumps(detail)) > MOST_DETAIL:
        raise bad_request(f"an event's detail must have at most {MOST_DETAIL} characters")
    at_s = _number(event.get("at_s"), "at_s")
    position = event.get("position_s")
    return {
        "event_id": event_id,
        "kind": kind,
        "slot": slot,
        "condition": _condition(slot, page),
        "position_s": None if position is None else _number(position, "position_s"),
        "at_s": at_s,
        "detail": detail,
    }


def _condition(slot: Any, page: Page) -> str | None:
    if slot is None:
        return None
    if type(slot) is not int or not OPEN_SLOT <= slot < len(page.slots):
        raise bad_request("this page has no such slot")
    return "reference" if slot == OPEN_SLOT else page.slots[slot]


def _number(value: Any, name: str) -> float:
    if type(value) not in (int, float) or not 0 <= value < 1e9:
        raise bad_request(f"an event's {name} must be a number of seconds from 0")
    return float(value)
