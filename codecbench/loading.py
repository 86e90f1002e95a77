"""Stored runs as one pandas frame, for notebooks.

from codecbench import load
frame = load("runs/first")
frame[frame.metric == "visqol"].groupby(["codec", "bitrate_nominal_bps"]).value.mean()
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.errors import Unscorable, UsageError
from codecbench.frames import COLUMNS, clip_rows, in_order, load_timings, load_token_counts
from codecbench.metrics.codebooks import bitrate_efficiency, codebook_usage

if TYPE_CHECKING:
    import pandas as pd

SERIES = ["codec", "codec_version", "weights_hash", "device", "channels"]
OF_POINT = [*SERIES, "point", "bitrate_nominal_bps", "bitrate_is_measured", "coded_bandwidth_hz"]


def load(runs: str | Path | Sequence[str | Path]) -> pd.DataFrame:
    """Read a run, or several as one, as tidy rows: `codecbench.frames.COLUMNS` and `machine`.

    Beside the metrics, each encoding has rows for `bitrate_bps`, `header_bytes` and
    `clipped_samples`. bitrate_bps: measured, `8 * payload / duration`, or as stated where
    `bitrate_is_measured` is false. value: NaN where a metric has none, and `reason` says why.

    What is measured of an operating point and not of a clip has rows of its own, whose `clip`,
    `clip_hash`, `category`, `group` and `encoding_key` are "", and whose bitrate is that over all
    clips: `rtf_encode` and `rtf_decode` in seconds per second of audio, with the `machine` that was
    timed ("" in all other rows), and for codecs with tokens `codebook_usage` and
    `bitrate_efficiency`, over the pooled codes of all clips.

    Of several runs, what two hold both is there once, and the column `run` names the first that
    has it, as it was given. Clips of several runs are told apart by `clip_hash`. A run's
    `results.csv` has the rows of clips alone, which two runs of one plan share.
    Raises `UsageError` for what is no run, `StoreError` for one that cannot be read.
    """
    is_one = isinstance(runs, str | Path)
    folders = [Path(runs)] if isinstance(runs, str | Path) else [Path(run) for run in runs]
    if not folders:
        raise UsageError("no run is named: give the folder of one")
    rows = _joined([clip_rows(folder).assign(run=str(folder)) for folder in folders])
    score = ["encoding_key", "metric", "metric_version", "protocol"]
    rows = rows.drop_duplicates(score).assign(machine="")
    points = _points(rows)
    tokens = _joined([load_token_counts(folder) for folder in folders])
    timings = _joined([load_timings(folder) for folder in folders])
    timed = [*SERIES, "point", "threads", "machine"]
    frame = _joined(
        [
            rows,
            _rows(points, _codebook_values(tokens.drop_duplicates("encoding_key"))),
            _rows(points, _timing_values(timings.drop_duplicates(timed))),
        ]
    )
    columns = [*COLUMNS, "machine"] if is_one else [*COLUMNS, "machine", "run"]
    return in_order(frame[columns])


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    full = [frame for frame in frames if not frame.empty]
    return pd.concat(full, ignore_index=True) if full else frames[0]


def _points(rows: pd.DataFrame) -> pd.DataFrame:
    """One row an operating point: `OF_POINT`, bitrate and length over its clips, the first run."""
    coded = rows[rows["metric"] == "bitrate_bps"]
    coded = coded.assign(bits=coded["bitrate_bps"] * coded["duration_s"])
    grouped = coded.groupby([*SERIES, "point"], sort=False)
    points = grouped[[*OF_POINT[len(SERIES) + 1 :], "run"]].first()
    seconds = grouped["duration_s"].sum()
    # min_count: a point without a bitrate has none, and not 0.
    rate = grouped["bits"].sum(min_count=1) / seconds
    return points.assign(duration_s=seconds, bitrate_bps=rate).reset_index()


def _rows(points: pd.DataFrame, values: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Values of operating points as tidy rows."""
    import pandas as pd

    if not values:
        return pd.DataFrame(columns=[*COLUMNS, "machine", "run"])
    empty = dict.fromkeys(("clip", "clip_hash", "category", "group", "encoding_key"), "")
    frame = pd.DataFrame(values).merge(points, on=[*SERIES, "point"], how="inner")
    return frame.assign(metric_version=1, protocol="fixed", **empty)


def _codebook_values(tokens: pd.DataFrame) -> list[dict[str, Any]]:
    values = []
    for key, group in tokens.groupby([*SERIES, "point"], sort=False) if len(tokens) else ():
        counts = np.sum(list(group["counts"]), axis=0)
        for name, measure in (
            ("codebook_usage", codebook_usage),
            ("bitrate_efficiency", bitrate_efficiency),
        ):
            value, reason = float("nan"), ""
            try:
                value = measure(counts)
            except Unscorable as verdict:
                reason = str(verdict)
            values.append(
                dict(zip([*SERIES, "point"], key, strict=True))
                | {"metric": name, "unit": "", "direction": "higher", "machine": ""}
                | {"value": value, "reason": reason}
            )
    return values


def _timing_values(timings: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {key: timing[key] for key in (*SERIES, "point", "machine")}
        | {"metric": name, "unit": "s/s", "direction": "lower"}
        | {"value": timing[name], "reason": ""}
        for timing in timings.to_dict("records")
        for name in ("rtf_encode", "rtf_decode")
    ]
