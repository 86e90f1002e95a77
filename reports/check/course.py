"""The course of a training: what several checkpoints measured, each against the same baseline.

Every checkpoint is judged by itself; the last one's verdict is the check's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from codecbench.reports.check import words
from codecbench.reports.check.matching import Pairing
from codecbench.reports.check.sides import Quantity
from codecbench.reports.check.verdict import Judged, Verdict


@dataclass(frozen=True)
class Line:
    """One metric at one point over the checkpoints. means: NaN where one has no value.

    baseline: its mean. tolerated: the mean at which the tolerance ends. worse: in words.
    lows, highs: the candidates' means at the ends of the interval of the difference.
    """

    point: str
    metric: str
    unit: str
    baseline: float
    tolerated: float
    tolerance: str
    means: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    worse: tuple[str, ...]
    outcomes: tuple[str, ...]


@dataclass(frozen=True)
class Course:
    """labels: of the checkpoints, first to last. steps: None where one does not say."""

    labels: tuple[str, ...]
    steps: tuple[int | None, ...]
    lines: tuple[Line, ...]


def make_course(
    labels: Sequence[str], steps: Sequence[int | None], verdicts: Sequence[Verdict]
) -> Course:
    """Lay the verdicts of several checkpoints side by side; cells are those of the last one."""
    by_cell = [{_key(cell): cell for cell in verdict.cells} for verdict in verdicts]
    lines = [
        _line(cell, [cells.get(_key(cell)) for cells in by_cell])
        for cell in verdicts[-1].cells
        if cell.pairing.clips
    ]
    return Course(tuple(labels), tuple(steps), tuple(lines))


def _key(cell: Judged) -> tuple[str, Quantity]:
    return cell.pairing.codec, cell.pairing.quantity


def _line(last: Judged, cells: Sequence[Judged | None]) -> Line:
    pairing = last.pairing
    nan = math.nan
    sign = -1.0 if pairing.direction == "higher" else 1.0
    baseline, _ = pairing.means
    scale = baseline / 100 if pairing.unit == "%" else 1.0

    def at(cell: Judged | None, worse: float) -> float:
        """The mean of a candidate that is worse by so much."""
        if cell is None or not cell.pairing.clips:
            return nan
        return cell.pairing.means[0] + sign * scale * worse

    return Line(
        point=last.point,
        metric=last.name.removeprefix(last.point).strip(),
        unit=_unit(pairing),
        baseline=baseline,
        tolerated=baseline + sign * scale * pairing.tolerance,
        tolerance=words.tolerance(last),
        means=tuple(_mean(cell) for cell in cells),
        lows=tuple(at(cell, cell.low if cell else nan) for cell in cells),
        highs=tuple(at(cell, cell.high if cell else nan) for cell in cells),
        worse=tuple(
            f"{cell.mean:+.{words.digits(last)}f} {words.SYMBOLS[cell.outcome]}" if cell else "-"
            for cell in cells
        ),
        outcomes=tuple(cell.outcome if cell else "" for cell in cells),
    )


def _mean(cell: Judged | None) -> float:
    return math.nan if cell is None else cell.pairing.means[1]


def _unit(pairing: Pairing) -> str:
    return "bit/s" if pairing.unit == "%" else pairing.unit
