"""One side of a check, the baseline or the candidate: values by clip, of a run or of a file.

Values are kept to `DIGITS` significant digits on both sides, so that a baseline file gives the same
verdict as the run that it was made from; a difference under one part in a million is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codecbench.clip_places import ClipPlaces
from codecbench.reports.series import number_alike

DIGITS = 7

BITRATE = "bitrate"
EFFICIENCY = "bitrate_efficiency"
CODEBOOK = "codebook_efficiency"
"""What the check compares beside the run's metrics, from the stored bitstreams."""


@dataclass(frozen=True, order=True)
class Quantity:
    """What one cell of a check measures. point: kbps as `bench run` names it, or a label."""

    channels: int
    point: str
    metric: str
    protocol: str


@dataclass(frozen=True, eq=False)
class Measured:
    """One quantity of one codec over the clips.

    version: of the metric's definition. direction: "higher" or "lower" is better.
    values: by clip hash, for each clip that was coded; NaN where the metric has none.
    reasons: why there is none, by clip hash.
    """

    version: int
    unit: str
    direction: str
    nominal_bps: float | None
    values: dict[str, float]
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """A codec as it was measured."""

    codec: str
    version: str
    weights_hash: str
    device: str


@dataclass(frozen=True, eq=False)
class Series:
    """All that a side holds of one codec."""

    subject: Subject
    cells: Mapping[Quantity, Measured]


@dataclass(frozen=True)
class ClipFact:
    """A clip and its labels. group: "" for a clip of its own."""

    name: str
    category: str
    group: str
    duration_s: float


@dataclass(frozen=True, eq=False)
class Side:
    """A run, or a baseline file.

    name: as the user gave it. clips: by hash. series: by the name that tells codecs apart, which is
    the codec's wherever one alone has it. commands: those that made it, oldest first.
    versions: of packages. runs: folders with its bitstreams; none for a file. failures: what could
    not be computed or was skipped, as sentences. places: where its clips may be.
    """

    name: str
    clips: Mapping[str, ClipFact]
    series: Mapping[str, Series]
    commands: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    runs: tuple[Path, ...] = ()
    failures: tuple[str, ...] = ()
    places: ClipPlaces = field(default_factory=ClipPlaces)


def rounded(value: float | None) -> float:
    """A value as both sides keep it; NaN for None."""
    return math.nan if value is None else float(f"{value:.{DIGITS}g}")


def base_metric(metric: str) -> str:
    """The name that tolerances go by: `codebook_efficiency` of `codebook_efficiency[9]`."""
    return metric.partition("[")[0]


def names_apart(subjects: list[Subject]) -> dict[Subject, str]:
    """The codec's name, with as much more as tells subjects of one name apart."""
    names = {subject: subject.codec for subject in subjects}
    for tell in (
        lambda s: f"weights {s.weights_hash[:8] or 'none'}",
        lambda s: s.device,
        lambda s: f"version {s.version}",
    ):
        sharing: dict[str, list[Subject]] = {}
        for subject, name in names.items():
            sharing.setdefault(name, []).append(subject)
        for alike in sharing.values():
            if len({tell(subject) for subject in alike}) > 1:
                for subject in alike:
                    names[subject] += f" ({tell(subject)})"
    return number_alike(names)
