"""Measurements that are written by hand: one value for each clip, series, point and metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from codecbench.frames import COLUMNS
from codecbench.reports.measurements import Measurements

Value = Callable[[str, float, int], float | str | None]
"""(series, kbps, clip) -> a value, a reason for none, or None for a clip that was not scored."""


def measured(
    points: Mapping[str, Sequence[float]],
    metrics: Mapping[str, Value],
    clips: int = 8,
    groups: Sequence[str] = (),
    categories: Sequence[str] = (),
    directions: Mapping[str, str] | None = None,
) -> Measurements:
    """points: kbps of each series. Clips have 2 s; bitrates are met to the bit."""
    rows: list[dict[str, Any]] = []
    for series, rates in points.items():
        for kbps in rates:
            for clip in range(clips):
                encoding: dict[str, Any] = {
                    "clip": f"clip{clip:04}",
                    "clip_hash": f"hash{clip:04}",
                    "category": categories[clip] if categories else "",
                    "group": groups[clip] if groups else "",
                    "channels": 1,
                    "duration_s": 2.0,
                    "codec": series,
                    "codec_version": "1",
                    "weights_hash": "",
                    "device": "cpu",
                    "point": f"{kbps:g}",
                    "bitrate_nominal_bps": 1000 * kbps,
                    "bitrate_bps": 1000 * kbps,
                    "bitrate_is_measured": True,
                    "coded_bandwidth_hz": 8000.0,
                    "encoding_key": f"{series}@{kbps:g} {clip}",
                    "series": series,
                    "run": "run",
                }
                for metric, value in metrics.items():
                    found = value(series, kbps, clip)
                    if found is not None:
                        rows.append(encoding | _score(metric, found, directions or {}))
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "series", "run"])
    frame["value"] = frame["value"].astype(float)
    return Measurements((), frame, pd.DataFrame(), pd.DataFrame(), ())


def _score(metric: str, found: float | str, directions: Mapping[str, str]) -> dict[str, Any]:
    is_reason = isinstance(found, str)
    return {
        "metric": metric,
        "metric_version": 1,
        "protocol": "fixed",
        "unit": "MOS",
        "direction": directions.get(metric, "higher"),
        "value": None if is_reason else found,
        "reason": found if is_reason else "",
    }
