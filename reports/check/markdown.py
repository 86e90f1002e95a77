"""A verdict for a pull request: short, with what is not urgent folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codecbench.reports.check import words
from codecbench.reports.check.course import Course
from codecbench.reports.check.verdict import Judged, Verdict
from codecbench.reports.tables.markdown import escaped

SHOWN = 12
"""Rows of a table before the rest is folded."""

_HEADINGS = {"regression": "Worse", "could not judge": "Could not be judged", "pass": "Passed"}


def to_markdown(verdict: Verdict, course: Course | None = None) -> str:
    """The verdict, its tables, and the course over steps where there is one."""
    return "\n".join(_lines(verdict, course)) + "\n"


def _lines(verdict: Verdict, course: Course | None) -> Iterator[str]:
    yield f"### {words.SYMBOLS[verdict.outcome]} `bench check`: {words.headline(verdict)}"
    yield ""
    yield escaped(words.compared(verdict))
    if worse := verdict.having("regression"):
        yield from ("", "**Worse beyond tolerance and beyond noise**", "")
        yield from _differences(worse[:SHOWN])
        if len(worse) > SHOWN:
            yield from _folded(f"{len(worse) - SHOWN} more", _differences(worse[SHOWN:]))
    if undecided := verdict.having("could not judge"):
        table = list(_undecided(undecided))
        if verdict.outcome == "could not judge" and len(undecided) <= SHOWN:
            yield from ("", "**Could not be judged**", "", *table)
        else:
            yield from _folded(f"{len(undecided)} could not be judged", table)
    if passed := verdict.having("pass"):
        yield from _folded(f"{len(passed)} passed", _differences(passed))
    if course is not None:
        yield from _folded("Over the steps of the training", _course(course))
    yield from ("", *(f"- {escaped(note)}" for note in verdict.notes))
    yield ("" if not verdict.notes else "\n") + f"<sub>{words.rule(verdict)}</sub>"


def _differences(cells: Sequence[Judged]) -> Iterator[str]:
    yield "| | metric | baseline | candidate | change (+ is worse) | tolerance | worst clips |"
    yield "|---|---|--:|--:|--:|--:|---|"
    for cell in cells:
        before, after = words.means(cell)
        metric = cell.name.removeprefix(cell.point).strip()
        difference = "identical" if cell.is_identical else words.change(cell) + words.unit(cell)
        worst = words.worst(cell) if cell.outcome == "regression" else ""
        columns = (cell.point, metric, before, after, difference, words.tolerance(cell), worst)
        yield f"| {' | '.join(map(escaped, columns))} |"


def _undecided(cells: Sequence[Judged]) -> Iterator[str]:
    yield "| | metric | change (+ is worse) | tolerance | why |"
    yield "|---|---|--:|--:|---|"
    for cell in cells:
        metric = cell.name.removeprefix(cell.point).strip()
        difference = words.change(cell) + words.unit(cell)
        why = words.why_open(cell)
        columns = (cell.point, metric, difference, words.tolerance(cell), why)
        yield f"| {' | '.join(map(escaped, columns))} |"


def _course(course: Course) -> Iterator[str]:
    yield f"| | metric | {' | '.join(escaped(label) for label in course.labels)} | tolerance |"
    yield f"|---|---|{'--:|' * len(course.labels)}--:|"
    for line in course.lines:
        columns = (line.point, line.metric, *line.worse, line.tolerance)
        yield f"| {' | '.join(map(escaped, columns))} |"


def _folded(summary: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    yield from ("", f"<details><summary>{summary}</summary>", "", *lines, "", "</details>")
