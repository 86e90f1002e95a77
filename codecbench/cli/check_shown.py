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
    from codecbench.cli.terminal import tell
    from codecbench.reports.check import words
    from codecbench.wording import counted

    tell(words.compared(verdict))
    for indent, line in _lines(verdict):
        tell(line, indent)
    if course is not None:
        _show_course(course)
    for note in verdict.notes:
        tell(note)
    passed = verdict.having("pass")
    identical = sum(cell.is_identical for cell in passed)
    alike = f", {identical} of them identical" if identical else ""
    click.echo()
    passing = f"{counted(len(passed), 'cell')} {'passes' if len(passed) == 1 else 'pass'}"
    tell(f"{passing}{alike}. {words.rule(verdict)}")
    tell(f"{words.SYMBOLS[verdict.outcome]} {words.headline(verdict)}")


def _lines(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Lines, each with the blanks before it."""
    from codecbench.reports.check import words

    if worse := verdict.having("regression"):
        yield "", ""
        yield "", "Worse beyond tolerance and beyond noise:"
        for cell in worse[:SHOWN]:
            yield "  ", words.sentence(cell)
            yield "    ", f"most on {words.worst(cell)}"
        yield from _cut(worse)
    if undecided := verdict.having("could not judge"):
        yield "", ""
        yield "", "Could not be judged:"
        yield from (("  ", words.sentence(cell)) for cell in undecided[:SHOWN])
        yield from _cut(undecided)


def _cut(cells: Sequence[Judged]) -> Iterator[tuple[str, str]]:
    if len(cells) > SHOWN:
        yield (
            "  ",
            f"and {len(cells) - SHOWN} more, which --html, --markdown, --junit and --json hold",
        )


def _show_course(course: Course) -> None:
    from codecbench.cli.terminal import print_table

    moved = [line for line in course.lines if len(set(line.means)) > 1]
    click.echo()
    print_table(
        "Over the steps of the training: change, + is worse",
        ["", "metric", *course.labels, "tolerance"],
        [[line.point, line.metric, *line.worse, line.tolerance] for line in moved[:MOST_LINES]],
        left=2,
    )
