"""Stored runs as pandas frames: tidy rows, one for each clip, codec, operating point and metric.

from codecbench import load
frame = load("runs/first")
frame[frame.metric == "visqol"].groupby(["codec", "bitrate_nominal_bps"]).value.mean()
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.plan import REACH
from codecbench.schema import CLIPS, ENCODINGS, SCORES, TIMINGS
from codecbench.store import Row, read_run

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = [
    "clip",
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
    "metric",
    "metric_version",
    "protocol",
    "unit",
    "direction",
    "value",
    "reason",
    "encoding_key",
]


def load(run: str | Path) -> pd.DataFrame:
    """Read a run as tidy rows (`COLUMNS`), sorted; the same plan gives the same rows.

    Beside the metrics, each encoding has rows for `bitrate_bps`, `header_bytes` and
    `clipped_samples`. bitrate_bps: measured, `8 * payload / duration`, or as stated where
    `bitrate_is_measured` is false. value: NaN where a metric has none, and `reason` says why.
    """
    import pandas as pd

    with read_run(Path(run)) as store:
        clips = {row["clip_hash"]: row for row in store.rows(CLIPS)}
        encodings = {row["key"]: row for row in store.rows(ENCODINGS)}
        scores = store.rows(SCORES)
    rows = [
        _tidy(clips[e["clip_hash"]], e) | score for e in encodings.values() for score in _counts(e)
    ]
    for score in scores:
        encoding = encodings[score["encoding_key"]]
        rows.append(_tidy(clips[encoding["clip_hash"]], encoding) | score)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["value"] = frame["value"].astype(float)
    order = ["codec", "channels", "bitrate_nominal_bps", "point", "clip", "metric", "protocol"]
    return frame.sort_values([*order, "encoding_key"], ignore_index=True)


def load_timings(run: str | Path) -> pd.DataFrame:
    """Read real-time factors: seconds of work per second of audio, by codec and point."""
    import pandas as pd

    with read_run(Path(run)) as store:
        return pd.DataFrame(store.rows(TIMINGS), columns=[c.name for c in TIMINGS.columns])


def load_token_counts(run: str | Path) -> pd.DataFrame:
    """Read how often each code was sent: one row an encoding, `counts` (codebooks, codebook_size).

    Channels coded one by one share their codebooks, so their counts are added.
    """
    import pandas as pd

    with read_run(Path(run)) as store:
        clips = {row["clip_hash"]: row for row in store.rows(CLIPS)}
        rows = [
            _tidy(clips[e["clip_hash"]], e) | {"counts": _unpacked(e)}
            for e in store.rows(ENCODINGS)
            if e["token_counts"] is not None
        ]
    return pd.DataFrame(rows)


def _unpacked(encoding: Row) -> np.ndarray[Any, np.dtype[np.int64]]:
    flat = np.frombuffer(zlib.decompress(encoding["token_counts"]), "<i4").astype(np.int64)
    shape = (-1, encoding["codebooks"], encoding["codebook_size"])
    counts: np.ndarray[Any, np.dtype[np.int64]] = flat.reshape(shape).sum(axis=0)
    return counts


def encoding_bitrate_bps(encoding: Row) -> float | None:
    """Measured bitrate, `8 * payload bytes / duration of the original`; or the stated one."""
    if not encoding["measured"]:
        return encoding["stated_bps"]  # type: ignore[no-any-return]
    return 8.0 * encoding["payload_bytes"] / encoding["duration_s"]  # type: ignore[no-any-return]


def misses_nominal(nominal_bps: float | None, measured_bps: float | None) -> bool:
    """Whether a measured rate lies beyond a factor of `REACH` from its nominal one."""
    if not nominal_bps or not measured_bps:
        return False
    return not 1 / REACH <= measured_bps / nominal_bps <= REACH


def _tidy(clip: Row, encoding: Row) -> Row:
    nominal = encoding["nominal_bps"]
    return {
        "clip": clip["clip"],
        "category": clip["category"],
        "group": clip["group"],
        "channels": encoding["channels"],
        "duration_s": encoding["duration_s"],
        "codec": encoding["codec"],
        "codec_version": encoding["codec_version"],
        "weights_hash": encoding["weights_hash"],
        "device": encoding["device"],
        "point": encoding["label"] or f"{(nominal or 0) / 1000:.4g}",
        "bitrate_nominal_bps": nominal,
        "bitrate_bps": encoding_bitrate_bps(encoding),
        "bitrate_is_measured": encoding["measured"],
        "coded_bandwidth_hz": encoding["coded_bandwidth_hz"],
        "encoding_key": encoding["key"],
    }


def _counts(encoding: Row) -> list[Row]:
    common = {"metric_version": 1, "protocol": "fixed", "direction": "lower"}
    values = [
        ("bitrate_bps", "bit/s", encoding_bitrate_bps(encoding), "a point without bitrate"),
        ("clipped_samples", "", encoding["clipped_samples"], ""),
    ]
    if encoding["measured"]:
        values.append(("header_bytes", "byte", encoding["header_bytes"], ""))
    if encoding["delay_samples"] is not None:
        values.append(("delay_samples", "sample", encoding["delay_samples"], ""))
    return [
        common
        | {"metric": name, "unit": unit, "value": value, "reason": why if value is None else ""}
        for name, unit, value, why in values
    ]
