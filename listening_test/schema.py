"""The tables of a listening test's database, as SQLAlchemy sees them: SQLite or PostgreSQL.

A rater's ratings are kept as given, one row for each stimulus, replaced only by the same rater's
later rating of it before the page was sent; events are only ever added. Nothing here is shown to a
rater but their own ratings. Times are UTC, ISO 8601 with milliseconds.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

SCHEMA_VERSION = 1

METADATA = MetaData()

# One row: what this database belongs to. test_hash is set when the first rater begins.
TEST = Table(
    "test",
    METADATA,
    Column("schema_version", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("test_hash", String),
    Column("design", JSON),
    Column("closed", Boolean, nullable=False, default=False),
    Column("secret", String, nullable=False),
)

INVITES = Table(
    "invites",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("token_hash", String, nullable=False, unique=True),
    Column("label", String, nullable=False),
    # How many raters may begin by it: 1 for a personal link.
    Column("quota", Integer, nullable=False),
    Column("created", String, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
)

RATERS = Table(
    "raters",
    METADATA,
    Column("id", Integer, primary_key=True),
    # What results call the rater, such as R0007; says nothing about who it is.
    Column("name", String, nullable=False, unique=True),
    Column("invite_id", Integer, ForeignKey("invites.id"), nullable=False),
    # Whom a crowd platform says it is; one rater for each, erased on request.
    Column("external_id", String),
    Column("token_hash", String, nullable=False, unique=True),
    Column("seed", BigInteger, nullable=False),
    # Ids of the items drawn for the rater when they began; with the seed they give all pages.
    Column("items", JSON, nullable=False),
    Column("language", String, nullable=False),
    # The page that the rater is on: an index into the pages that the seed gives.
    Column("page", Integer, nullable=False, default=0),
    Column("began", String, nullable=False),
    Column("seen", String, nullable=False),
    Column("finished", String),
    Column("erased", Boolean, nullable=False, default=False),
    UniqueConstraint("invite_id", "external_id"),
)

# One row for each trial that a rater was shown.
TRIALS = Table(
    "trials",
    METADATA,
    Column("rater_id", Integer, ForeignKey("raters.id"), primary_key=True),
    Column("page", Integer, primary_key=True),
    Column("item", String, nullable=False),
    Column("training", Boolean, nullable=False),
    # 0, or 1 for the second time of a replicated item.
    Column("presentation", Integer, nullable=False),
    Column("began", String, nullable=False),
    # When the rater sent the page: trials without are not complete.
    Column("completed", String),
)

RATINGS = Table(
    "ratings",
    METADATA,
    Column("rater_id", Integer, primary_key=True),
    Column("page", Integer, primary_key=True),
    # Where it stood on the page, from 0; which condition that was.
    Column("slot", Integer, primary_key=True),
    Column("condition", String, nullable=False),
    # 0 to 100 for MUSHRA; 1 to 5 for ACR; AB: 0 the slot was not preferred, 1 it was; ABX: 0 wrong,
    # 1 right.
    Column("score", Integer, nullable=False),
    # The page's own count: an older message that comes late changes nothing.
    Column("revision", Integer, nullable=False),
    Column("rated", String, nullable=False),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("rater_id", Integer, primary_key=True),
    Column("page", Integer, primary_key=True),
    # Drawn by the browser: an event that is sent twice is kept once.
    Column("event_id", String, primary_key=True),
    # play, stop, switch, loop, position, rate, load_failed …
    Column("kind", String, nullable=False),
    # Where it stood on the page: -1 for the open reference.
    Column("slot", Integer),
    # Condition heard, or "reference" for the open one.
    Column("condition", String),
    # Of the signal.
    Column("position_s", Float),
    # Since the page opened, by the browser's clock.
    Column("at_s", Float, nullable=False),
    Column("detail", JSON),
)

ANSWERS = Table(
    "answers",
    METADATA,
    Column("rater_id", Integer, primary_key=True),
    Column("page", Integer, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
    Column("answered", String, nullable=False),
)
