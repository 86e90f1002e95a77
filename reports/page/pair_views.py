"""Two codecs against each other: BD-rate matrices, and comparisons at like bitrates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.categories import category_words
from codecbench.reports.intervals import LEAST_CLIPS
from codecbench.reports.page.metrics_shown import ShownMetric, of_metric
from codecbench.reports.page.summary_view import categories_of
from codecbench.reports.page.view import (
    Cell,
    Choice,
    Column,
    Panels,
    TableView,
    digits_between,
    interval,
    kbps,
    number,
    number_cell,
    p_value,
    series_cell,
    signed,
)
from codecbench.reports.statistics.bd import apart_in_words
from codecbench.reports.tables.bd import compared

if TYPE_CHECKING:
    import pandas as pd


def bd_panels(bd: pd.DataFrame, metrics: list[ShownMetric]) -> Panels | None:
    """A matrix a metric and category; None where no two codecs can be compared by any metric."""
    if bd.empty or not compared(bd):
        return None
    return _panels("bd", bd, metrics, _matrix)


def paired_panels(paired: pd.DataFrame, metrics: list[ShownMetric]) -> Panels | None:
    """A table of comparisons a metric and category; None without any."""
    return _panels("paired", paired, metrics, _comparisons)


def _panels(
    name: str, frame: pd.DataFrame, metrics: list[ShownMetric], table: Any
) -> Panels | None:
    if frame.empty:
        return None
    shown = [metric for metric in metrics if len(of_metric(frame, metric))]
    categories = categories_of(frame)
    choices = [Choice("Metric", tuple((metric.key, metric.title) for metric in shown))]
    if len(categories) > 1:
        words = tuple((category, category_words(category)) for category in categories)
        choices.append(Choice("Clips", words))
    tables = []
    for metric in shown:
        of_this = of_metric(frame, metric)
        for category in categories:
            part = of_this[of_this.category == category]
            key = "|".join([metric.key, category][: len(choices)])
            tables.append((key, table(part, metric, category)))
    return Panels(name, tuple(choices), tuple(tables))


def _matrix(bd: pd.DataFrame, metric: ShownMetric, category: str) -> TableView:
    labels = sorted(compared(bd))
    cells = {(row["anchor"], row["test"]): row for row in bd.to_dict("records")}
    rows = [
        (
            series_cell(anchor),
            *(_bd_cell(cells.get((anchor, test)), anchor == test) for test in labels),
        )
        for anchor in labels
    ]
    columns = (Column("Compared with", numeric=False), *(Column(label) for label in labels))
    caption = (
        f"Bitrate that a column's codec saves (−) or spends (+) at equal {metric.short}, "
        f"{category_words(category)}"
    )
    notes = tuple(f"{words}." for words in apart_in_words(bd))
    return TableView(caption, columns, tuple(rows), sortable=False, notes=notes)


def _bd_cell(row: dict[Any, Any] | None, same: bool) -> Cell:
    if same:
        return Cell("·")
    if row is None:
        return Cell("–", None, hint="not compared")
    rate = float(row["bd_rate_percent"])
    if row["why_not"] or not np.isfinite(rate):
        return Cell("not defined", None, interval=str(row["why_not"]))
    ends = (float(row["rate_low"]), float(row["rate_high"]))
    sure = np.isfinite(ends).all() and (ends[0] > 0 or ends[1] < 0)
    return Cell(
        f"{signed(rate, 0 if abs(rate) >= 100 else 1)} %",
        rate,
        interval(*ends, 0),
        mark="best" if sure and rate < 0 else "",
        hint=f"quality at equal bitrate: {signed(float(row['bd_quality']), 3)}; "
        f"the curves share {100 * float(row['overlap']):.0f}% of their range",
    )


def _comparisons(paired: pd.DataFrame, metric: ShownMetric, category: str) -> TableView:
    columns = (
        Column("Codec", numeric=False),
        Column("kbps"),
        Column("against", numeric=False),
        Column("kbps"),
        Column("Difference", metric.note),
        Column("Better", numeric=False),
        Column("p", "Holm"),
        Column("Effect size"),
        Column("Clips"),
    )
    ordered = paired.assign(without=paired.difference.isna()).sort_values("without", kind="stable")
    rows = tuple(_comparison(row) for row in ordered.to_dict("records"))
    caption = f"{metric.title}: differences at like bitrates, {category_words(category)}"
    return TableView(caption, columns, rows)


def _why_untested(row: dict[Any, Any], are_enough: bool) -> str:
    return str(row["why_not"] or "") or ("no test" if are_enough else "too few clips")


def _comparison(row: dict[Any, Any]) -> tuple[Cell, ...]:
    difference = float(row["difference"])
    is_tested = row["clips"] >= LEAST_CLIPS
    better = {"a": row["a"], "b": row["b"]}.get(row["better"], "") if is_tested else ""
    p_holm = float(row["p_holm"]) if is_tested else math.nan
    why_none = "" if math.isfinite(p_holm) else _why_untested(row, is_tested)
    decimals = digits_between(float(row["low"]), float(row["high"]), 3)
    cells = [
        series_cell(row["a"]),
        number_cell(row["bitrate_a_bps"], kbps(row["bitrate_a_bps"])),
        series_cell(row["b"]),
        number_cell(row["bitrate_b_bps"], kbps(row["bitrate_b_bps"])),
    ]
    if not np.isfinite(difference):
        why = str(row["why_not"] or "not compared")
        return (*cells, Cell("–", None, why), *(Cell("–", None) for _ in range(4)))
    left_out = f"{int(row['left_out'])} left out: {row['why_left_out']}" if row["left_out"] else ""
    return (
        *cells,
        Cell(signed(difference, decimals), difference, interval(row["low"], row["high"], decimals)),
        series_cell(str(better)) if better else Cell("–", None),
        Cell(p_value(p_holm), None if why_none else p_holm, why_none),
        number_cell(row["effect_size"], number(row["effect_size"], 2)),
        Cell(str(int(row["clips"])), float(row["clips"]), left_out),
    )
