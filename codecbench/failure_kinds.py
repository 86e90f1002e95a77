"""Failures of one kind together: of one stage and for one reason, whichever cells they befell.

A reason often names the clip or its file. Reasons that differ in that alone are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from codecbench.store import Row
from codecbench.tasks import Stage

FEW = 3
"""Points, and clips, that are named before the others are counted."""

NAME = "…"
"""Stands in a reason where each cell has its own clip's name."""


@dataclass(frozen=True)
class Kind:
    """Cells that failed alike. metrics: of the stage "score", else none.

    where: such as `opus@6 on one, two, three and 9 more clips`. cells: how many. hides: whether
    some are counted alone, or have their own names in the reason.
    """

    where: str
    stage: Stage
    metrics: tuple[str, ...]
    reason: str
    cells: int
    hides: bool

    @property
    def words(self) -> str:
        """`opus@6 on one, two, three and 9 more clips, score mel: the reason`."""
        stage = " ".join([self.stage, ", ".join(self.metrics)]).strip()
        return f"{self.where}, {stage}: {self.reason}"


def kinds_of(failures: Iterable[Row]) -> list[Kind]:
    """Failures by stage and reason, in the order in which each kind comes first."""
    alike: dict[tuple[str, str, str], list[Row]] = {}
    for failure in failures:
        key = (failure["stage"], _without_name(failure), failure["metric"])
        alike.setdefault(key, []).append(failure)
    # What befell the same cells by several metrics is one kind too.
    metrics: dict[tuple[object, ...], list[str]] = {}
    rows_of: dict[tuple[object, ...], list[Row]] = {}
    for (stage, reason, metric), rows in alike.items():
        cells = (stage, reason, *(_place(row) for row in rows))
        metrics.setdefault(cells, []).append(metric)
        rows_of.setdefault(cells, []).extend(rows)
    return [_kind(rows, metrics[cells]) for cells, rows in rows_of.items()]


def traceback_of(failure: Row) -> str:
    """The traceback of a cause that codecbench did not foresee; "" where it refused by itself."""
    # By `errors.reason_of` the reason of what was not foreseen begins with the kind of error.
    traceback: str = failure["traceback"]
    return "" if traceback.rstrip().endswith(f": {failure['reason']}") else traceback


def _kind(rows: Sequence[Row], metrics: Sequence[str]) -> Kind:
    places = list(dict.fromkeys(_place(row) for row in rows))
    points, clips = (list(dict.fromkeys(part)) for part in zip(*places, strict=True))
    one_reason = len({row["reason"] for row in rows}) == 1
    if len(places) == len(points) * len(clips):
        where = f"{_few(points, 'point')} on {_few(clips, 'clip')}"
        hides = len(points) > FEW or len(clips) > FEW
    else:
        where = _few([f"{point} on {clip}" for point, clip in places], "cell")
        hides = len(places) > FEW
    return Kind(
        where,
        rows[0]["stage"],
        tuple(filter(None, metrics)),
        rows[0]["reason"] if one_reason else _without_name(rows[0]),
        len(rows),
        hides or not one_reason,
    )


def _place(row: Row) -> tuple[str, str]:
    return f"{row['codec']}@{row['point']}", row["clip"]


def _few(names: Sequence[str], noun: str) -> str:
    more = len(names) - FEW
    if more <= 0:
        return ", ".join(names)
    return f"{', '.join(names[:FEW])} and {more} more {noun}{'s' if more > 1 else ''}"


def _without_name(failure: Row) -> str:
    """The reason with the clip's name, or the path of its file, as `NAME`."""
    name = failure["clip"]
    stem = re.escape(PurePosixPath(name).name)
    path = rf"[^\s:,;]*(?<![^\W_]){stem}(?![^\W_])(\.\w+)?"
    return re.sub(path, NAME, failure["reason"].replace(name, PurePosixPath(name).name))
