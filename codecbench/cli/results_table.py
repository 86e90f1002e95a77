"""A run's results in the terminal: six columns that fit it, or all columns and categories.

What a width holds is decided here: first intervals go, then headings take two lines, and then long
names of codecs are cut, so that a row is always one line. Where that is not enough metrics go,
which are named below the table: no number is ever cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codecbench.cli.results_sheet import FAR, LAST, STATED, Cell, Column, Sheet, sheet_of
from codecbench.cli.short_names import short_names
from codecbench.cli.terminal import GAP, LEAST_TEXT, UNBROKEN, print_table, tell, width

if TYPE_CHECKING:
    import pandas as pd
    from rich.text import Text

    from codecbench.reports.summary import ClipCounts

HEADLINES = ("mel", "visqol", "si_sdr")
"""Metrics of the short table; where one is missing, the next that there is stands in."""

NAME = "codec"
"""Heading of the first column."""

CONTINUED = " (continued)"


@dataclass(frozen=True)
class Layout:
    """How columns are set. head_lines: 1, or 2 with the unit on a line of its own."""

    intervals: bool
    head_lines: int


LAYOUTS = (Layout(True, 1), Layout(True, 2), Layout(False, 1), Layout(False, 2))
"""The fullest first."""


def print_short(
    summary: pd.DataFrame, order: Sequence[str], clips: Mapping[str, ClipCounts], more: str
) -> None:
    """Print codec, nominal and measured bitrate and three metrics, over all clips.

    order: codecs as they were asked for. clips: how many, by category. more: the
    command that shows what is left out.
    """
    from codecbench.categories import EVERY

    every = summary[summary["category"] == EVERY]
    sheet = sheet_of(every, order, clips[EVERY], with_last=True)
    metrics = headlines(sheet.metrics)
    columns = (*sheet.rates, *metrics)
    room = width() or UNBROKEN
    longest = max(map(len, (NAME, *sheet.codecs)))
    layout = next((x for x in LAYOUTS if longest + _taken(columns, x) <= room), LAYOUTS[-1])
    while len(metrics) > 1 and min(longest, LEAST_TEXT) + _taken(columns, layout) > room:
        metrics = metrics[:-1]  # named below with what else there is
        columns = (*sheet.rates, *metrics)
    _print(_title(sheet, EVERY), sheet, columns, layout, room)
    has_intervals = any(cell.interval for column in metrics for cell in column.cells)
    names = [column.name for column in sheet.metrics if column not in metrics]
    categories = sorted(set(summary["category"]) - {EVERY})
    left_out = [
        *(["95% intervals"] if has_intervals and not layout.intervals else []),
        *([", ".join(names)] if names else []),
        *([f"categories ({', '.join(categories)})"] if categories else []),
    ]
    _print_notes(columns, sheet, has_intervals)
    if left_out:
        tell(f"{more} has more: {'; '.join(left_out)}")


def print_wide(
    summary: pd.DataFrame, order: Sequence[str], clips: Mapping[str, ClipCounts]
) -> None:
    """Print every column with its intervals, over all clips and by category."""
    from codecbench.categories import EVERY

    room = width() or UNBROKEN
    layout = LAYOUTS[0] if room == UNBROKEN else LAYOUTS[1]
    for category in [EVERY, *sorted(set(summary["category"]) - {EVERY})]:
        of_category = summary[summary["category"] == category]
        sheet = sheet_of(of_category, order, clips[category], with_last=category == EVERY)
        title = _title(sheet, category)
        fixed = (*sheet.rates, sheet.of_row)
        for block in _blocks(sheet, fixed, layout, room):
            _print(title, sheet, (*fixed, *block), layout, room)
            title = title.removesuffix(CONTINUED) + CONTINUED
        if category == EVERY:
            has_intervals = any(c.interval for column in sheet.metrics for c in column.cells)
            _print_notes((*fixed, *sheet.metrics), sheet, has_intervals)


def headlines(metrics: Sequence[Column]) -> tuple[Column, ...]:
    """As many metrics as `HEADLINES` has: those, and the first others for missing ones."""
    named = [column for column in metrics if column.name in HEADLINES]
    others = [c for c in metrics if c.name not in HEADLINES and c.name not in LAST]
    chosen = [*named, *others][: len(HEADLINES)]
    return tuple(column for column in metrics if column in chosen)


def _title(sheet: Sheet, category: str) -> str:
    from codecbench.categories import EVERY, category_words
    from codecbench.wording import counted, layout_words

    total, by_layout = sheet.clips.total, sheet.clips.by_layout
    clips = counted(total, "clip")
    if len(by_layout) > 1:
        *others, last = (f"{n} {layout_words(layout)}" for layout, n in sorted(by_layout.items()))
        clips += f", {', '.join(others)} and {last}"
    what = (
        f"All {clips}" if category == EVERY else f"{category_words(category).capitalize()}, {clips}"
    )
    if category == EVERY and total == 1:
        what = "One clip"
    protocols = " and ".join(sheet.protocols)
    return f"{what}, {protocols} protocol" if protocols else what


def _print(title: str, sheet: Sheet, columns: Sequence[Column], layout: Layout, room: int) -> None:
    from rich.text import Text

    names = short_names(sheet.codecs, room - _taken(columns, layout))
    again = [i > 0 and name == names[i - 1] for i, name in enumerate(names)]
    rows: list[list[str | Text]] = [
        [
            Text(name, style="dim" if again[i] else ""),
            *(_text(column.cells[i], layout) for column in columns),
        ]
        for i, name in enumerate(names)
    ]
    print_table(title, [NAME, *(_head(column, layout) for column in columns)], rows)


def _blocks(
    sheet: Sheet, fixed: Sequence[Column], layout: Layout, room: int
) -> Iterator[list[Column]]:
    """Share metrics over as many tables as the width asks for."""
    longest = max(map(len, (NAME, *sheet.codecs)))
    start = min(longest, room // 3) + _taken(fixed, layout)
    block: list[Column] = []
    used = start
    for column in sheet.metrics:
        needs = _taken([column], layout)
        if block and used + needs > room:
            yield block
            block, used = [], start
        block.append(column)
        used += needs
    if block:
        yield block


def _taken(columns: Sequence[Column], layout: Layout) -> int:
    """Characters that columns take beside the first, with the blanks before each."""
    return sum(
        GAP
        + max(
            *map(len, _head(column, layout).split("\n")),
            *(len(_text(cell, layout)) for cell in column.cells),
        )
        for column in columns
    )


def _head(column: Column, layout: Layout) -> str:
    return f"{column.name}{' ' if layout.head_lines == 1 else chr(10)}{column.unit}".strip()


def _text(cell: Cell, layout: Layout) -> Text:
    from rich.text import Text

    interval = cell.interval if layout.intervals else ""
    return Text.assemble(cell.value, (interval, "dim"), (cell.few, "dim"))


def _print_notes(columns: Sequence[Column], sheet: Sheet, has_intervals: bool) -> None:
    from codecbench.point_choice import REACH
    from codecbench.reports.intervals import LEAST_CLIPS

    cells = [cell for column in columns for cell in column.cells]
    rates = [cell.value for column in sheet.rates for cell in column.cells]
    notes = []
    if not has_intervals and min(sheet.clips.by_layout.values()) < LEAST_CLIPS:
        notes.append(f"no 95% intervals under {LEAST_CLIPS} clips")
    if len(sheet.clips.by_layout) > 1:
        notes.append("layouts are of other clips: compare codecs within one")
    if any(cell.few for cell in cells):
        notes.append("(n): over n clips alone")
    if any(STATED in rate for rate in rates):
        notes.append(f"{STATED}: stated, not measured")
    if any(FAR in rate for rate in rates):
        notes.append(f"{FAR}: beyond a factor of {REACH:g} from the nominal bitrate")
    if notes:
        tell("; ".join(notes))
