"""`bench show`: the summary of a stored run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from codecbench.cli.command import Command


@click.command(cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--wide", is_flag=True, help="Show every metric, with 95% intervals, by category.")
def show(run: Path, wide: bool) -> None:
    """Show a stored RUN as a table of means.

    \b
    bench show runs/first
    bench show runs/first --wide

    Below the table stands what was skipped and what failed, with the reasons. Piped into another
    program, a row is always one line.
    """
    show_run(run, wide)


def show_run(
    folder: Path, wide: bool = False, is_kept: bool = True, with_skips: bool = True
) -> None:
    """Print the results of a run, and what is missing from them.

    is_kept: it can be shown again. with_skips: what it skipped has not been told yet.
    """
    from codecbench.cli.codec_order import codecs_in_order
    from codecbench.cli.results_table import print_short, print_wide
    from codecbench.cli.terminal import tell
    from codecbench.reports.measurements import read_runs
    from codecbench.reports.summary import summarise

    measurements = read_runs([folder])
    (run,) = measurements.runs
    failures = run.failures
    summary = summarise(measurements)
    order = codecs_in_order(run.sessions, set(measurements.rows["codec"]))
    if summary.empty:
        click.echo(f"{folder} holds no results yet")
    elif wide:
        print_wide(summary, order)
    else:
        again = f"bench show {shlex.quote(str(folder))} --wide" if is_kept else "--wide"
        print_short(summary, order, again)
    _print_sessions(run.sessions, with_skips)
    for failure in failures:
        tell(
            f"failed: {failure['codec']}@{failure['point']} on {failure['clip']}, "
            f"{failure['stage']}: {failure['reason']}"
        )
    if failures:
        click.echo(f"cells that failed: {len(failures)}; the same command tries them again")


def _print_sessions(sessions: Sequence[dict[str, Any]], with_skips: bool) -> None:
    from codecbench.cli.reasons import by_reason
    from codecbench.cli.terminal import tell

    if not sessions:
        return
    last = sessions[-1]
    if with_skips:
        for line in by_reason((row["what"], row["reason"]) for row in last["skipped"]):
            tell(f"skipped: {line}")
    if last["status"] != "finished":
        click.echo("this run is not complete: its last command was stopped. It goes on with")
        click.echo(f"  {last['command']}")
    keys = set().union(*(session["versions"] for session in sessions))
    for name in sorted(keys):
        versions = sorted({str(session["versions"].get(name)) for session in sessions})
        if len(versions) > 1:
            click.echo(f"warning: this run mixes {name} {' and '.join(versions)}")
