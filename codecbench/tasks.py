"""What worker processes are given and what they give back: plain values that travel anywhere.

A task is as large as is good for speed and splits into cells; a cell that fails costs itself alone.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from codecbench.errors import CodecbenchError, reason_of
from codecbench.estimates import Alignment
from codecbench.plan import Coding, Protocol
from codecbench.scoring import Score


@dataclass(frozen=True)
class CodeItem:
    """One point to code. stored: the bitstream that an earlier run made, else it is encoded.
    decoded: where the decoded audio goes for scoring; keep: where it stays as WAV."""

    coding: Coding
    stored: Path | None
    decoded: Path
    keep: Path | None


@dataclass(frozen=True)
class CodeTask:
    """One clip by one codec."""

    items: tuple[CodeItem, ...]


@dataclass(frozen=True)
class Coded:
    """A coded point. row and data: what the store takes; None where it was stored before.
    alignment: of audio decoded elsewhere, where it was asked for."""

    item: CodeItem
    row: dict[str, Any] | None
    data: bytes | None
    alignment: Alignment | None = None


@dataclass(frozen=True)
class ScoreItem:
    """One decoded estimate and the metrics that it still lacks."""

    coding: Coding
    payload_sha256: str
    decoded: Path
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class ScoreTask:
    """One clip's estimates; the reference's side of each metric is computed once for them all."""

    items: tuple[ScoreItem, ...]
    protocol: Protocol


@dataclass(frozen=True)
class Scored:
    """Scores of one estimate by one metric (two rows where the side signal is scored too)."""

    item: ScoreItem
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class TimeTask:
    """One codec at one point on one clip, timed with nothing else running."""

    coding: Coding
    threads: int
    at_most_s: float = 5.0


@dataclass(frozen=True)
class Timed:
    """Seconds of work per second of audio."""

    task: TimeTask
    rtf_encode: float
    rtf_decode: float


Stage = Literal["encode", "decode", "keep", "score", "time"]
"""Where a cell can fail. keep: writing the decoded audio, where asked for; it costs no score."""


@dataclass(frozen=True)
class Failed:
    """A cell that has no result, and why.

    metric: of the stage "score", else "". traceback: of the exception behind it, "" for none.
    is_expected: whether codecbench itself refused, so that it is no fault of its code.
    """

    coding: Coding
    stage: Stage
    reason: str
    metric: str = ""
    traceback: str = ""
    is_expected: bool = True


def failed(error: Exception, coding: Coding, stage: Stage, metric: str = "") -> Failed:
    """A cell's failure by what was raised, with its traceback: call it where that is caught."""
    lines = traceback.format_exception(error)
    expected = isinstance(error, CodecbenchError)
    return Failed(coding, stage, reason_of(error), metric, "".join(lines), expected)


Task = CodeTask | ScoreTask | TimeTask
Result = Coded | Scored | Timed | Failed


def split(task: Task) -> list[Task]:
    """Split a task into its cells, for one to be blamed alone."""
    if isinstance(task, CodeTask):
        return [CodeTask((item,)) for item in task.items]
    if isinstance(task, ScoreTask):
        cells = [replace(item, metrics=(name,)) for item in task.items for name in item.metrics]
        return [ScoreTask((cell,), task.protocol) for cell in cells]
    return [task]


def died(task: Task, cause: str) -> list[Result]:
    """What a cell is worth whose worker died twice. cause: what is known of the death."""
    reason = f"the worker process died twice ({cause})"
    if isinstance(task, CodeTask):
        return [_lost(item.coding, "encode", reason) for item in task.items]
    if isinstance(task, ScoreTask):
        return [
            _lost(item.coding, "score", reason, name)
            for item in task.items
            for name in item.metrics
        ]
    return [_lost(task.coding, "time", reason)]


def _lost(coding: Coding, stage: Stage, reason: str, metric: str = "") -> Failed:
    return Failed(coding, stage, reason, metric, is_expected=False)
