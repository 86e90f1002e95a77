"""The time as the database keeps it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """Now, UTC, ISO 8601 with milliseconds: `2026-05-20T12:34:56.789Z`; sorts as text."""
    return as_text(datetime.now(UTC))


def as_text(moment: datetime) -> str:
    """A moment in the same form."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
