"""Sides of a check made from arrays of values, without a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from codecbench.reports.check.sides import (
    ClipFact,
    Measured,
    Quantity,
    Series,
    Side,
    Subject,
    rounded,
)

LOWER = {"mel", "stft", "l1", "bitrate"}


def make_side(
    codecs: Mapping[str, Mapping[str, npt.ArrayLike]],
    groups: Sequence[str] = (),
    version: int = 1,
    protocol: str = "paper",
    name: str = "made",
    without: Sequence[int] = (),
    seconds: Sequence[float] = (),
) -> Side:
    """Values by codec and `metric@kbps`, one a clip; NaN for none. without: clips left out.

    seconds: of each clip, 1 where none are given.
    """
    count = max(np.size(v) for cells in codecs.values() for v in cells.values())
    hashes = [f"{i:032x}" for i in range(count)]
    kept = [i for i in range(count) if i not in without]
    clips = {
        hashes[i]: ClipFact(
            f"clip/{i}", "music", groups[i] if groups else "", seconds[i] if seconds else 1.0
        )
        for i in kept
    }
    series = {}
    for codec, cells in codecs.items():
        measured = {}
        for cell, values in cells.items():
            metric, _, kbps = cell.partition("@")
            by_clip = {hashes[i]: rounded(float(np.asarray(values)[i])) for i in kept}
            reasons = {h: "the reference is silent" for h, v in by_clip.items() if np.isnan(v)}
            direction = "lower" if metric in LOWER else "higher"
            quantity = Quantity(1, kbps, metric, "fixed" if metric == "bitrate" else protocol)
            measured[quantity] = Measured(
                version, "", direction, 1000 * float(kbps), by_clip, reasons
            )
        series[codec] = Series(Subject(codec, "1", "", "cpu"), measured)
    return Side(name, clips, series, runs=(Path(name),))
