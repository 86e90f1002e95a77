"""`bench merge`: runs that were made apart become one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codecbench.cli.command import Command
from codecbench.cli.terminal import tell

if TYPE_CHECKING:
    from codecbench.merged_clips import Difference

_NAMED = 3
"""Clips that a line names; the others are counted."""


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

    RUNS are those of several jobs of a cluster, say. They stay as they are; where one of them
    cannot be merged, so does the run of --out.
    """
    from codecbench.merging import merge_runs
    from codecbench.reports.files import write_files

    merged = merge_runs(runs, out)
    write_files(out)
    _tell_differences(merged.differences)
    tell(f"{out}: {merged.added} results added, {merged.known} were there already")


def _tell_differences(differences: Iterable[Difference]) -> None:
    """Say what the runs call one clip, and what stays, labels of one kind together."""
    by_label: dict[str, list[Difference]] = {}
    for difference in differences:
        by_label.setdefault(difference.what, []).append(difference)
    for label, alike in by_label.items():
        named = "; ".join(
            f"{one.clip} is of {label} {one.kept}, not {one.other}"
            if label != "name"
            else f"{one.clip}, not {one.other}"
            for one in alike[:_NAMED]
        )
        more = f"; and {len(alike) - _NAMED} more" if len(alike) > _NAMED else ""
        tell(f"note: the runs differ in a clip's {label}, and one is kept: {named}{more}")
