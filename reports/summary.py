"""From tidy rows to one number a codec, operating point and metric: means with 95% intervals.

Means are over the clips that have a value; how many have none stands beside. The interval is
Student's t over clips, and under `LEAST_CLIPS` clips there is none. Bitrate over many clips is
Σ bits / Σ seconds, not a mean of ratios. Layouts (channels) and protocols are never averaged
together.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.frames import load, load_timings, load_token_counts
from codecbench.metrics.codebooks import bitrate_efficiency, codebook_usage

if TYPE_CHECKING:
    import pandas as pd

LEAST_CLIPS = 5
EVERY = "all"
"""The name of the category that holds every clip."""

POINT = ["codec", "codec_version", "weights_hash", "device", "channels", "point"]
"""What tells one row of a summary from another, beside category, metric and protocol."""

COLUMNS = [
    *POINT,
    "category",
    "metric",
    "protocol",
    "unit",
    "direction",
    "bitrate_nominal_bps",
    "bitrate_bps",
    "bitrate_is_measured",
    "mean",
    "ci_low",
    "ci_high",
    "clips",
    "without_value",
]


def summarise(run: str | Path) -> pd.DataFrame:
    """Summarise a stored run, over all clips and by category (`COLUMNS`).

    `codebook_usage` and `bitrate_efficiency` are of the run's pooled codes, `rtf_encode` and
    `rtf_decode` of the timing: they have one value, and no interval.
    """
    import pandas as pd

    frame = load(run)
    if frame.empty:
        return pd.DataFrame(columns=COLUMNS)
    pooled = load_token_counts(run)
    timings = load_timings(run)
    rows: list[dict[str, Any]] = []
    for category, part in _by_category(frame):
        rates = {key: _bitrate(group) for key, group in part.groupby(POINT, sort=False)}
        for key, group in part.groupby([*POINT, "metric", "protocol"], sort=False):
            of_point = dict(zip(POINT, key, strict=False)) | rates[key[:-2]]
            if key[-2] != "bitrate_bps":
                rows.append(of_point | {"category": category} | _statistics(group))
        points = {key: dict(zip(POINT, key, strict=True)) | rate for key, rate in rates.items()}
        rows += _codebook_rows(points, category, _in_category(pooled, category))
        if category == EVERY:
            rows += _timing_rows(points, timings)
    summary = pd.DataFrame(rows, columns=COLUMNS)
    order = ["codec", "channels", "bitrate_nominal_bps", "point", "category", "metric"]
    return summary.sort_values(order, ignore_index=True, kind="stable")


def mean_interval(values: np.ndarray[Any, Any]) -> tuple[float, float, float]:
    """Mean and its 95% interval by Student's t; NaN for the interval under `LEAST_CLIPS` values."""
    # Not scipy.stats, whose import alone takes a second.
    from scipy.special import stdtrit

    mean = float(np.mean(values))
    if values.size < LEAST_CLIPS:
        return mean, float("nan"), float("nan")
    half = stdtrit(values.size - 1, 0.975) * np.std(values, ddof=1) / np.sqrt(values.size)
    return mean, mean - float(half), mean + float(half)


def _by_category(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield EVERY, frame
    categories = sorted(set(frame.category) - {""})
    if len(categories) > 1:
        for category in categories:
            yield category, _in_category(frame, category)


def _in_category(frame: pd.DataFrame, category: str) -> pd.DataFrame:
    return frame if category == EVERY or frame.empty else frame[frame.category == category]


def _bitrate(group: pd.DataFrame) -> dict[str, Any]:
    encodings = group.drop_duplicates("encoding_key")
    first = encodings.iloc[0]
    bits = (encodings.bitrate_bps * encodings.duration_s).sum(min_count=len(encodings))
    return {
        "bitrate_nominal_bps": first.bitrate_nominal_bps,
        "bitrate_bps": bits / encodings.duration_s.sum(),
        "bitrate_is_measured": bool(first.bitrate_is_measured),
    }


def _statistics(group: pd.DataFrame) -> dict[str, Any]:
    first = group.iloc[0]
    values = group.value.dropna().to_numpy()
    mean, low, high = mean_interval(values) if values.size else (float("nan"),) * 3
    return {
        "metric": first.metric,
        "protocol": first.protocol,
        "unit": first.unit,
        "direction": first.direction,
        "mean": mean,
        "ci_low": low,
        "ci_high": high,
        "clips": int(values.size),
        "without_value": int(len(group) - values.size),
    }


def _codebook_rows(
    points: dict[Any, dict[str, Any]], category: str, pooled: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    if pooled.empty:
        return
    for key, group in pooled.groupby(POINT, sort=False):
        counts = np.sum(list(group.counts), axis=0)
        values = {
            "codebook_usage": codebook_usage(counts),
            "bitrate_efficiency": bitrate_efficiency(counts),
        }
        for name, value in values.items():
            yield points[key] | {
                "category": category,
                "metric": name,
                "protocol": "fixed",
                "unit": "",
                "direction": "higher",
                "mean": value,
                "ci_low": float("nan"),
                "ci_high": float("nan"),
                "clips": len(group),
                "without_value": 0,
            }


def _timing_rows(
    points: dict[Any, dict[str, Any]], timings: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    for timing in timings.to_dict("records"):
        key = tuple(timing[name] for name in POINT)
        for name in ("rtf_encode", "rtf_decode"):
            if key in points:
                yield points[key] | {
                    "category": EVERY,
                    "metric": name,
                    "protocol": "fixed",
                    "unit": "s/s",
                    "direction": "lower",
                    "mean": timing[name],
                    "ci_low": float("nan"),
                    "ci_high": float("nan"),
                    "clips": 1,
                    "without_value": 0,
                }
