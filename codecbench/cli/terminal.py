"""What the terminal shows: tables as wide as it is, and progress where somebody is looking."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from codecbench.codecs.weights import Progress
    from codecbench.run import Report


def console(stderr: bool = False) -> Console:
    """A console: the terminal's width, or 120 columns where there is no terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 120, highlight=False)


def print_table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1
) -> None:
    """Print a table; the first `left` columns are text, the others numbers."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, heading in enumerate(headings):
        numbers = i >= left
        table.add_column(heading, justify="right" if numbers else "left", no_wrap=numbers or not i)
    for row in rows:
        table.add_row(*row)
    console().print(table)


@contextmanager
def progress() -> Iterator[Report]:
    """Yield what `codecbench.run.execute` reports to: bars with the time left, on a terminal."""
    if not sys.stderr.isatty():
        yield lambda phase, done, of: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("gone,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=console(stderr=True)) as bars:
        known: dict[str, TaskID] = {}

        def report(phase: str, done: int, of: int) -> None:
            if phase not in known and of:
                known[phase] = bars.add_task(phase, total=of)
            if phase in known:
                bars.update(known[phase], completed=done, total=of)

        yield report


@contextmanager
def download_progress() -> Iterator[Progress | None]:
    """Yield what `codecbench.codecs.weights.fetch` reports to; None where nobody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as rich_progress

    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.DownloadColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    with rich_progress.Progress(*columns, console=console(stderr=True)) as bars:
        known: dict[str, rich_progress.TaskID] = {}

        def report(name: str, done: int, of: int | None) -> None:
            if name not in known:
                known[name] = bars.add_task(name, total=of)
            bars.update(known[name], completed=done)

        yield report
