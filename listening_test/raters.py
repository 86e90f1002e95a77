"""Raters: how they begin by an invite, are found again, and are erased."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from codecbench.listening_test.assignment import draw_items
from codecbench.listening_test.clock import as_text, utc_now
from codecbench.listening_test.frozen_design import design_row, freeze_design
from codecbench.listening_test.invites import find_invite
from codecbench.listening_test.refusal import Refusal, bad_request, no_such_page
from codecbench.listening_test.schema import ANSWERS, EVENTS, INVITES, RATERS, RATINGS, TRIALS
from codecbench.listening_test.served import Served
from codecbench.listening_test.tokens import derive, digest, new_token

GONE_H = 24
"""Hours without a sign of a rater after which the items left are counted as free again."""

_EXTERNAL_ID = re.compile(r"[\w@.+:-]{1,128}")


@dataclass(frozen=True)
class Rater:
    """A rater as the database has them. page: the index of the current one."""

    id: int
    name: str
    seed: int
    items: tuple[str, ...]
    language: str
    page: int
    finished: str | None


def join(served: Served, invite: str, external_id: str, nonce: str, language: str) -> str:
    """Begin, or go on, by an invite: the rater's token.

    The same personal invite, the same external id, or the same form sent twice (`nonce`) give the
    same rater again. Raises `Refusal` for an unknown invite, a closed test, or no place left.
    """
    if external_id and not _EXTERNAL_ID.fullmatch(external_id):
        raise bad_request("an external id has 1 to 128 letters, digits and . _ - + : @")
    with served.database.writing() as connection:
        design = design_row(connection, lock=True)  # one joins after the other
        found = find_invite(connection, invite)
        if found is None:
            raise no_such_page()
        if found.quota == 1:
            who = ["personal"]
        else:
            who = ["external", external_id] if external_id else ["form", nonce]
        token = derive(served.secret, "rater", invite, *who)
        if find_rater(connection, token) is not None:
            return token
        if design.closed:
            raise Refusal(403, "closed", "the test is closed")
        begun = select(func.count()).where(RATERS.c.invite_id == found.id)
        if connection.execute(begun).scalar_one() >= found.quota:
            raise Refusal(403, "full", "all places of this link are taken")
        freeze_design(connection, served.test)
        _add_rater(connection, served, found.id, token, external_id, language)
    return token


def find_rater(connection: Connection, token: str, lock: bool = False) -> Rater | None:
    """The rater with this token; `lock` lets their other requests wait for this transaction."""
    statement = _SELECT.where(RATERS.c.token_hash == digest(token), RATERS.c.erased.is_(False))
    row = connection.execute(statement.with_for_update() if lock else statement).first()
    return None if row is None else _rater(tuple(row))


def known_rater(connection: Connection, token: str, lock: bool = False) -> Rater:
    """The same, but raises `Refusal` where there is none."""
    rater = find_rater(connection, token, lock)
    if rater is None:
        raise no_such_page()
    return rater


def set_language(connection: Connection, rater: Rater, language: str) -> None:
    """Show the rater's pages in another language."""
    connection.execute(update(RATERS).where(RATERS.c.id == rater.id).values(language=language))


def seen(connection: Connection, rater: Rater) -> None:
    """Note that there was a sign of the rater."""
    connection.execute(update(RATERS).where(RATERS.c.id == rater.id).values(seen=utc_now()))


def erase_rater(connection: Connection, name: str) -> bool:
    """Erase all that a rater gave and all that tells who it was; False for an unknown name.

    A row without content stays, so that quotas and counts of raters stay right. A personal link is
    revoked, its label goes, and times are cut to the day.
    """
    row = connection.execute(select(RATERS).where(RATERS.c.name == name)).first()
    if row is None:
        return False
    for table in (RATINGS, EVENTS, ANSWERS, TRIALS):
        connection.execute(delete(table).where(table.c.rater_id == row.id))
    nothing: dict[str, Any] = {"external_id": None, "seed": 0, "items": [], "page": 0}
    finished = None if row.finished is None else row.finished[:10]
    times = {"began": row.began[:10], "seen": row.seen[:10], "finished": finished}
    values = nothing | times | {"token_hash": digest(new_token()), "language": "", "erased": True}
    connection.execute(update(RATERS).where(RATERS.c.id == row.id).values(**values))
    personal = (INVITES.c.id == row.invite_id) & (INVITES.c.quota == 1)
    connection.execute(update(INVITES).where(personal).values(label="erased", revoked=True))
    return True


_SELECT = select(
    RATERS.c.id,
    RATERS.c.name,
    RATERS.c.seed,
    RATERS.c["items"],
    RATERS.c.language,
    RATERS.c.page,
    RATERS.c.finished,
)


def _rater(row: Sequence[Any]) -> Rater:
    number, name, seed, items, language, page, finished = row
    return Rater(number, name, seed, tuple(items), language, page, finished)


def _add_rater(
    connection: Connection,
    served: Served,
    invite: int,
    token: str,
    external_id: str,
    language: str,
) -> None:
    number = (connection.execute(select(func.max(RATERS.c.id))).scalar() or 0) + 1
    seed = secrets.randbits(62)
    now = utc_now()
    row = {
        "id": number,
        "name": f"R{number:04d}",
        "invite_id": invite,
        "external_id": external_id or None,
        "token_hash": digest(token),
        "seed": seed,
        "items": draw_items(served.test, seed, _ratings_by_item(connection)),
        "language": language,
        "page": 0,
        "began": now,
        "seen": now,
        "erased": False,
    }
    connection.execute(insert(RATERS).values(**row))


def _ratings_by_item(connection: Connection) -> Counter[str]:
    """By item: trials sent, and those that raters who are still there have before them."""
    counts: Counter[str] = Counter()
    done: set[tuple[int, str]] = set()
    sent = select(TRIALS.c.rater_id, TRIALS.c.item).where(
        TRIALS.c.completed.is_not(None), TRIALS.c.training.is_(False), TRIALS.c.presentation == 0
    )
    for rater, item in connection.execute(sent.distinct()):
        done.add((rater, item))
        counts[item] += 1
    since = as_text(datetime.now(UTC) - timedelta(hours=GONE_H))
    there = select(RATERS.c.id, RATERS.c["items"]).where(
        RATERS.c.finished.is_(None), RATERS.c.erased.is_(False), RATERS.c.seen >= since
    )
    waiting: Iterable[tuple[int, list[str]]] = (
        (row[0], row[1]) for row in connection.execute(there)
    )
    counts.update(item for rater, items in waiting for item in items if (rater, item) not in done)
    return counts
