"""Groups of clips, a speaker's or a song's: they are drawn, flipped and counted together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
"""Shape (clips,): which group each clip belongs to, from 0."""


def places_of_groups(labels: Sequence[str]) -> Places:
    """A number for each clip, the same for clips of one group; "" is a clip of its own."""
    places: dict[Any, int] = {}
    # A tuple can't be a label.
    numbers = [places.setdefault(label or (i,), len(places)) for i, label in enumerate(labels)]
    return np.array(numbers, np.intp)


def sums_by_group(values: Floats, places: Places) -> Floats:
    """Add clips up, (clips, columns) to (groups, columns). places: of `places_of_groups`."""
    groups = int(places.max()) + 1
    if len(values) == groups:
        return values
    sums = np.zeros((groups, values.shape[1]))
    np.add.at(sums, places, values)
    return sums
