"""What the page's templates draw: tables as plain text and sort keys, and choices between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from codecbench.reports.tables.digits import column_digits, digits_of_interval, written

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    order: what sorting compares; None sorts last, whichever the direction.
    interval: shown lightly behind the text. mark: "best", "second" or "".
    swatch: the label of the series whose line and marker stand before the text, "" for none.
    bar: a share of 0 to 1 drawn as a bar, None for no bar.
    """

    text: str
    order: float | str | None = None
    interval: str = ""
    mark: str = ""
    on_frontier: bool = False
    swatch: str = ""
    bar: float | None = None
    hint: str = ""


@dataclass(frozen=True)
class Column:
    """A heading; note: unit and direction, in small type; a column of numbers is right-aligned."""

    heading: str
    note: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class TableView:
    """A table as it is drawn: what it shows, its columns, its rows in their first order.

    notes: sentences under it. Of a table without rows only caption and notes are drawn.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """A question whose answers are pairs of key and words; the first one is taken at the start."""

    label: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Panels:
    """Tables of which one is shown: answers to the choices, joined by "|", lead to a table."""

    name: str
    choices: tuple[Choice, ...]
    tables: tuple[tuple[str, TableView], ...]


def text_cell(text: object) -> Cell:
    """A cell that sorts by its words."""
    return Cell(str(text), str(text).casefold())


def series_cell(label: str) -> Cell:
    """A series with its line and marker, as the curves draw it."""
    return Cell(label, label.casefold(), swatch=label)


def number_cell(value: float, text: str) -> Cell:
    """A cell that sorts by a number; an en dash where there is none."""
    return Cell(text, float(value)) if np.isfinite(value) else Cell("–", None)


def decimals_of(rows: pd.DataFrame, default: int) -> int:
    """Digits after the point of a column of means. rows: with mean, ci_low and ci_high."""
    numbers = rows[["mean", "ci_low", "ci_high"]].astype(float)
    return column_digits(numbers.itertuples(index=False, name=None), default)


def number(value: float, decimals: int) -> str:
    """A number with a true minus sign; an en dash for none."""
    return written(value, decimals) if np.isfinite(value) else "–"


def kbps(bitrate_bps: float) -> str:
    """A bitrate in kbps with three digits, such as 0.861, 6.01, 24.1, 128."""
    if not np.isfinite(bitrate_bps):
        return "–"
    rate = bitrate_bps / 1000
    return number(rate, 0 if rate >= 100 else 1 if rate >= 10 else 2)


def interval(low: float, high: float, decimals: int) -> str:
    """An interval such as [1.2, 1.6]; "" where there is none."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return ""
    return f"[{number(low, decimals)}, {number(high, decimals)}]"


def signed(value: float, decimals: int) -> str:
    """A difference with its sign."""
    return written(value, decimals, sign=True) if np.isfinite(value) else "–"


def digits_between(low: float, high: float, default: int) -> int:
    """Digits after the point that an interval asks for; default where there is none."""
    return digits_of_interval((high - low) / 2) if high > low else default


def p_value(p: float) -> str:
    """A p value with two digits, from < 0.001 on."""
    if not np.isfinite(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def listed(items: Sequence[str]) -> str:
    """Words as a list: "a", "a and b", "a, b and c"; "a, x; and b, y" where they hold commas."""
    if len(items) < 2:
        return "".join(items)
    if any("," in item for item in items):
        return f"{'; '.join(items[:-1])}; and {items[-1]}"
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(count: int, noun: str) -> str:
    """A count and its noun: "1 clip", "12 clips"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}".replace(",", "\u202f")
