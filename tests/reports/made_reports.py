"""Reports from numbers that are written by hand, for the tests of tables and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from codecbench.frames import COLUMNS
from codecbench.reports.measurements import Measurements, RunInfo
from codecbench.reports.summary import summarise

if TYPE_CHECKING:
    from codecbench.reports.report import Report

Values = Sequence[float | None]

DIRECTIONS = {"mel": "lower", "stft": "lower", "l1": "lower"}
UNITS = {"si_sdr": "dB", "visqol": "MOS"}
ANCHOR = "lowpass"


def made_report(
    points: Mapping[tuple[str, float], Mapping[str, Values]],
    categories: Sequence[str] = (),
    **facts: Any,
) -> Report:
    """A report with summary and measurements of these points alone.

    points: by series and kbps, values by clip of each metric, None for no value. `mel:native` is a
    metric under a protocol. categories: by clip. facts: columns of every row set otherwise.
    """
    measurements = made_measurements(points, categories, **facts)
    report = SimpleNamespace(
        measurements=measurements, summary=summarise(measurements), missing=(), ratings=None
    )
    return cast("Report", report)


def made_measurements(
    points: Mapping[tuple[str, float], Mapping[str, Values]],
    categories: Sequence[str] = (),
    **facts: Any,
) -> Measurements:
    """The measurements of `made_report`."""
    rows = [
        _row(series, kbps, metric, i, value, categories) | facts
        for (series, kbps), metrics in points.items()
        for metric, values in metrics.items()
        for i, value in enumerate(values)
    ]
    frame = pd.DataFrame(rows)
    assert set(COLUMNS) <= set(frame.columns)
    frame["value"] = frame["value"].astype(float)
    run = RunInfo("first", Path("runs/first"))
    return Measurements((run,), frame, pd.DataFrame(), _no_timings(), ())


def _row(
    series: str, kbps: float, metric: str, i: int, value: float | None, categories: Sequence[str]
) -> dict[str, Any]:
    name, _, protocol = metric.partition(":")
    fixed = "fixed" if name == "visqol" else "paper"
    anchor = series == ANCHOR
    return {
        "clip": f"clip{i:02}",
        "clip_hash": f"hash{i:02}",
        "category": categories[i] if categories else "",
        "group": "",
        "channels": 1,
        "duration_s": 2.0,
        "codec": series,
        "codec_version": "1",
        "weights_hash": "",
        "device": "cpu",
        "point": f"{kbps:g}",
        "bitrate_nominal_bps": None if anchor else kbps * 1000,
        "bitrate_bps": float("nan") if anchor else kbps * 1000,
        "bitrate_is_measured": True,
        "coded_bandwidth_hz": 22050.0 if series.startswith("dac") else 12000.0,
        "metric": name,
        "metric_version": 1,
        "protocol": protocol or fixed,
        "unit": UNITS.get(name, ""),
        "direction": DIRECTIONS.get(name, "higher"),
        "value": value,
        "reason": "" if value is not None else "the reference is silent",
        "encoding_key": f"{series}{kbps}{i}",
        "series": series,
        "run": "first",
    }


def _no_timings() -> pd.DataFrame:
    return pd.DataFrame(columns=["series", "point", "rtf_encode", "rtf_decode"])
