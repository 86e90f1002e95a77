"""The tables of a stored run, as SQLAlchemy sees them.

Rows are facts that were computed once; nothing is ever updated in place but a clip's labels. The
key of an encoding names everything that produced it (`codecbench.plan.encoding_key`); a score is
keyed by its encoding, the metric with the version of its definition, and the protocol. Runs of
layout 1 are read and written too (`codecbench.layouts`).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

SCHEMA_VERSION = 2

UNKNOWN = "?"
"""Of a failure that an older layout kept: what it did not say, which may be anything."""

METADATA = MetaData()

RUN = Table(
    "run",
    METADATA,
    Column("schema_version", Integer, primary_key=True),
    Column("created_with", String, nullable=False),
)

# One row each time somebody ran into this folder: the provenance of what was added then.
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("started", String, nullable=False),
    Column("finished", String),
    Column("status", String, nullable=False),
    Column("command", String, nullable=False),
    Column("protocol", String, nullable=False),
    Column("versions", JSON, nullable=False),
    Column("machine", JSON, nullable=False),
    Column("skipped", JSON, nullable=False),
    # Names of the codecs that it measured, as they were asked for; NULL in runs of layout 1.
    Column("codecs", JSON(none_as_null=True)),
    # The clips that it coded; NULL in runs of layout 1.
    Column("clip_set", String),
    # What it set out to compute (`codecbench.wanted`), as long as it has not finished.
    Column("wanted", JSON(none_as_null=True)),
)

# Where the clips of a session lay. Paths are JSON, which holds names that are not Unicode too.
CLIP_SETS = Table(
    "clip_sets",
    METADATA,
    Column("id", String, primary_key=True),
    # The folder or manifest that was asked for; NULL where clips were put together otherwise.
    Column("source", JSON(none_as_null=True)),
    Column("builtin", Boolean, nullable=False),
    # The folder that `files` are relative to, and how to get there from the run's.
    Column("folder", JSON, nullable=False),
    Column("folder_from_run", JSON(none_as_null=True)),
    # {clip hash: path}
    Column("files", JSON, nullable=False),
)

CLIPS = Table(
    "clips",
    METADATA,
    Column("clip_hash", String, primary_key=True),
    Column("clip", String, nullable=False),
    Column("category", String, nullable=False),
    Column("group", String, nullable=False),
    Column("licence", String, nullable=False),
    Column("source", String, nullable=False),
    Column("sample_rate_hz", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("duration_s", Float, nullable=False),
)

ENCODINGS = Table(
    "encodings",
    METADATA,
    Column("key", String, primary_key=True),
    Column("clip_hash", String, nullable=False, index=True),
    Column("codec", String, nullable=False),
    Column("codec_version", String, nullable=False),
    Column("weights_hash", String, nullable=False),
    Column("device", String, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("nominal_bps", Float),
    Column("label", String, nullable=False),
    Column("internal_rate_hz", Integer, nullable=False),
    Column("coded_bandwidth_hz", Float, nullable=False),
    Column("codebooks", Integer),
    Column("codebook_size", Integer),
    Column("duration_s", Float, nullable=False),
    Column("payload_bytes", Integer, nullable=False),
    Column("header_bytes", Integer, nullable=False),
    Column("payload_sha256", String, nullable=False),
    Column("stated_bps", Float),
    Column("measured", Boolean, nullable=False),
    Column("clipped_samples", Integer, nullable=False),
    # A delay that was undone, in runs made before it became a score with a reason.
    Column("delay_samples", Integer),
    # zlib of int32 (codebooks, codebook_size): how often each code was sent in this clip.
    Column("token_counts", LargeBinary),
)

SCORES = Table(
    "scores",
    METADATA,
    Column("encoding_key", String, primary_key=True),
    Column("metric", String, primary_key=True),
    Column("metric_version", Integer, primary_key=True),
    Column("protocol", String, primary_key=True),
    Column("payload_sha256", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("value", Float),
    Column("reason", String, nullable=False),
)

# Cells that failed. Which of them have their result by now is told by `codecbench.standing`.
FAILURES = Table(
    "failures",
    METADATA,
    Column("clip_hash", String, primary_key=True),
    Column("codec", String, primary_key=True),
    Column("weights_hash", String, primary_key=True),
    Column("device", String, primary_key=True),
    Column("channels", Integer, primary_key=True),
    Column("point", String, primary_key=True),
    Column("stage", String, primary_key=True),
    # Of the stage "score", else "".
    Column("metric", String, primary_key=True),
    Column("protocol", String, primary_key=True),
    Column("clip", String, nullable=False),
    Column("reason", String, nullable=False),
    # Of the exception behind it; "" where there was none.
    Column("traceback", String, nullable=False),
    # The scores that it cost, [[metric, protocol], ...]; NULL in runs of layout 1.
    Column("lost", JSON(none_as_null=True)),
    Column("failed_at", String, nullable=False),
)

# Seconds vary from run to run: they live apart, so that all other rows of two runs are the same.
TIMINGS = Table(
    "timings",
    METADATA,
    Column("codec", String, primary_key=True),
    Column("codec_version", String, primary_key=True),
    Column("weights_hash", String, primary_key=True),
    Column("device", String, primary_key=True),
    Column("channels", Integer, primary_key=True),
    Column("point", String, primary_key=True),
    Column("threads", Integer, primary_key=True),
    Column("machine", String, primary_key=True),
    Column("clip_hash", String, nullable=False),
    Column("rtf_encode", Float, nullable=False),
    Column("rtf_decode", Float, nullable=False),
)
