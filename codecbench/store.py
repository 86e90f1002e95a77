"""A stored run: a folder with `run.sqlite` and the bitstreams, written by one process at a time.

    RUN/run.sqlite                 clips, encodings, scores, timings, sessions (codecbench.schema)
    RUN/bitstreams/ab/KEY.cbs      every bitstream, as `bench decode` reads it
    RUN/audio/…                    decoded audio, where it was asked for
    RUN/results.csv, summary.csv, plots/…    made again from the above at the end of each run

Each result is committed as it comes. A bitstream is written and renamed before its row, so a killed
run leaves at most a file that no row names.
"""

from __future__ import annotations

import errno
import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    Column,
    Engine,
    Select,
    Table,
    and_,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.exc import DatabaseError, NoResultFound, SQLAlchemyError

from codecbench import __version__, layouts
from codecbench.errors import StoreError, UsageError
from codecbench.files import write_whole
from codecbench.readable import readable
from codecbench.schema import (
    ENCODINGS,
    METADATA,
    RUN,
    SCHEMA_VERSION,
    SCORES,
    SESSIONS,
)

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]


class Store:
    """An open run. Made by `open_run` (to write) or `read_run` (to read)."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        self._engine = engine

    def close(self) -> None:
        """Let go of the database's file, for it to be replaced."""
        self._engine.dispose()

    def rows(self, table: Table) -> list[Row]:
        """All rows of a table, ordered by its primary key."""
        with _told(self.folder), self._engine.connect() as connection:
            found = connection.execute(select(table).order_by(*table.primary_key.columns))
            return [dict(row) for row in found.mappings()]

    def select(self, statement: Select[Any]) -> list[Row]:
        """What a statement finds: for questions that need no whole table."""
        with _told(self.folder), self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def frame(self, table: Table, columns: Sequence[Column[Any]] | None = None) -> pd.DataFrame:
        """A table, or these columns of it, as a frame, ordered by its primary key."""
        import pandas as pd

        chosen = list(table.c if columns is None else columns)
        with _told(self.folder), self._engine.connect() as connection:
            found = connection.execute(select(*chosen).order_by(*table.primary_key.columns)).all()
        # By columns, each text kept once: pandas asks every row of a list what it is.
        names = [column.name for column in chosen]
        if not found:
            return pd.DataFrame(columns=names)
        values = zip(names, zip(*found, strict=True), strict=True)
        return pd.DataFrame({name: _kept_once(of_column) for name, of_column in values})

    def bitstream_path(self, key: str) -> Path:
        """Where the bitstream of an encoding lies."""
        return self.folder / "bitstreams" / key[:2] / f"{key}.cbs"

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows; one whose key is there already is left as it is."""
        if not rows:
            return
        with _told(self.folder), self._engine.begin() as connection:
            connection.execute(insert_or(table).on_conflict_do_nothing(), _storable(list(rows)))

    def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows; one whose key is there already is replaced."""
        if not rows:
            return
        with _told(self.folder), self._engine.begin() as connection:
            statement = insert_or(table)
            fresh = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
            keys = list(table.primary_key.columns)
            replacing = statement.on_conflict_do_update(keys, set_=fresh)
            connection.execute(replacing, _storable(list(rows)))

    def add_encoding(self, row: Row, data: bytes, scores: Sequence[Row] = ()) -> None:
        """Store a bitstream's file, then its row, at once with the scores that coding gave."""
        write_whole(self.bitstream_path(row["key"]), data)
        with _told(self.folder), self._engine.begin() as connection:
            for table, rows in ((ENCODINGS, [row]), (SCORES, list(scores))):
                if rows:
                    statement = insert_or(table).on_conflict_do_nothing()
                    connection.execute(statement, _storable(rows))

    def remove(self, table: Table, rows: Sequence[Row]) -> None:
        """Delete the rows that have these keys. rows: the columns of the key, or more."""
        with _told(self.folder), self._engine.begin() as connection:
            for row in rows:
                key = [column == row[column.name] for column in table.primary_key.columns]
                connection.execute(delete(table).where(and_(*key)))

    def update_session(self, session: str, **values: Any) -> None:
        """Set columns of one session's row."""
        with _told(self.folder), self._engine.begin() as connection:
            chosen = update(SESSIONS).where(SESSIONS.c.id == session)
            connection.execute(chosen.values(**_storable(values)))


@contextmanager
def open_run(folder: Path) -> Iterator[Store]:
    """Open a run to write into, making it where it is not there.

    Raises `StoreError` for a folder that holds something else, is read-only, is of a newer version,
    or that another process is writing.
    """
    try:
        if folder.is_dir() and any(folder.iterdir()) and not (folder / "run.sqlite").exists():
            unlocked = [p.name for p in folder.iterdir() if p.name != "lock"]
            if unlocked:
                raise StoreError(
                    f"{folder} is not a run: it holds {unlocked[0]} and no run.sqlite. "
                    "Give --out a new folder"
                )
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise StoreError(f"cannot write the run {folder}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(f"another process is writing the run {folder}: wait for it") from None
        engine = _engine(folder)
        try:
            with _told(folder):
                METADATA.create_all(engine)
                with engine.begin() as connection:
                    if connection.execute(select(RUN)).first() is None:
                        made = {"schema_version": SCHEMA_VERSION, "created_with": __version__}
                        connection.execute(insert(RUN).values(made))
                if _layout(folder, engine) < SCHEMA_VERSION:
                    with engine.connect() as connection:
                        layouts.upgrade(_database(connection.connection.driver_connection))
            yield Store(folder, engine)
        finally:
            engine.dispose()


@contextmanager
def read_run(folder: Path) -> Iterator[Store]:
    """Open a run to read.

    Raises `UsageError` for a path that is no run, `StoreError` for a run that cannot be read.
    """
    if folder.is_file():
        raise UsageError(f"{folder} is a file: a run is a folder, give that")
    if not folder.exists():
        raise UsageError(f"{folder} is not a run: there is no such folder")
    if not (folder / "run.sqlite").is_file():
        raise UsageError(f"{folder} is not a run: it holds no run.sqlite")
    engine = _engine(folder)
    try:
        if _layout(folder, engine) < SCHEMA_VERSION:
            engine.dispose()
            engine = _engine(folder, is_old=True)
        yield Store(folder, engine)
    finally:
        engine.dispose()


def _storable(value: Any) -> Any:
    """The same with every text readable: commands and reasons hold names of files."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, dict):
        return {key: _storable(entry) for key, entry in value.items()}
    return [_storable(entry) for entry in value] if isinstance(value, list) else value


def _kept_once(values: Sequence[Any]) -> list[Any]:
    """The values, with equal texts being one object: a metric's name comes a million times."""
    if not isinstance(values[0], str):
        return list(values)
    seen: dict[Any, Any] = {}
    return [seen.setdefault(value, value) for value in values]


def _engine(folder: Path, is_old: bool = False) -> Engine:
    """is_old: of layout 1, to be read as one of today's."""
    # The rollback journal, not the write-ahead log: runs lie on clusters' network file systems too.
    # As a part of an address a path would be cut at a "?", and "%" be read as an escape.
    address = URL.create("sqlite", database=str((folder / "run.sqlite").absolute()))
    engine = create_engine(address, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        # A commit survives the death of the process; only a power cut may take the last one.
        connection.execute("PRAGMA synchronous=NORMAL")
        if is_old:
            layouts.show_as_today(connection)

    return engine


def _database(connection: object) -> sqlite3.Connection:
    assert isinstance(connection, sqlite3.Connection)
    return connection


def _layout(folder: Path, engine: Engine) -> int:
    """The layout of a run. Raises `StoreError` for one of a newer version."""
    with _told(folder), engine.connect() as connection:
        version = connection.execute(select(RUN.c.schema_version)).scalar_one()
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"the run {folder} was written by a newer codecbench (layout {version}, this one reads "
            f"{SCHEMA_VERSION}): upgrade codecbench"
        )
    return int(version)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turn what the database says into an error that names the run."""
    try:
        yield
    except NoResultFound as error:
        raise StoreError(f"{_damaged(folder)} (no version of its layout)") from error
    except (DatabaseError, sqlite3.Error) as error:
        original = error.orig if isinstance(error, DatabaseError) else error
        if any(words in str(original) for words in DAMAGED):
            raise StoreError(f"{_damaged(folder)} ({original})") from error
        raise StoreError(
            f"the run {folder} cannot be used: {original}{_advice(original)}"
        ) from error
    except SQLAlchemyError as error:
        raise StoreError(f"the run {folder} cannot be used: {error}") from error


DAMAGED = ("no such table", "no such column", "malformed", "not a database")
"""What SQLite says of a file that is broken, or somebody else's."""


def _damaged(folder: Path) -> str:
    return (
        f"the run.sqlite of {folder} is damaged or is not of codecbench: make the run again, or "
        "take a copy of it"
    )


def _advice(error: BaseException | None) -> str:
    full = getattr(error, "errno", None) == errno.ENOSPC or "full" in str(error)
    return ". Free some space and run the same command again: it goes on" if full else ""
