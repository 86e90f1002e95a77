"""Columns of metrics, asked for by name: which there are, and how a column of numbers is written.

A metric that was measured under several protocols has a column for each; `mel:native` asks for one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codecbench.errors import UsageError
from codecbench.metrics.table import metric_names
from codecbench.plugins import did_you_mean
from codecbench.reports.metric_titles import TITLES, Title, protocol_suffix, title_of
from codecbench.reports.tables.digits import (
    Numbers,
    column_digits,
    written,
    written_intervals,
)
from codecbench.reports.tables.model import MISSING, Cell, Column, Direction
from codecbench.reports.tables.ranking import ranks

if TYPE_CHECKING:
    import pandas as pd

UNITS_IN_KEYS = {"kHz": "khz", "%": "percent"}


@dataclass(frozen=True)
class MetricColumn:
    """A metric under one protocol. there: whether the summary has it at all."""

    metric: str
    protocol: str
    direction: Direction
    title: Title
    there: bool

    def column(self, *, interval: bool) -> Column:
        """The column that it makes."""
        suffix = protocol_suffix(self.protocol)
        key = self.metric.removesuffix("_hz") if self.title.scale != 1 else self.metric
        ends = [UNITS_IN_KEYS.get(self.title.unit, ""), self.protocol if suffix else ""]
        return Column(
            "_".join([key, *filter(None, ends)]),
            f"{self.title.short}{suffix}",
            self.title.unit,
            self.direction,
            interval=interval,
        )


@dataclass(frozen=True)
class Value:
    """What a cell shows, in the unit of the store.

    ranked: whether it may be best or second. channels: of its layout, in which it is ranked.
    """

    numbers: Numbers
    marks: tuple[str, ...] = ()
    ranked: bool = True
    channels: int = 1


def metric_columns(names: Sequence[str], summary: pd.DataFrame) -> list[MetricColumn]:
    """The columns that names ask for, each once.

    Raises `UsageError` for a name that is no metric, with the nearest one.
    """
    parts = summary[["metric", "protocol", "direction"]].drop_duplicates(["metric", "protocol"])
    there = {(row["metric"], row["protocol"]): row["direction"] for row in parts.to_dict("records")}
    found: list[MetricColumn] = []
    for asked in names:
        name, _, protocol = asked.partition(":")
        check_name(name, (metric for metric, _ in there))
        known = {"fixed", "native", "paper", *(key[1] for key in there)}
        if protocol and protocol not in known:
            raise UsageError(
                f'the column "{asked}" is of no protocol.{did_you_mean(protocol, known)} '
                f"Known: {', '.join(sorted(known))}"
            )
        keys = sorted(key for key in there if key[0] == name and protocol in ("", key[1]))
        # The paper's protocol first: a table is read from the left.
        keys.sort(key=lambda key: bool(protocol_suffix(key[1])))
        for key in keys or [(name, protocol)]:
            direction = there.get(key, "neither")
            column = MetricColumn(*key, direction, _title(name, summary), key in there)
            if column not in found:
                found.append(column)
    return found


def check_name(name: str, there: Iterable[str], others: Iterable[str] = ()) -> None:
    """Raise `UsageError` for a name that is neither a metric nor one of `others`."""
    known = list(dict.fromkeys([*others, *metric_names(), *TITLES, *there]))
    if name not in known:
        raise UsageError(
            f'no column is called "{name}".{did_you_mean(name, known)} Known: {", ".join(known)}'
        )


def metric_cells(
    values: Sequence[Value],
    column: MetricColumn,
    *,
    intervals: bool,
    differences: bool = False,
) -> list[Cell]:
    """Cells of a column, all with the same digits, best and second marked.

    intervals: whether they are printed; digits follow them where they are not, too.
    differences: all but the first are differences: they get their sign, and none is ranked.
    """
    shown = [_scaled(value.numbers, column.title.scale) for value in values]
    # Differences are finer than what they are of: the baseline's own interval has no say.
    decisive = shown[1:] if differences else shown
    finer = differences and any(high > low for _, low, high in decisive)
    digits = column_digits(decisive, column.title.digits + finer)
    means = [n[0] if v.ranked else math.nan for n, v in zip(shown, values, strict=True)]
    best, second = [False] * len(means), [False] * len(means)
    for channels in {value.channels for value in values}:
        here = [i for i, value in enumerate(values) if value.channels == channels]
        direction = "neither" if differences else column.direction
        marks = ranks([means[i] for i in here], direction, digits)
        for i, is_best, is_second in zip(here, *marks, strict=True):
            best[i], second[i] = is_best, is_second
    ends = written_intervals(shown, digits, sign=differences)
    return [
        Cell(
            MISSING if math.isnan(mean) else written(mean, digits, sign=differences),
            ends[i] if intervals else "",
            mean,
            low,
            high,
            best=best[i],
            second=second[i],
            marks=values[i].marks,
        )
        for i, (mean, low, high) in enumerate(shown)
    ]


def _title(metric: str, summary: pd.DataFrame) -> Title:
    units = summary.loc[summary["metric"] == metric, "unit"]
    title = title_of(metric, str(units.iloc[0]) if len(units) else "")
    # The columns of papers have no unit where a scale of opinion scores is meant.
    return replace(title, unit="" if title.unit == "MOS" else title.unit)


def _scaled(numbers: Numbers, scale: float) -> Numbers:
    mean, low, high = (float(value) * scale for value in numbers)
    return mean, low, high
