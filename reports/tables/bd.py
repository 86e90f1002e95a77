"""The matrix of Bjøntegaard differences: how much bitrate, or quality, each codec saves on another.

A row is the codec compared with, a column the codec that is judged: a negative rate says that the
column's codec needs so much less bitrate than the row's for the same quality. A codec that cannot
be compared with any other, for too few points say, has no row: a note tells why, once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from codecbench.categories import EVERY, category_words
from codecbench.errors import UsageError
from codecbench.files import label
from codecbench.plugins import did_you_mean
from codecbench.reports.metric_titles import protocol_suffix, title_of
from codecbench.reports.protocols import protocol_of
from codecbench.reports.statistics.bd import apart_in_words, without_any
from codecbench.reports.tables.digits import column_digits, written, written_intervals
from codecbench.reports.tables.model import MISSING, Cell, Column, Marks, Note, Row, Table

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.report import Report

Quantity = Literal["rate", "quality"]
NAMES: dict[Quantity, tuple[str, str, str]] = {
    "rate": ("bd_rate_percent", "rate_low", "rate_high"),
    "quality": ("bd_quality", "quality_low", "quality_high"),
}

BETTER = {"higher": "more is better", "lower": "less is better"}


def bd_table(
    report: Report,
    metric: str,
    protocol: str | None = None,
    category: str = EVERY,
    quantity: Quantity = "rate",
    intervals: bool = True,
) -> Table:
    """The matrix for one metric. protocol: the metric's only one, or the paper's, if left out.

    Raises `UsageError` for a metric, protocol or category of which there is no matrix.
    """
    cells = bd_cells(report.bd, metric, protocol, category)
    title = title_of(metric)
    scale = 1.0 if quantity == "rate" else title.scale
    labels = compared(cells)
    by_pair = {(row["anchor"], row["test"]): row for row in cells.to_dict("records")}
    names = NAMES[quantity]
    why = "why_not" if quantity == "rate" else "quality_why_not"
    values = {
        pair: tuple(float(row[name]) * scale for name in names) for pair, row in by_pair.items()
    }
    numbers = [(value[0], value[1], value[2]) for value in values.values()]
    digits = column_digits(numbers, 1 if quantity == "rate" else title.digits)
    ends = dict(zip(values, written_intervals(numbers, digits, sign=True), strict=True))
    marks = Marks()

    def cell(anchor: str, test: str) -> Cell:
        row: dict[Any, Any] = by_pair.get((anchor, test), {why: "not compared"})
        mean, low, high = values.get((anchor, test), (math.nan,) * 3)
        if anchor == test:
            return Cell("")
        if math.isnan(mean):
            return Cell(MISSING, marks=(marks.mark(f"not defined: {row[why]}"),))
        shown = ends[anchor, test] if intervals else ""
        why_none = row.get("note", "") if intervals and not shown else ""
        noted = (marks.mark(f"no interval: {why_none}"),) if why_none else ()
        return Cell(written(mean, digits, sign=True), shown, mean, low, high, marks=noted)

    rows = tuple(Row((Cell(anchor), *(cell(anchor, test) for test in labels))) for anchor in labels)
    direction = str(cells["direction"].iloc[0])
    unit = "%" if quantity == "rate" else title.unit
    words = f"BD-{quantity}{f' in {unit}' if unit else ''} for {title.long}"
    suffix = protocol_suffix(str(cells["protocol"].iloc[0]))
    kind = "" if category == EVERY else f", {category_words(category)}"
    heads = (
        Column("compared_with", "Compared with", numbers=False),
        *(Column(label, label, interval=True) for label in labels),
    )
    note = (
        "A column's codec judged against a row's: a negative rate is bitrate saved at the same "
        "quality."
        if quantity == "rate"
        else f"A column's codec less a row's, at the same bitrate; {BETTER[direction]}."
    )
    if intervals:
        note += " Intervals are of 95%, by a bootstrap over clips."
    return Table(
        f"{words}{suffix}{kind}",
        _label(quantity, metric, str(cells["protocol"].iloc[0]), category),
        heads,
        rows,
        (*marks.notes, Note(note), *(Note(f"{words}.") for words in apart_in_words(cells))),
    )


def _label(quantity: Quantity, metric: str, protocol: str, category: str) -> str:
    # Names of metrics hold no "-" of their own (`codecbench.metrics.names`).
    parts = ["bd", quantity, label(metric.replace("_", "-"))]
    parts += [protocol] if protocol_suffix(protocol) else []
    return "-".join(parts if category == EVERY else [*parts, "of", label(category)])


def compared(cells: pd.DataFrame) -> list[str]:
    """The codecs that have a row and a column, in their order; none where no two can be compared.

    cells: of one matrix.
    """
    apart = without_any(cells)
    names = dict.fromkeys([*cells["anchor"], *cells["test"]])
    left = [name for name in names if name not in apart]
    return left if len(left) > 1 else []


def bd_cells(bd: pd.DataFrame, metric: str, protocol: str | None, category: str) -> pd.DataFrame:
    """The rows of one matrix, as `bd_table` chooses it."""
    chosen = protocol_of(bd, metric, protocol, "BD matrix")
    of_metric = bd[(bd["metric"] == metric) & (bd["protocol"] == chosen)]
    known = sorted(set(of_metric["category"]))
    if category not in known:
        raise UsageError(
            f'there is no BD matrix of {metric} for the category "{category}".'
            f"{did_you_mean(category, known)} Known: {', '.join(known)}"
        )
    return of_metric[of_metric["category"] == category]
