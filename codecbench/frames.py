"""A stored run as pandas frames: tidy rows, one for each clip, codec, operating point and metric.

Reports are made from these; `codecbench.load` (`codecbench.loading`) adds what is measured of an
operating point and not of a clip.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.point_choice import REACH
from codecbench.schema import CLIPS, ENCODINGS, SCORES, TIMINGS
from codecbench.store import Row, Store, read_run

if TYPE_CHECKING:
    import pandas as pd

OF_ENCODING = [
    "clip",
    "clip_hash",
    "category",
    "group",
    "channels",
    "duration_s",
    "codec",
    "codec_version",
    "weights_hash",
    "device",
    "point",
    "bitrate_nominal_bps",
    "bitrate_bps",
    "bitrate_is_measured",
    "coded_bandwidth_hz",
]
OF_SCORE = ["metric", "metric_version", "protocol", "unit", "direction", "value", "reason"]
OF_ALIGNMENT = ("delay_samples", "inverted_channels", "missing_start_ms", "missing_end_ms")
COUNTED = ("bitrate_bps", "clipped_samples", "header_bytes", *OF_ALIGNMENT)
"""What stands among the metrics and comes of coding: facts about an encoding, not its quality."""

COLUMNS = [*OF_ENCODING, *OF_SCORE, "encoding_key"]


def clip_rows(run: Path) -> pd.DataFrame:
    """Read a run as tidy rows (`COLUMNS`), sorted; the same plan gives the same rows.

    Beside the metrics, each encoding has rows for `bitrate_bps`, `header_bytes` and
    `clipped_samples`, and audio decoded elsewhere has `delay_samples` where its delay was looked
    for, `inverted_channels` where some follow the clip with the opposite sign, and
    `missing_start_ms` and `missing_end_ms` where it does not hold all of the clip.
    bitrate_bps: measured, `8 * payload / duration`, or as stated where
    `bitrate_is_measured` is false. value: NaN where a metric has none, and `reason` says why.
    """
    import pandas as pd

    with read_run(run) as store:
        encodings = _encodings(store)
        scores = store.frame(SCORES, [c for c in SCORES.c if c.name != "payload_sha256"])
    scores = pd.concat([*_counted(encodings), scores], ignore_index=True)
    scores["value"] = scores["value"].astype(float)
    # Runs made before say that a lower delay is better.
    scores.loc[scores["metric"].isin(OF_ALIGNMENT), "direction"] = "neither"
    frame = scores.merge(encodings, on="encoding_key", how="left", validate="many_to_one")[COLUMNS]
    return in_order(frame)


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Tidy rows, sorted by codec, layout, bitrate, clip and metric."""
    import pandas as pd

    order = ["codec", "channels", "bitrate_nominal_bps", "point", "clip", "metric", "protocol"]
    # By ranks of the few distinct values: sorting half a million rows by their text takes seconds.
    ranks = [pd.factorize(frame[name], sort=True)[0] for name in (*order, "encoding_key")]
    nominal = order.index("bitrate_nominal_bps")
    ranks[nominal] = np.where(ranks[nominal] < 0, len(frame), ranks[nominal])
    return frame.iloc[np.lexsort(ranks[::-1])].reset_index(drop=True)


def load_timings(run: Path) -> pd.DataFrame:
    """Read real-time factors: seconds of work per second of audio, by codec and point."""
    with read_run(run) as store:
        return store.frame(TIMINGS)


def load_token_counts(run: Path) -> pd.DataFrame:
    """Read how often each code was sent: one row an encoding, `counts` (codebooks, codebook_size).

    Channels coded one by one share their codebooks, so their counts are added.
    """
    with read_run(run) as store:
        encodings = _encodings(store)
    tokens = encodings[encodings["token_counts"].notna()]
    frame = tokens[[*OF_ENCODING, "encoding_key"]].reset_index(drop=True)
    columns = ("token_counts", "codebooks", "codebook_size")
    packed = zip(*(tokens[name] for name in columns), strict=True)
    counts: list[Any] = [
        unpack_token_counts(data, int(books), int(size)) for data, books, size in packed
    ]
    return frame.assign(counts=counts)


def unpack_token_counts(
    packed: bytes, codebooks: int, size: int
) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Counts as a run stores them, to shape (codebooks, size), channels added."""
    flat = np.frombuffer(zlib.decompress(packed), "<i4")
    # Not wider than it must be: thousands of clips have thousands of these.
    by_channel = flat.reshape(-1, codebooks, size)
    counts: np.ndarray[Any, np.dtype[np.int32]] = by_channel.sum(axis=0, dtype=np.int32)
    return counts


def encoding_bitrate_bps(encoding: Row) -> float | None:
    """Measured bitrate, `8 * payload bytes / duration of the original`; or the stated one."""
    if not encoding["measured"]:
        return encoding["stated_bps"]  # type: ignore[no-any-return]
    return 8.0 * encoding["payload_bytes"] / encoding["duration_s"]  # type: ignore[no-any-return]


def misses_nominal(nominal_bps: float | None, measured_bps: float | None) -> bool:
    """Whether a measured rate lies beyond a factor of `REACH` from its nominal one."""
    if not nominal_bps or not measured_bps or math.isnan(nominal_bps + measured_bps):
        return False
    return not 1 / REACH <= measured_bps / nominal_bps <= REACH


def _encodings(store: Store) -> pd.DataFrame:
    """One row an encoding: `OF_ENCODING`, `encoding_key` and what is stored of it."""
    clips = store.frame(CLIPS)[["clip_hash", "clip", "category", "group"]]
    encodings = store.frame(ENCODINGS).merge(clips, on="clip_hash", validate="many_to_one")
    kbps = (encodings["nominal_bps"].astype(float).fillna(0) / 1000).map("{:.4g}".format)
    measured = 8.0 * encodings["payload_bytes"] / encodings["duration_s"]
    stated = encodings["stated_bps"].astype(float)
    return encodings.rename(
        columns={"key": "encoding_key", "measured": "bitrate_is_measured"}
    ).assign(
        point=encodings["label"].where(encodings["label"] != "", kbps),
        bitrate_nominal_bps=encodings["nominal_bps"].astype(float),
        bitrate_bps=measured.where(encodings["measured"].astype(bool), stated),
    )


def _counted(encodings: pd.DataFrame) -> list[pd.DataFrame]:
    """What was counted when coding, as rows like those of metrics."""
    has_header = encodings["bitrate_is_measured"].astype(bool)
    has_delay = encodings["delay_samples"].notna()
    return [
        _rows(encodings, "bitrate_bps", "bit/s", "a point without bitrate"),
        _rows(encodings, "clipped_samples", "", ""),
        _rows(encodings[has_header], "header_bytes", "byte", ""),
        _rows(encodings[has_delay], "delay_samples", "sample", ""),
    ]


def _rows(encodings: pd.DataFrame, name: str, unit: str, why_none: str) -> pd.DataFrame:
    values = encodings[name].astype(float)
    return encodings[["encoding_key"]].assign(
        metric=name,
        metric_version=1,
        protocol="fixed",
        unit=unit,
        direction="lower",
        value=values,
        reason=np.where(values.isna(), why_none, ""),
    )
