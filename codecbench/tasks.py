"""What worker processes are given and what they give back: plain values that travel anywhere.

A task is as large as is good for speed and splits into cells; a cell that fails costs itself alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codecbench.alignment import Delay
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
    delay: what was found of audio decoded elsewhere, where it was asked for."""

    item: CodeItem
    row: dict[str, Any] | None
    data: bytes | None
    delay: Delay | None = None


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


@dataclass(frozen=True)
class Failed:
    """A cell that has no result, and why. stage: encode, decode, score, time."""

    coding: Coding
    stage: str
    reason: str


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


def died(task: Task) -> list[Result]:
    """What a cell is worth whose worker died twice."""
    reason = "the worker process died twice (segmentation fault or out of memory)"
    if isinstance(task, CodeTask):
        return [Failed(item.coding, "encode", reason) for item in task.items]
    if isinstance(task, ScoreTask):
        return [
            Failed(item.coding, f"score {name}", reason)
            for item in task.items
            for name in item.metrics
        ]
    return [Failed(task.coding, "time", reason)]
