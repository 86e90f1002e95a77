"""A verdict as one HTML page that opens anywhere, with the clips that got worse to hear."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from codecbench import __version__
from codecbench.files import write_whole
from codecbench.reports.check import words
from codecbench.reports.check.course import Course
from codecbench.reports.check.course_figure import draw_course
from codecbench.reports.check.heard import AFTER, BEFORE, hear, worth_hearing
from codecbench.reports.check.sides import Side
from codecbench.reports.check.verdict import Judged, Verdict
from codecbench.reports.figures.save import to_bytes
from codecbench.reports.page.listen_view import PlayerView, player_views, value_words
from codecbench.reports.page.metrics_shown import ShownMetric
from codecbench.reports.page.one_file import one_file
from codecbench.reports.page.sound import Player
from codecbench.reports.page.spectrogram import RANGE_DB
from codecbench.reports.page.view import Cell, Column, TableView, counted, number_cell, text_cell

SCRIPTS = ("tables", "step_player", "players")

CAPTION = (
    "Means over the clips that both have, of bitrates Σ bits / Σ seconds; changes are signed so "
    "that more is worse, and in brackets are the bounds that decide"
)


def write_page(
    verdict: Verdict,
    path: Path,
    command: str,
    course: Course | None = None,
    clips_folder: Path | None = None,
    device: str = "cpu",
) -> None:
    """Write the page. It is whole or not there. Raises `StoreError` where it cannot be written.

    command: what made it. clips_folder: the baseline's clips, None for where its run found them.
    """
    heard = hear(verdict, clips_folder, device)
    players = _players(verdict, heard.players)
    context: dict[str, Any] = {
        "title": words.headline(verdict)[0].upper() + words.headline(verdict)[1:],
        "symbol": words.SYMBOLS[verdict.outcome],
        "compared": words.compared(verdict),
        "rule": words.rule(verdict),
        "worse": _table(verdict.having("regression"), _difference, words.worst),
        "undecided": _table(verdict.having("could not judge"), _difference, words.why_open),
        "passed": _table(verdict.having("pass"), _difference, _how),
        "course": b64encode(to_bytes(draw_course(course), "svg")).decode() if course else "",
        "course_table": _course_table(course) if course else None,
        "players": players,
        "choice_words": "The clips that got worse most, from the baseline and the candidate.",
        "worst": None,
        "looks": {},
        "range_db": f"{RANGE_DB:g}",
        "left_out_words": "",
        "unheard": [],
        "said": [*_noted(verdict.notes), *_unheard(verdict, players), *heard.missing],
        "sides": _sides(verdict.baseline, verdict.candidate),
        "command": command,
        "version": __version__,
    }
    data = [(player.id, player.data) for player in players]
    packages = ("codecbench.reports.check", "codecbench.reports.page")
    write_whole(path, one_file("check.html", context, data, SCRIPTS, packages))


def _table(
    cells: Sequence[Judged],
    difference: Callable[[Judged], Cell],
    remark: Callable[[Judged], str],
) -> TableView | None:
    if not cells:
        return None
    columns = (
        Column("Codec and point", numeric=False),
        Column("Metric", numeric=False),
        Column("Baseline"),
        Column("Candidate"),
        Column("Change", "+ is worse"),
        Column("Tolerance"),
        Column("Clips"),
        Column("", numeric=False),
    )
    rows = []
    for cell in cells:
        before, after = words.means(cell)
        pairing = cell.pairing
        rows.append(
            (
                text_cell(cell.point),
                text_cell(cell.name.removeprefix(cell.point).strip()),
                number_cell(pairing.means[0], before),
                number_cell(pairing.means[1], after),
                difference(cell),
                number_cell(pairing.tolerance, words.tolerance(cell)),
                number_cell(float(len(pairing.clips)), str(len(pairing.clips))),
                text_cell(remark(cell)),
            )
        )
    return TableView(CAPTION, columns, tuple(rows))


def _difference(cell: Judged) -> Cell:
    if cell.is_identical:
        return Cell("identical", 0.0)
    return number_cell(cell.mean, words.change(cell) + words.unit(cell))


def _how(cell: Judged) -> str:
    """Of a cell that passes: whether it got better."""
    return "better" if cell.high < 0 else ""


def _course_table(course: Course) -> TableView:
    columns = (
        Column("Codec and point", numeric=False),
        Column("Metric", numeric=False),
        *(Column(label, "+ is worse") for label in course.labels),
        Column("Tolerance"),
    )
    rows = tuple(
        (
            text_cell(line.point),
            text_cell(line.metric),
            *map(Cell, line.worse),
            Cell(line.tolerance),
        )
        for line in course.lines
    )
    return TableView("Each checkpoint against the baseline", columns, rows)


def _players(verdict: Verdict, players: tuple[Player, ...]) -> list[PlayerView]:
    """Players with the values of the metric that is furthest beyond its tolerance."""
    cells = worth_hearing(verdict)
    if not cells:
        return []
    quantity, pairing = cells[0].pairing.quantity, cells[0].pairing
    metric = ShownMetric(quantity.metric, quantity.protocol, pairing.unit, pairing.direction)
    values: dict[tuple[str, str, str], str] = {}
    for cell in verdict.cells:
        of = cell.pairing
        if (of.quantity.metric, of.quantity.protocol) != (metric.name, metric.protocol):
            continue
        for change in cell.changes:
            for label, codec, value in (
                (BEFORE, of.codec, change.baseline),
                (AFTER, of.candidate_codec, change.candidate),
            ):
                key = (change.clip_hash, f"{label}: {codec}", of.quantity.point)
                values[key] = value_words(metric, value)
    return player_views(players, values)


def _noted(notes: Sequence[str]) -> list[tuple[str, str]]:
    """Notes as what and why, at their first colon."""
    return [(what.strip(), why.strip()) for what, _, why in (n.partition(":") for n in notes)]


def _unheard(verdict: Verdict, players: Sequence[PlayerView]) -> list[tuple[str, str]]:
    if not players or verdict.baseline.runs:
        return []
    return [("sound of the baseline", f"{verdict.baseline.name} has values and no bitstreams")]


def _sides(baseline: Side, candidate: Side) -> TableView:
    rows = []
    for what, side in (("Baseline", baseline), ("Candidate", candidate)):
        for name, series in side.series.items():
            subject = series.subject
            facts = (what, side.name, name, subject.version, subject.weights_hash, subject.device)
            rows.append(tuple(map(text_cell, (*facts, counted(len(side.clips), "clip")))))
    names = ("", "From", "Codec", "Version", "Weights", "Device", "Clips")
    return TableView(
        "What was compared", tuple(Column(n, numeric=False) for n in names), tuple(rows)
    )
