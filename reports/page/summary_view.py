"""The summary tables: a row an operating point, a column a metric, one table a category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from codecbench.categories import EVERY, category_words
from codecbench.frames import misses_nominal
from codecbench.reports.page.metrics_shown import ShownMetric, of_metric
from codecbench.reports.page.view import (
    Cell,
    Choice,
    Column,
    Panels,
    TableView,
    counted,
    decimals_of,
    interval,
    kbps,
    number,
    number_cell,
    series_cell,
)
from codecbench.reports.summary import clips_by_layout
from codecbench.wording import clips_in_layouts

if TYPE_CHECKING:
    import pandas as pd

POINT = ["series", "point"]


def categories_of(frame: pd.DataFrame) -> list[str]:
    """Categories with rows, `EVERY` first."""
    found = set(frame.category)
    return [*([EVERY] if EVERY in found else []), *sorted(found - {EVERY})]


def category_choice(categories: list[str]) -> tuple[Choice, ...]:
    """The choice of a category; none where there is only one."""
    if len(categories) < 2:
        return ()
    return (Choice("Clips", tuple((name, category_words(name)) for name in categories)),)


def summary_panels(
    summary: pd.DataFrame, frontier: pd.DataFrame, metrics: list[ShownMetric]
) -> Panels:
    """The tables of a report's summary."""
    categories = categories_of(summary)
    tables = []
    for category in categories:
        of_category = summary[summary.category == category]
        ahead = frontier[frontier.category == category] if len(frontier) else frontier
        table = _table(of_category, ahead, metrics, category)
        tables.append((category if len(categories) > 1 else "", table))
    return Panels("summary", category_choice(categories), tuple(tables))


def _table(
    summary: pd.DataFrame, frontier: pd.DataFrame, metrics: list[ShownMetric], category: str
) -> TableView:
    shown = [m for m in metrics if of_metric(summary, m)["mean"].notna().any()]
    points = summary.sort_values(["channels", "series", "bitrate_bps", "point"])
    points = points.drop_duplicates(POINT)
    keys = list(zip(points["series"], points.point, strict=True))
    of_shown = summary[summary.metric.isin([m.name for m in shown])]
    layouts = clips_by_layout(of_shown)
    clips = max(layouts.values(), default=0)
    columns = [Column("Codec", numeric=False), Column("kbps", "measured")]
    cells: list[list[Cell]] = [
        [series_cell(row["series"]), _rate_cell(row)] for row in points.to_dict("records")
    ]
    for metric in shown:
        of_this = int(of_metric(summary, metric).clips.max())
        fewer = counted(of_this, "clip").replace(" ", "\u00a0") if 0 < of_this < clips else ""
        columns.append(Column(metric.title, ", ".join(filter(None, [metric.note, fewer]))))
        for row, cell in zip(cells, _metric_cells(summary, frontier, metric, keys), strict=True):
            row.append(cell)
    return TableView(
        f"Means over {category_words(category)} ({clips_in_layouts(layouts)})",
        tuple(columns),
        tuple(map(tuple, cells)),
    )


def _rate_cell(row: dict[Any, Any]) -> Cell:
    measured = float(row["bitrate_bps"])
    if not np.isfinite(measured):
        return Cell(str(row["point"]), None, hint="without a bitrate")
    nominal = row["bitrate_nominal_bps"]
    if not row["bitrate_is_measured"]:
        return Cell(f"{kbps(measured)}*", measured, hint="as stated, not measured")
    if np.isfinite(nominal or 0) and misses_nominal(nominal, measured):
        return Cell(f"{kbps(measured)}!", measured, hint=f"far from its nominal {kbps(nominal)}")
    return Cell(kbps(measured), measured)


def _metric_cells(
    summary: pd.DataFrame,
    frontier: pd.DataFrame,
    metric: ShownMetric,
    keys: list[tuple[str, str]],
) -> list[Cell]:
    rows = of_metric(summary, metric).drop_duplicates(POINT).set_index(POINT)
    rows = rows.reindex(keys)
    means = rows["mean"].to_numpy(float)
    decimals = decimals_of(rows, metric.digits)
    channels = dict(zip(summary["series"], summary.channels, strict=True))
    layouts = np.array([channels[series] for series, _ in keys])
    marks = [""] * len(keys)
    for layout in np.unique(layouts):
        here = np.flatnonzero(layouts == layout)
        for i, mark in zip(
            here.tolist(), _marks(means[here], metric.direction, decimals), strict=True
        ):
            marks[i] = mark
    ahead = of_metric(frontier, metric) if len(frontier) else frontier
    on_frontier = set(zip(ahead["series"], ahead.point, strict=True)) if len(ahead) else set()
    found = []
    for i, row in enumerate(rows.to_dict("records")):
        plain = number_cell(means[i], number(means[i], decimals))
        missing = row["without_value"]
        hint = f"{counted(int(missing), 'clip')} without a value" if missing and missing > 0 else ""
        found.append(
            Cell(
                plain.text,
                plain.order,
                interval(row["ci_low"], row["ci_high"], decimals),
                marks[i],
                keys[i] in on_frontier,
                hint=hint,
            )
        )
    return found


def _marks(means: npt.NDArray[np.float64], direction: str, decimals: int) -> list[str]:
    """Best and second of a column in one layout, as printed: equal texts share a mark."""
    if direction not in ("higher", "lower"):
        return [""] * len(means)
    rounded = np.round(means, decimals)
    order = sorted(set(rounded[np.isfinite(rounded)]), reverse=direction == "higher")
    if len(order) < 2:
        return [""] * len(means)
    names = {order[0]: "best", order[1]: "second"}
    return [names.get(value, "") for value in rounded]
