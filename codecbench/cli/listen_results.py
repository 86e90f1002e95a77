"""`bench listen results`: ratings in; screening, tables, tests, plots and the report out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codecbench.cli.command import Command
from codecbench.cli.terminal import tell

if TYPE_CHECKING:
    from codecbench.listening_test.results import Results

_PATH = click.Path(path_type=Path)


@click.command(cls=Command)
@click.argument("test", type=_PATH)
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
    show_default="TEST/results",
    help="Write to this folder.",
)
def results(test: Path, database: str | None, out: Path | None) -> None:
    """Analyse the ratings of a test, finished or not.

    \b
    bench listen results tests/mine

    Raters are screened by the rule of ITU-R BS.1534-3, and everything is computed as the test's
    analysis plan says. Tables, plots and report.md go to TEST/results.
    """
    from codecbench.listening_test import records
    from codecbench.listening_test.results import analyse, write
    from codecbench.listening_test.test_reading import read_test

    source = database or test
    found = analyse(
        read_test(test, check_stimuli=False),
        records.load_ratings(source),
        records.load_events(source),
        records.load_raters(source),
        records.load_answers(source),
    )
    folder = out or test / "results"
    write(found, folder)
    show_results(found)
    tell(f"results: {folder}/report.md, tables and plots beside it")


@click.command(cls=Command)
@click.option(
    "--out",
    type=_PATH,
    default=Path("listening-demo"),
    metavar="DIR",
    help="Write to this folder.",
)
@click.option(
    "--raters", default=16, metavar="N", help="Simulate so many raters, which are 6 or more."
)
@click.option("--seed", default=0, metavar="N", help="Seed what the raters say.")
def demo(out: Path, raters: int, seed: int) -> None:
    """Go the whole way once, with simulated raters.

    \b
    bench listen demo

    Opus codes the built-in clips, a test is made from that, raters join by an invite and rate
    through the server, and the results are written. Four of the raters break the rule of
    screening.
    """
    from codecbench.listening_test.demo import run_demo

    found = run_demo(out, tell, raters, seed)
    show_results(found)
    tell(f"results: {out}/test/results/report.md. The raters are simulated: nobody listened.")
    tell(f"Listen yourself: bench listen serve {out}/test")


def show_results(found: Results) -> None:
    """Print who was left out, the table of conditions, and what is to be heeded."""
    from codecbench.categories import EVERY
    from codecbench.cli.terminal import print_table
    from codecbench.listening_test.report import cell, summary_line

    tell(summary_line(found))
    for verdict in found.verdicts:
        if not verdict.kept:
            tell(f"left out: {verdict.rater}: {verdict.reason}", "  ")
    rows = [
        [
            row["condition"],
            cell(row["mean"]),
            f"{cell(row['ci_low'])} to {cell(row['ci_high'])}",
            cell(row["median"]),
            f"{cell(row['quartile_1'])} to {cell(row['quartile_3'])}",
            cell(row["raters"]),
        ]
        for row in found.conditions[found.conditions.category == EVERY].to_dict("records")
    ]
    headings = ["condition", "mean", "95% interval", "median", "quartiles", "raters"]
    print_table("", headings, rows)
    for line in found.warnings:
        tell(f"warning: {line}")
    for line in found.not_computed:
        tell(f"not computed: {line}")
