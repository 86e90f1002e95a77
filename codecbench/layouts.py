"""Runs of layout 1, as they were until failures had a metric and sessions said where clips lay.

Reading, an old run is seen through temporary tables of today's layout, which hide its own; the file
is not touched. Writing, it becomes a run of today's layout first, at once or not at all.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from codecbench.schema import CLIP_SETS, FAILURES, SCHEMA_VERSION, SESSIONS, UNKNOWN

_OLD_SESSION = "id, started, finished, status, command, protocol, versions, machine, skipped"


def show_as_today(database: sqlite3.Connection) -> None:
    """Lay temporary tables of today's layout over those of layout 1, for this connection alone."""
    for table in (SESSIONS, CLIP_SETS, FAILURES):
        database.execute(_creation(table).replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
    _carry_over(database, "main.sessions", "main.failures")
    database.commit()  # of what is temporary: the pool rolls the rest back


def upgrade(database: sqlite3.Connection) -> None:
    """Turn a run of layout 1 into one of today's, in one transaction."""
    database.execute("BEGIN IMMEDIATE")
    try:
        for table in (SESSIONS, FAILURES):
            database.execute(f"ALTER TABLE {table.name} RENAME TO old_{table.name}")
            database.execute(_creation(table))
        _carry_over(database, "old_sessions", "old_failures")
        for table in (SESSIONS, FAILURES):
            database.execute(f"DROP TABLE old_{table.name}")
        database.execute("UPDATE run SET schema_version = ?", (SCHEMA_VERSION,))
    except BaseException:
        database.rollback()
        raise
    database.commit()


def _creation(table: Table) -> str:
    return str(CreateTable(table).compile(dialect=sqlite.dialect()))


def _carry_over(database: sqlite3.Connection, old_sessions: str, old_failures: str) -> None:
    database.execute(
        f"INSERT INTO sessions ({_OLD_SESSION}) SELECT {_OLD_SESSION} FROM {old_sessions}"
    )
    old = database.execute(
        f"SELECT f.clip, coalesce(c.clip_hash, ''), f.codec, f.point, f.stage, f.reason "
        f"FROM {old_failures} f LEFT JOIN clips c ON c.clip = f.clip"
    ).fetchall()
    for clip, clip_hash, codec, point, what, reason in old:
        stage, _, metric = what.partition(" ")  # "score mel"
        cell = (clip_hash, codec, UNKNOWN, UNKNOWN, 0, point)
        protocol = UNKNOWN if metric else ""
        database.execute(
            "INSERT OR REPLACE INTO failures (clip_hash, codec, weights_hash, device, channels, "
            "point, stage, metric, protocol, clip, reason, traceback, failed_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')",
            (*cell, stage, metric, protocol, clip, reason),
        )
