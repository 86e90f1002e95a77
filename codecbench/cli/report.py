"""`bench report`: one page, and where asked for a paper's tables and figures, from stored runs."""

from __future__ import annotations

import math
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--ratings", type=_PATH, metavar="TEST", help="A listening test with its ratings.")
@click.option("--database", metavar="ADDRESS", help="Of the ratings. Default: in TEST.")
@click.option("--out", type=_PATH, metavar="DIR", help="Default: report in the first run's folder.")
@click.option("--tables", is_flag=True, help="Tables as LaTeX, Markdown and CSV.")
@click.option("--figures", is_flag=True, help="Figures as SVG and PDF at column widths, and PNG.")
@click.option(
    "--columns",
    default="bandwidth,mel,stft,visqol,si_sdr",
    show_default=True,
    metavar="NAMES",
    help="Columns of the paper's table and the ablation's, with metrics by name.",
)
@click.option("--intervals", is_flag=True, help="Print 95% intervals in the tables.")
@click.option(
    "--ablation",
    metavar="CODEC",
    help="Write an ablation's table, with this as its baseline; the others only with --tables.",
)
@click.option(
    "--at", type=float, metavar="KBPS", help="The ablation's bitrate. Default: CODEC's highest."
)
@click.option(
    "--budget", default=50.0, show_default=True, metavar="MB", help="Of the page. 0: no sound."
)
@click.option(
    "--run-clips",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The clips, where the runs' own are elsewhere.",
)
@click.option("--device", default="cpu", show_default=True, help="That decodes neural codecs.")
@click.option(
    "--bd-bootstrap",
    default=500,
    show_default=True,
    metavar="N",
    help="Draws for the intervals of BD-rates. 0: none.",
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
    """Make a page of runs: tables, curves, comparisons, and codecs to listen to.

    \b
    bench report runs/first
    bench report before=runs/first after=runs/second --tables --out report

    report.html is one file that opens anywhere. Several runs are joined; give one a name of your
    own as NAME=RUN.
    """
    from codecbench.cli.devices import check_device
    from codecbench.reports.output import (
        ablation_of,
        tables_of,
        write_figures,
        write_frames,
        write_tables,
    )
    from codecbench.reports.page.page import write_page
    from codecbench.reports.report import make_report

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
        written.append(f"{_counted(len(found), 'file')} in tables/")
        written.append(f"{_counted(len(write_frames(made, folder / 'data')), 'file')} in data/")
    if figures:
        written.append(
            f"{_counted(len(write_figures(made, folder / 'figures')), 'file')} in figures/"
        )
    page = write_page(made, folder / "report.html", round(budget * 1e6), run_clips, device)
    for missing in made.missing:
        click.echo(f"missing: {missing.what}: {missing.reason}" if missing.what else missing.reason)
    for note in made.ratings.notes if made.ratings else ():
        click.echo(f"listening test: {note}")
    for reason, what in page.missing:
        click.echo(f"missing: {what}: {reason}")
    if page.left_out:
        room = f"--budget {budget:g} leaves no room" if budget else "--budget 0 asks for none"
        click.echo(f"missing: {_counted(page.left_out, 'sound')}: {room}; a larger one has more")
    click.echo(
        f"report: {page.path}, {page.size_bytes / 1e6:.1f} MB, {_counted(page.sounds, 'sound')} of "
        f"{_counted(page.players, 'clip')} to hear"
    )
    if written:
        click.echo(f"beside it: {', '.join(written)}")


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


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"
