"""`bench merge`: runs that were made apart become one."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="A new run, or one to add to.",
)
def merge(runs: tuple[Path, ...], out: Path) -> None:
    """Merge RUNS, made by several cluster jobs say, into one."""
    from codecbench.merging import merge_runs
    from codecbench.reports.files import write_files

    merged = merge_runs(runs, out)
    write_files(out)
    click.echo(f"{out}: {merged.added} results added, {merged.known} were there already")
