"""The data of the interactive curves, as the page's script reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.categories import EVERY, category_words
from codecbench.reports.page.looks import Look
from codecbench.reports.page.metrics_shown import (
    LAST,
    ShownMetric,
    headline_metrics,
    of_metric,
)
from codecbench.reports.page.summary_view import categories_of
from codecbench.reports.page.view import decimals_of

if TYPE_CHECKING:
    import pandas as pd

Plots = dict[str, Any]


def rate_plots(
    summary: pd.DataFrame,
    frontier: pd.DataFrame,
    metrics: list[ShownMetric],
    looks: dict[str, Look],
) -> Plots:
    """Each metric over measured bitrate: one panel a metric, points by category and series."""
    drawn = [m for m in metrics if m.name != "bandwidth_reference_hz"]
    categories = categories_of(summary)
    panels = []
    for metric in drawn:
        rows = of_metric(summary, metric)
        rows = rows[rows["mean"].notna()]
        ahead = of_metric(frontier, metric) if len(frontier) else frontier
        panels.append(
            _panel(metric, rows)
            | {
                "points": {
                    category: _points(rows[rows.category == category], ahead, category, looks)
                    for category in categories
                }
            }
        )
    return {
        "x": {"title": "measured bitrate, kbps", "unit": "kbps"},
        "series": _series(looks),
        "categories": [[name, category_words(name)] for name in categories],
        "panels": panels,
    }


def speed_plots(
    summary: pd.DataFrame,
    speed: pd.DataFrame,
    metrics: list[ShownMetric],
    looks: dict[str, Look],
) -> Plots | None:
    """The headline metrics over decoding time; None where nothing was timed."""
    if speed.empty:
        return None
    timed = speed.drop_duplicates(["series", "point"]).set_index(["series", "point"]).rtf_decode
    panels = []
    for metric in [m for m in headline_metrics(metrics) if m.name not in LAST][:3]:
        rows = of_metric(summary, metric)
        rows = rows[rows["mean"].notna() & (rows.category == EVERY)]
        keys = list(zip(rows["series"], rows.point, strict=True))
        rows = rows.assign(x=[float(timed.get(key, np.nan)) for key in keys])
        rows = rows[rows.x.notna()]
        if len(rows):
            points = [_point(row, row["x"], False, looks) for row in rows.to_dict("records")]
            panels.append(_panel(metric, rows) | {"points": {EVERY: points}})
    if not panels:
        return None
    return {
        "x": {"title": "decoding, s per s of audio", "unit": "s/s"},
        "series": _series(looks),
        "categories": [[EVERY, category_words(EVERY)]],
        "panels": panels,
    }


def _series(looks: dict[str, Look]) -> list[dict[str, str]]:
    return [
        {"label": look.label, "symbol": look.symbol, "colour": look.colour, "dash": look.dash}
        for look in looks.values()
    ]


def _panel(metric: ShownMetric, rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "key": metric.key,
        "title": metric.title,
        "axis": metric.axis,
        "unit": metric.shown_unit,
        "decimals": decimals_of(rows, metric.digits),
    }


def _points(
    rows: pd.DataFrame, frontier: pd.DataFrame, category: str, looks: dict[str, Look]
) -> list[list[Any]]:
    ahead = set()
    if len(frontier):
        mine = frontier[frontier.category == category]
        ahead = set(zip(mine["series"], mine.point, strict=True))
    ordered = rows.sort_values(["series", "bitrate_bps"])
    return [
        _point(row, row["bitrate_bps"] / 1000, (row["series"], row["point"]) in ahead, looks)
        for row in ordered.to_dict("records")
        if row["series"] in looks
    ]


def _point(row: dict[Any, Any], x: float, on_frontier: bool, looks: dict[str, Look]) -> list[Any]:
    """[series' place, x or null, mean, low or null, high or null, clips, frontier, point].

    frontier: the channels of the layout whose frontier the point is on, 0 for none.
    """
    return [
        list(looks).index(row["series"]),
        _rounded(x),
        _rounded(row["mean"]),
        _rounded(row["ci_low"]),
        _rounded(row["ci_high"]),
        int(row["clips"]),
        int(row["channels"]) if on_frontier else 0,
        str(row["point"]),
    ]


def _rounded(value: float) -> float | None:
    """Six digits; None for NaN, which JSON lacks."""
    return float(f"{value:.6g}") if value is not None and np.isfinite(value) else None
