"""A verdict in the terminal: what got worse first, then what is open, then how it was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from codecbench.reports.check.course import Course
    from codecbench.reports.check.verdict import Judged, Verdict

SHOWN = 20
"""Cells listed of each kind; the files hold the rest."""

MOST_LINES = 40


def show_verdict(verdict: Verdict, course: Course | None) -> None:
    """Print a verdict."""
    from codecbench.reports.check import words

    click.echo(words.compared(verdict))
    for line in _lines(verdict):
        click.echo(line)
    if course is not None:
        _show_course(course)
    for note in verdict.notes:
        click.echo(note)
    passed = verdict.having("pass")
    identical = sum(cell.is_identical for cell in passed)
    alike = f", {identical} of them identical" if identical else ""
    click.echo(f"\n{len(passed)} cells pass{alike}. {words.rule(verdict)}")
    click.echo(f"{words.SYMBOLS[verdict.outcome]} {words.headline(verdict)}")


def _lines(verdict: Verdict) -> Iterator[str]:
    from codecbench.reports.check import words

    if worse := verdict.having("regression"):
        yield "\nWorse beyond tolerance and beyond noise:"
        for cell in worse[:SHOWN]:
            yield f"  {words.sentence(cell)}"
            yield f"    most on {words.worst(cell)}"
        yield from _cut(worse)
    if undecided := verdict.having("could not judge"):
        yield "\nCould not be judged:"
        yield from (f"  {words.sentence(cell)}" for cell in undecided[:SHOWN])
        yield from _cut(undecided)


def _cut(cells: Sequence[Judged]) -> Iterator[str]:
    if len(cells) > SHOWN:
        yield f"  and {len(cells) - SHOWN} more, which --html, --markdown, --junit and --json hold"


def _show_course(course: Course) -> None:
    from codecbench.cli.terminal import print_table

    moved = [line for line in course.lines if len(set(line.means)) > 1]
    click.echo()
    print_table(
        "Over the steps of the training: worse by",
        ["", "metric", *course.labels, "tolerance"],
        [[line.point, line.metric, *line.worse, line.tolerance] for line in moved[:MOST_LINES]],
        left=2,
    )
