"""Keeping personal data no longer than was said: crowd platforms' ids and answers in own words."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from codecbench.listening_test.clock import as_text
from codecbench.listening_test.schema import ANSWERS, RATERS
from codecbench.listening_test.served import Served

EVERY_S = 3600.0


def forget_old(served: Served, days: float) -> int:
    """Erase the external ids and free text of raters not seen for `days`; of how many raters."""
    before = as_text(datetime.now(UTC) - timedelta(days=days))
    free_text = [q.name for q in served.test.pages.questions if q.kind == "text"]
    with served.database.writing() as connection:
        old = RATERS.c.seen < before
        statement = select(RATERS.c.id).where(old)
        texts = ANSWERS.c.rater_id.in_(statement) & ANSWERS.c.name.in_(free_text)
        wrote = set(connection.execute(select(ANSWERS.c.rater_id).where(texts)).scalars())
        named = old & RATERS.c.external_id.is_not(None)
        known = set(connection.execute(select(RATERS.c.id).where(named)).scalars())
        connection.execute(delete(ANSWERS).where(texts))
        connection.execute(update(RATERS).where(named).values(external_id=None))
    if wrote | known:
        served.database.forget_erased()
    return len(wrote | known)


@contextmanager
def forgetting(served: Served, days: float | None) -> Iterator[None]:
    """Do so now and every hour, in a thread of its own; not at all for None."""
    if days is None:
        yield
        return
    forget_old(served, days)
    over = threading.Event()

    def again() -> None:
        logger = logging.getLogger(__name__)
        while not over.wait(EVERY_S):
            try:
                forget_old(served, days)
            except SQLAlchemyError:
                logger.exception("retention")  # tried again in an hour

    thread = threading.Thread(target=again, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
