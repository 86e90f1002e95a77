"""`bench show`: the summary of a stored run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codecbench.cli.command import Command
from codecbench.cli.measuring_options import WIDE
from codecbench.cli.terminal import tell

if TYPE_CHECKING:
    from codecbench.plan import Skipped


@click.command(cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@WIDE
@click.option(
    "--failures", is_flag=True, help="Show the cells that failed, with their tracebacks, alone."
)
def show(run: Path, wide: bool, failures: bool) -> None:
    """Show a stored RUN as a table of means.

    \b
    bench show runs/first
    bench show runs/first --wide
    bench show runs/first --failures

    Below the table stands what was skipped and what failed, with the reasons. Piped into another
    program, a row is always one line.
    """
    from codecbench.cli.show_standing import show_failures

    if failures:
        show_failures(run)
    else:
        show_run(run, wide)


def show_run(
    folder: Path,
    wide: bool = False,
    is_kept: bool = True,
    skipped: Sequence[Skipped] | None = None,
) -> None:
    """Print the results of a run, and what is missing from them.

    is_kept: it can be shown again. skipped: what is told of that; None for all that stands.
    """
    from codecbench.cli.codec_order import codecs_in_order
    from codecbench.cli.results_table import print_short, print_wide
    from codecbench.cli.show_standing import print_standing
    from codecbench.reports.measurements import read_runs
    from codecbench.reports.summary import clips_by_category, summarise

    measurements = read_runs([folder])
    (run,) = measurements.runs
    summary = summarise(measurements)
    clips = clips_by_category(measurements)
    order = codecs_in_order(run.standing.sessions, set(measurements.rows["codec"]))
    if summary.empty:
        tell(f"{folder} holds no results yet" if is_kept else "there are no results")
    elif wide:
        print_wide(summary, order, clips)
    else:
        again = f"bench show {shlex.quote(str(folder))} --wide" if is_kept else "--wide"
        print_short(summary, order, clips, again)
    print_standing(folder if is_kept else None, run.standing, skipped)
