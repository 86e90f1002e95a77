"""`bench merge`: runs that were made apart become one."""

from __future__ import annotations

from pathlib import Path

import click

from codecbench.cli.command import Command
from codecbench.cli.terminal import tell


@click.command(cls=Command)
@click.argument("runs", nargs=-1, required=True, metavar="RUNS...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Write to this run, which is made or added to.",
)
def merge(runs: tuple[Path, ...], out: Path) -> None:
    """Merge runs that were made apart into one.

    \b
    bench merge runs/a runs/b --out runs/all

    RUNS are those of several jobs of a cluster, say. They stay as they are.
    """
    from codecbench.merging import merge_runs
    from codecbench.reports.files import write_files

    merged = merge_runs(runs, out)
    write_files(out)
    tell(f"{out}: {merged.added} results added, {merged.known} were there already")
