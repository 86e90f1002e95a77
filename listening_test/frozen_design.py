"""The design as the database keeps it from the first rater on, so that later changes show."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from codecbench.errors import ListeningTestError
from codecbench.listening_test.schema import TEST
from codecbench.listening_test.test_file import ListeningTest, content_hash


@dataclass(frozen=True)
class DesignRow:
    """What the database says about its test. test_hash, design: None before the first rater."""

    name: str
    test_hash: str | None
    design: dict[str, Any] | None
    closed: bool
    secret: str


def design_row(connection: Connection, lock: bool = False) -> DesignRow:
    """The row about the test; `lock` keeps other writers that lock it out until the commit."""
    statement = select(TEST.c.name, TEST.c.test_hash, TEST.c.design, TEST.c.closed, TEST.c.secret)
    row = connection.execute(statement.with_for_update() if lock else statement).one()
    return DesignRow(*row)


def freeze_design(connection: Connection, test: ListeningTest) -> None:
    """Keep the design and its hash, when the first rater begins.

    Raises `ListeningTestError` where another design was kept before.
    """
    frozen = design_row(connection, lock=True)
    if frozen.test_hash is None:
        design = json.loads(json.dumps(asdict(test)))
        values = {"test_hash": content_hash(test), "design": design}
        connection.execute(update(TEST).values(values))
    else:
        check_unchanged(frozen, test)


def check_unchanged(row: DesignRow, test: ListeningTest) -> None:
    """Raise `ListeningTestError` where the test is not the one that the first rater began."""
    if row.test_hash not in (None, content_hash(test)):
        raise ListeningTestError(
            f"test.json of {test.name} was changed after the first rater began, so ratings before "
            "and after would not belong together. Put back the file as it was, or, to run the "
            "changed test, copy its folder without ratings.sqlite, or name a new --database"
        )


def set_closed(connection: Connection, closed: bool) -> None:
    """Let nobody new begin, or let them again; those who began may finish either way."""
    connection.execute(update(TEST).values(closed=closed))
