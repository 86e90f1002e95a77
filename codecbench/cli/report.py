"""`bench report`: one page, and where asked for a paper's tables and figures, from stored runs."""

from __future__ import annotations

import math
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codecbench.cli.command import Command
from codecbench.cli.devices import DEVICE

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATH = click.Path(path_type=Path)


GROUPS = {
    "What is written": ("--out", "--tables", "--figures", "--budget"),
    "The paper's tables": ("--columns", "--intervals", "--ablation", "--at"),
    "What it is made from": ("--ratings", "--database", "--run-clips", "--device"),
}


@click.command(cls=Command, option_groups=GROUPS)
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--ratings",
    type=_PATH,
    metavar="TEST",
    help="Put this listening test beside the metrics.",
)
@click.option(
    "--database",
    metavar="ADDRESS",
    show_default="TEST/ratings.sqlite",
    help="Read the ratings from this database.",
)
@click.option(
    "--out",
    type=_PATH,
    metavar="DIR",
    show_default="report in the first run's folder",
    help="Write to this folder.",
)
@click.option("--tables", is_flag=True, help="Write tables as LaTeX, Markdown and CSV.")
@click.option(
    "--figures", is_flag=True, help="Write figures as PNG, and as SVG and PDF at column widths."
)
@click.option(
    "--columns",
    default="bandwidth,mel,stft,visqol,si_sdr",
    metavar="NAMES",
    help="Give the tables these columns, metrics by their names.",
)
@click.option("--intervals", is_flag=True, help="Print 95% intervals in the tables.")
@click.option(
    "--ablation",
    metavar="CODEC",
    help="Write an ablation's table with this baseline, and the others only with --tables.",
)
@click.option(
    "--at",
    type=float,
    metavar="KBPS",
    show_default="CODEC's highest",
    help="Compare the ablation at this bitrate.",
)
@click.option(
    "--budget",
    default=50.0,
    metavar="MB",
    help="Keep the page below this size by leaving out sounds. With 0 it has none.",
)
@click.option(
    "--run-clips",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Take the clips from here, where the runs' own are elsewhere.",
)
@DEVICE
@click.option(
    "--bd-bootstrap",
    default=500,
    metavar="N",
    help="Draw so often for the intervals of BD-rates. With 0 they have none.",
)
def report(
    runs: tuple[str, ...],
    ratings: Path | None,
    database: str | None,
    out: Path | None,
    tables: bool,
    figures: bool,
    columns: str,
    intervals: bool,
    ablation: str | None,
    at: float | None,
    budget: float,
    run_clips: Path | None,
    device: str,
    bd_bootstrap: int,
) -> None:
    """Make a page of runs: tables, curves, players.

    \b
    bench report runs/first
    bench report before=runs/first after=runs/second --tables --out report

    report.html is one file that opens anywhere. Several runs are joined; give one a name of your
    own as NAME=RUN.
    """
    from codecbench.cli.devices import check_device
    from codecbench.cli.reasons import by_reason
    from codecbench.cli.terminal import tell
    from codecbench.reports.output import (
        ablation_of,
        tables_of,
        write_figures,
        write_frames,
        write_tables,
    )
    from codecbench.reports.page.page import write_page
    from codecbench.reports.report import make_report
    from codecbench.wording import counted

    names = [name.strip() for name in columns.split(",") if name.strip()]
    _check_options(names, ratings, tables, ablation, at, budget, bd_bootstrap)
    check_device(device)
    named = [_named(run) for run in runs]
    first = named[0] if isinstance(named[0], Path) else named[0][1]
    folder = out or first / "report"
    command = shlex.join(["bench", *sys.argv[1:]])
    made = make_report(named, ratings, database, bd_bootstrap, command)
    written: list[str] = []
    # All tables first: a name that is not there is told before minutes of decoding, and before a
    # file is written.
    asked = tables_of(made, names, intervals) if tables else {}
    if ablation is not None:
        asked["ablation"] = ablation_of(made, ablation, at, names, intervals)
    if asked:
        found = write_tables(asked, folder / "tables")
        written.append(f"{counted(len(found), 'file')} in tables/")
        written.append(f"{counted(len(write_frames(made, folder / 'data')), 'file')} in data/")
    if figures:
        written.append(
            f"{counted(len(write_figures(made, folder / 'figures')), 'file')} in figures/"
        )
    page = write_page(made, folder / "report.html", round(budget * 1e6), run_clips, device)
    for line in by_reason((missing.what, missing.reason) for missing in made.missing):
        tell(f"missing: {line}")
    for note in made.ratings.notes if made.ratings else ():
        tell(f"listening test: {note}")
    for reason, what in page.missing:
        tell(f"missing: {what}: {reason}")
    if page.left_out:
        room = f"--budget {budget:g} leaves no room" if budget else "--budget 0 asks for none"
        tell(f"missing: {counted(page.left_out, 'sound')}: {room}; a larger one has more")
    tell(
        f"report: {page.path}, {page.size_bytes / 1e6:.1f} MB, {counted(page.sounds, 'sound')} of "
        f"{counted(page.players, 'clip')} to hear"
    )
    if written:
        tell(f"beside it: {', '.join(written)}")


def _check_options(
    names: Sequence[str],
    ratings: Path | None,
    tables: bool,
    ablation: str | None,
    at: float | None,
    budget: float,
    bd_bootstrap: int,
) -> None:
    """Raise `UsageError` for numbers out of range, and for options that would do nothing."""
    from click.core import ParameterSource

    from codecbench.errors import UsageError

    for option, number in (("--budget", budget), ("--bd-bootstrap", bd_bootstrap)):
        if not 0 <= number < math.inf:
            raise UsageError(f"{option} {number:g}: give 0 or more")
    if at is not None and not 0 < at < math.inf:
        raise UsageError(f"--at {at:g}: give a bitrate above 0, in kbps")
    for option, empty in (("--columns", not names), ("--ablation", ablation == "")):
        if empty:
            raise UsageError(f"{option} is empty: name what it shall show")
    context = click.get_current_context()
    any_table = tables or ablation is not None
    for option, does_something, other in (
        ("columns", any_table, "--tables or --ablation"),
        ("intervals", any_table, "--tables or --ablation"),
        ("at", ablation is not None, "--ablation"),
        ("database", ratings is not None, "--ratings"),
    ):
        given = context.get_parameter_source(option) is not ParameterSource.DEFAULT
        if given and not does_something:
            raise UsageError(f"--{option} does nothing without {other}: give that too")


def _named(text: str) -> Path | tuple[str, Path]:
    """NAME=RUN, or a run; a folder whose own name has a = in it is a folder."""
    name, equals, folder = text.partition("=")
    if not equals or not name or Path(text).exists():
        return Path(text)
    return name, Path(folder)
