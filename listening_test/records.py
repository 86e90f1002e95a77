"""What a test's database holds, as frames: ratings, events, raters, answers.

    from codecbench.listening_test.records import load_ratings
    ratings = load_ratings(Path("TEST"))

Each function takes a test's folder or the address of its database. Raters who were erased are not
in the ratings, the events and the answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, select

from codecbench.listening_test.database import default_address, open_database, told
from codecbench.listening_test.frozen_design import design_row
from codecbench.listening_test.schema import ANSWERS, EVENTS, INVITES, RATERS, RATINGS, TRIALS

if TYPE_CHECKING:
    import pandas as pd

RATING_COLUMNS = (
    "rater",
    "item",
    "category",
    "condition",
    "kind",
    "score",
    "presentation",
    "training",
    "completed",
    "page",
    "slot",
    "rated",
)


def load_ratings(source: Path | str) -> pd.DataFrame:
    """One row for each rating, with the columns of `RATING_COLUMNS`.

    kind: codec, hidden_reference, low_anchor or mid_anchor. score: 0 to 100 for MUSHRA, 1 to 5 for
    ACR; AB 1 for the preferred, 0 for the other; ABX 1 for right, 0 for wrong. completed: whether
    the trial was sent. rated: UTC, ISO 8601. Analysis takes rows that are completed, not training.

    Raises `ListeningTestError` where there is no such database or it cannot be read.
    """
    with _reading(source) as connection:
        return ratings_frame(connection)


def load_events(source: Path | str) -> pd.DataFrame:
    """What raters did: rater, item, page, slot, kind, condition, position_s, at_s, detail."""
    with _reading(source) as connection:
        return events_frame(connection)


def load_raters(source: Path | str) -> pd.DataFrame:
    """One row for each rater, erased ones too: rater, invite, language, page, began, seen,
    finished, erased. Who they are is not told."""
    with _reading(source) as connection:
        return raters_frame(connection)


def load_answers(source: Path | str) -> pd.DataFrame:
    """Consent, questionnaire and headphone check: rater, page, name, value, answered."""
    with _reading(source) as connection:
        return answers_frame(connection)


def ratings_frame(connection: Connection) -> pd.DataFrame:
    """`load_ratings` of an open database."""
    design = design_row(connection).design or {"items": [], "training_items": [], "conditions": []}
    kinds = {condition["name"]: condition["kind"] for condition in design["conditions"]}
    categories = {
        item["id"]: item["category"] for item in (*design["items"], *design["training_items"])
    }
    same_trial = (TRIALS.c.rater_id == RATINGS.c.rater_id) & (TRIALS.c.page == RATINGS.c.page)
    statement = (
        select(
            RATERS.c.name.label("rater"),
            TRIALS.c.item,
            RATINGS.c.condition,
            RATINGS.c.score,
            TRIALS.c.presentation,
            TRIALS.c.training,
            TRIALS.c.completed.is_not(None).label("completed"),
            RATINGS.c.page,
            RATINGS.c.slot,
            RATINGS.c.rated,
        )
        .join_from(RATINGS, TRIALS, same_trial)
        .join(RATERS, RATERS.c.id == RATINGS.c.rater_id)
        .order_by(RATERS.c.id, RATINGS.c.page, RATINGS.c.slot)
    )
    frame = _frame(connection, statement)
    frame["category"] = frame["item"].map(categories)
    frame["kind"] = frame["condition"].map(kinds)
    whole = dict.fromkeys(("score", "presentation", "page", "slot"), "int64")
    return frame[list(RATING_COLUMNS)].astype(whole | {"training": bool, "completed": bool})


def events_frame(connection: Connection) -> pd.DataFrame:
    """`load_events` of an open database; in the order of pages and of time."""
    same_trial = (TRIALS.c.rater_id == EVENTS.c.rater_id) & (TRIALS.c.page == EVENTS.c.page)
    statement = (
        select(
            RATERS.c.name.label("rater"),
            TRIALS.c.item,
            EVENTS.c.page,
            EVENTS.c.slot,
            EVENTS.c.kind,
            EVENTS.c.condition,
            EVENTS.c.position_s,
            EVENTS.c.at_s,
            EVENTS.c.detail,
        )
        .join_from(EVENTS, RATERS, RATERS.c.id == EVENTS.c.rater_id)
        .outerjoin(TRIALS, same_trial)
        .order_by(RATERS.c.id, EVENTS.c.page, EVENTS.c.at_s, EVENTS.c.event_id)
    )
    frame = _frame(connection, statement)
    frame["slot"] = frame["slot"].astype("Int64")
    frame["detail"] = [None if detail is None else json.dumps(detail) for detail in frame["detail"]]
    return frame.astype({"position_s": "float64", "at_s": "float64"})


def raters_frame(connection: Connection) -> pd.DataFrame:
    """`load_raters` of an open database."""
    columns = ("language", "page", "began", "seen", "finished", "erased")
    statement = (
        select(
            RATERS.c.name.label("rater"),
            INVITES.c.label.label("invite"),
            *(RATERS.c[name] for name in columns),
        )
        .join_from(RATERS, INVITES, INVITES.c.id == RATERS.c.invite_id)
        .order_by(RATERS.c.id)
    )
    return _frame(connection, statement)


def answers_frame(connection: Connection) -> pd.DataFrame:
    """`load_answers` of an open database."""
    columns = (ANSWERS.c.page, ANSWERS.c.name, ANSWERS.c.value, ANSWERS.c.answered)
    statement = (
        select(RATERS.c.name.label("rater"), *columns)
        .join_from(ANSWERS, RATERS, RATERS.c.id == ANSWERS.c.rater_id)
        .order_by(RATERS.c.id, ANSWERS.c.page, ANSWERS.c.name)
    )
    return _frame(connection, statement)


def _frame(connection: Connection, statement: Select[Any]) -> pd.DataFrame:
    import pandas as pd

    result = connection.execute(statement)
    return pd.DataFrame([tuple(row) for row in result], columns=list(result.keys()))


@contextmanager
def _reading(source: Path | str) -> Iterator[Connection]:
    is_address = isinstance(source, str) and "://" in source
    address = str(source) if is_address else default_address(Path(source))
    with open_database(address) as database, told(database.shown), database.reading() as connection:
        yield connection
