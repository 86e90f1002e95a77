"""How far a command is: bars for somebody who is looking, a line now and then for a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from codecbench.cli.terminal import console

if TYPE_CHECKING:
    from codecbench.codecs.weights import Progress
    from codecbench.run import Report

LINE_EVERY_S = 60.0
"""Between two lines of a log: a night's run leaves some hundreds, a short one none."""


@contextmanager
def progress() -> Iterator[Report]:
    """Yield what `codecbench.run.execute` reports to: bars with the time left, on a terminal."""
    if not sys.stderr.isatty():
        yield lines_for_a_log()
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


def lines_for_a_log(clock: Callable[[], float] = time.monotonic) -> Report:
    """Something to report to that prints a line each `LINE_EVERY_S`. clock: gives seconds."""
    printed_s = clock()

    def report(phase: str, done: int, of: int) -> None:
        nonlocal printed_s
        now_s = clock()
        if now_s - printed_s >= LINE_EVERY_S:
            printed_s = now_s
            click.echo(f"{phase}: {done} of {of}", err=True)

    return report


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
