"""Which file each sample of a training is taken from: shares for folders and bands, then turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codecbench.dac.training.sources import Index, SourceFile
from codecbench.errors import AudioError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LEAST_SHARE = 0.1
"""Of a group's duration, that a band must have to take turns with the other."""


class Rotation:
    """The files of samples 0, 1, 2 …, a pure function of index, balance and seed.

    Balanced, sample n takes from group n modulo the number of groups, and within a group full-band
    and band-limited files alternate. A band with under a tenth of its group's audio takes no turns
    of its own, or one stray file would be half of what is heard of the group: there, all the
    group's files are drawn alike. Unbalanced, all files are. Each file comes once before any comes
    again, in a new order each time.
    """

    def __init__(self, index: Index, balance: bool, seed: int) -> None:
        """Raises `AudioError` for an index without files."""
        if not index.files:
            raise AudioError(f"{index.folder}: no files to train on")
        self._seed = seed
        self._groups = _lanes(index) if balance else [[index.files]]
        self._orders: dict[tuple[int, int], tuple[int, npt.NDArray[np.int64]]] = {}

    def file(self, n: int) -> SourceFile:
        """The file of sample n, n >= 0."""
        import numpy as np

        turn, group = divmod(n, len(self._groups))
        draw, lane = divmod(turn, len(self._groups[group]))
        files = self._groups[group][lane]
        around, place = divmod(draw, len(files))
        known, order = self._orders.get((group, lane), (-1, None))
        if order is None or known != around:
            order = np.random.default_rng([self._seed, group, lane, around]).permutation(len(files))
            self._orders[group, lane] = around, order
        return files[int(order[place])]


def _lanes(index: Index) -> list[list[tuple[SourceFile, ...]]]:
    """For each group the files that take turns: of one band, or all of them."""
    groups: dict[str, list[tuple[SourceFile, ...]]] = {}
    for (group, _), files in index.strata().items():
        groups.setdefault(group, []).append(files)
    for group, lanes in groups.items():
        durations_s = [sum(file.duration_s for file in lane) for lane in lanes]
        if min(durations_s) < _LEAST_SHARE * sum(durations_s):
            groups[group] = [tuple(file for lane in lanes for file in lane)]
    return list(groups.values())
