"""A listening test's database: SQLite beside test.json, or PostgreSQL by its address.

SQLite runs with a write-ahead log, so that readers and the one writer do not wait for each other,
and with full synchronisation: what was acknowledged survives a power cut. Writers queue at the
start of a transaction (`BEGIN IMMEDIATE`), never in its middle. Erased rows are overwritten.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.schema import METADATA, RATERS, SCHEMA_VERSION, TEST
from codecbench.listening_test.test_file import ListeningTest
from codecbench.readable import readable

BUSY_S = 20
"""How long a transaction waits for another writer before it fails."""

_IMMEDIATE = "codecbench_immediate"


class Database:
    """An open database of one test. Made by `open_database`; safe to share between threads."""

    def __init__(self, engine: Engine, shown: str) -> None:
        self.shown = shown
        self._engine = engine
        self._writer = engine.execution_options(**{_IMMEDIATE: True})
        # SQLite lets writers poll for their turn, ever more slowly; threads need not.
        self._turn = threading.Lock() if self.is_sqlite else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite's."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state and changes nothing."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or changes nothing where an error leaves it."""
        with self._turn, self._writer.begin() as connection:
            yield connection

    def upsert(self, table: Table) -> Any:
        """An insert statement with `on_conflict_do_update` and `on_conflict_do_nothing`."""
        if self.is_sqlite:
            from sqlalchemy.dialects.sqlite import insert as sqlite_insert

            return sqlite_insert(table)
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert(table)

    def forget_erased(self) -> None:
        """Drop what was erased from the write-ahead log too, where there is one."""
        if self.is_sqlite:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as one:
                one.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def default_address(folder: Path) -> str:
    """The address of the database that lies in the test's folder.

    Raises `UsageError` for a folder whose name no address can hold.
    """
    path = str((folder / "ratings.sqlite").absolute())
    if path != readable(path):
        raise UsageError(
            f"{path}: the address of a database cannot hold a name that is not UTF-8: rename the "
            "folder, or give --database"
        )
    quoted = path.replace("%", "%25").replace("?", "%3F")
    return f"sqlite:///{quoted}"


@contextmanager
def open_database(address: str, test: ListeningTest | None = None) -> Iterator[Database]:
    """Open the database at an SQLAlchemy address, such as `postgresql://user@host/name`.

    With a `test`, tables are made where there are none; without, they must be there.
    Raises `UsageError` for an address that cannot be meant, and `ListeningTestError` for a database
    that cannot be reached, is of a newer version, or belongs to another test.
    """
    engine, shown = _engine(address, make=test is not None)
    try:
        with told(shown):
            if test is not None:
                _make(engine, test)
            _check(engine, shown, test)
        yield Database(engine, shown)
    finally:
        engine.dispose()


@contextmanager
def told(shown: str) -> Iterator[None]:
    """Turn what the database says into an error that names it, without any value."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        first = (str(cause).splitlines() or [type(cause).__name__])[0]
        raise ListeningTestError(f"the database {shown} cannot be used: {first}") from error


def _engine(address: str, make: bool) -> tuple[Engine, str]:
    try:
        url = make_url(address)
    except ArgumentError:
        raise UsageError(
            "the address of a database looks like sqlite:///path/ratings.sqlite or "
            "postgresql://user:password@host:5432/name"
        ) from None
    shown = url.render_as_string(hide_password=True)
    backend = url.get_backend_name()
    if backend == "sqlite":
        return _sqlite_engine(Path(url.database or ""), shown, make), shown
    if backend not in ("postgresql", "postgres"):
        raise UsageError(f"{shown}: ratings are kept in sqlite or postgresql, not in {backend}")
    url = url.set(drivername="postgresql+psycopg")
    try:
        # Parameters are hidden: among them are tokens and crowd platforms' ids.
        engine = create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=20
        )
    except (ImportError, NoSuchModuleError):
        raise ListeningTestError(
            f"{shown} needs psycopg: pip install 'codecbench[postgresql]'"
        ) from None
    return engine, shown


def _sqlite_engine(path: Path, shown: str, make: bool) -> Engine:
    if str(path) in ("", ".", ":memory:"):
        raise UsageError(f"{shown}: ratings are kept in a file: sqlite:///path/ratings.sqlite")
    if not path.is_file():
        if not make:
            raise ListeningTestError(
                f"there are no ratings at {path}: `bench listen serve` or `bench listen invite` "
                "makes them, or name the --database"
            )
        try:
            # It holds the secrets: for its owner alone, before anything is in it.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise ListeningTestError(f"cannot write {path}: {error.strerror}") from error
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        hide_parameters=True,
        connect_args={"timeout": BUSY_S},
        pool_size=10,
        max_overflow=20,
    )

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(_IMMEDIATE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _make(engine: Engine, test: ListeningTest) -> None:
    with engine.execution_options(**{_IMMEDIATE: True}).begin() as connection:
        if engine.dialect.name == "postgresql":
            # Two servers that start at once make the tables one after the other.
            connection.execute(text("SELECT pg_advisory_xact_lock(7161205)"))
        METADATA.create_all(connection)
        if connection.execute(select(TEST.c.name)).first() is None:
            values = {"schema_version": SCHEMA_VERSION, "name": test.name, "closed": False}
            connection.execute(insert(TEST).values(**values, secret=secrets.token_urlsafe(32)))


def _check(engine: Engine, shown: str, test: ListeningTest | None) -> None:
    from sqlalchemy import inspect

    if not inspect(engine).has_table(RATERS.name):
        raise ListeningTestError(f"{shown} holds no listening test: name the right --database")
    with engine.begin() as connection:
        version = connection.execute(select(TEST.c.schema_version)).scalar_one()
        if version > SCHEMA_VERSION:
            raise ListeningTestError(
                f"{shown} was written by a newer codecbench (layout {version}, this one reads "
                f"{SCHEMA_VERSION}): upgrade codecbench"
            )
        name = connection.execute(select(TEST.c.name)).scalar_one()
    if test is not None and name != test.name:
        raise ListeningTestError(
            f"{shown} holds the test {name}, not {test.name}: name another --database"
        )
