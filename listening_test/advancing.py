"""From one page to the next: forwards only, complete pages only, once however often it is sent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, update

from codecbench.listening_test.answers import Missing, headphone_attempts, store_answers
from codecbench.listening_test.assignment import Page
from codecbench.listening_test.clock import utc_now
from codecbench.listening_test.events import OPEN_SLOT, heard_slots
from codecbench.listening_test.headphones import LEAST_RIGHT
from codecbench.listening_test.raters import Rater, known_rater
from codecbench.listening_test.ratings import ratings_of, slots_to_rate
from codecbench.listening_test.refusal import Refusal, bad_request, other_page
from codecbench.listening_test.schema import RATERS, TRIALS
from codecbench.listening_test.served import Served


def advance(served: Served, token: str, message: dict[str, Any]) -> int:
    """Send page `{page, answers?}`: the rater's current page then.

    A page that was sent before changes nothing. Raises `Refusal`: 404 for no such rater, 409 for a
    page still to come, 422 with what is missing, 400 for answers that cannot be meant.
    """
    number = message.get("page")
    if type(number) is not int or number < 0:
        raise bad_request("page must be an integer from 0")
    with served.database.writing() as connection:
        rater = known_rater(connection, token, lock=True)
        if number > rater.page:
            raise other_page(rater.page)
        pages = served.pages(rater)
        if number < rater.page or rater.page == len(pages) - 1:
            return rater.page
        page = pages[rater.page]
        if page.kind == "trial":
            missing = missing_of_trial(served, connection, rater, page)
        else:
            missing = store_answers(served, connection, rater, message.get("answers"))
        if not missing:
            return _move(served, connection, rater, pages)
    # Raised after the transaction: an attempt at the headphone check that failed is kept.
    raise Refusal(422, "missing", "this page is not complete", missing=missing)


def missing_of_trial(served: Served, connection: Connection, rater: Rater, page: Page) -> Missing:
    """What a trial lacks before it can be sent: sounds not heard, slots without a rating."""
    kind = served.test.kind
    to_hear = list(range(len(page.slots)))
    if kind == "mushra":
        to_hear.insert(0, OPEN_SLOT)
    heard = heard_slots(connection, rater)
    rated = ratings_of(connection, kind, rater, page)
    missing: Missing = [{"needs": "heard", "slot": slot} for slot in to_hear if slot not in heard]
    for slot in slots_to_rate(kind, page):
        if slot not in rated:
            missing.append({"needs": "rated", "slot": slot})
    return missing


def _move(served: Served, connection: Connection, rater: Rater, pages: tuple[Page, ...]) -> int:
    now = utc_now()
    page = pages[rater.page]
    if page.kind == "trial":
        mine = (TRIALS.c.rater_id == rater.id) & (TRIALS.c.page == rater.page)
        connection.execute(update(TRIALS).where(mine).values(completed=now))
    last = len(pages) - 1
    failed = page.kind == "headphones" and _is_shut_out(served, connection, rater)
    to = last if failed else rater.page + 1
    values: dict[str, Any] = {"page": to, "seen": now}
    if to == last and not failed:
        values["finished"] = now
    connection.execute(update(RATERS).where(RATERS.c.id == rater.id).values(**values))
    following = pages[to]
    if following.kind == "trial":
        row = {
            "rater_id": rater.id,
            "page": to,
            "item": following.item,
            "training": following.training,
            "presentation": following.presentation,
            "began": now,
        }
        statement = served.database.upsert(TRIALS).values(**row)
        connection.execute(statement.on_conflict_do_nothing())
    return to


def _is_shut_out(served: Served, connection: Connection, rater: Rater) -> bool:
    made = headphone_attempts(connection, rater)
    gate = served.test.pages.headphone_check == "gate"
    return gate and max(made, default=0) < LEAST_RIGHT
