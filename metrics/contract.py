"""The contract of a metric: a frozen description and two pure functions.

`prepare` does what depends on the reference alone and is called once per clip; `compare` takes what
it returned and one estimate. Both see mono audio of shape `(samples,)`, float64, full scale ±1, at
the metric's own working rate; the estimate has the reference's length. Input is checked before they
are called (`codecbench.scoring`): no metric is asked about a silent reference. A metric raises
`Unscorable` with the reason where it has no value: never a sentinel, never NaN.

A new metric is one file that defines a `Metric`, and one line in `codecbench/metrics/table.py`, or
an entry point of another package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Mono = npt.NDArray[np.float64]
"""Audio of one channel, shape (samples,), float64, full scale ±1."""

Direction = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Metric:
    """A measure of an estimate against its reference.

    unit: "dB", "Hz", "MOS", "" for a pure number.
    direction: which values are better; "neither" for a descriptive measure.
    value_range: the least and the greatest value that it can take.
    version: of the definition; part of a result's key, raised when values change.
    sample_rate_hz: the rate it works at; None for the rate of the run's protocol.
    source: the paper, standard or program that defines it.
    prepare: (reference, sample_rate_hz) -> whatever `compare` needs.
    compare: (prepared, estimate, sample_rate_hz) -> value.
    category: the only category of clips that it applies to unless asked; None for all.
    min_duration_s: shorter clips have no value.
    """

    name: str
    unit: str
    direction: Direction
    value_range: tuple[float, float]
    version: int
    sample_rate_hz: int | None
    summary: str
    source: str
    prepare: Callable[[Mono, int], Any]
    compare: Callable[[Any, Mono, int], float]
    category: str | None = None
    min_duration_s: float = 0.0
