"""Which cells of a run have results: what a stored run holds, asked for by cell.

A cell is one clip, coded by one codec with one set of weights on one kind of device, in one layout
at one operating point. Other versions of a codec fill the same cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import select

from codecbench.schema import ENCODINGS, SCORES, TIMINGS, UNKNOWN
from codecbench.store import Row, Store


class Cell(NamedTuple):
    """Columns of `schema.FAILURES`; UNKNOWN, and 0 channels, where an old run did not say."""

    clip_hash: str
    codec: str
    weights_hash: str
    device: str
    channels: int
    point: str


Scores = frozenset[tuple[str, str]]
"""Pairs (metric, protocol) that a cell has a score by, a value or the reason for none."""


def encoding_point(encoding: Row) -> str:
    """The point of a stored encoding, as `plan.point_name` names it."""
    label: str = encoding["label"]
    return label or f"{(encoding['nominal_bps'] or 0) / 1000:.4g}"


class Held:
    """What a run holds, each part read when it is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def encodings(self) -> dict[Cell, list[Row]]:
        """Encodings by cell: keys and whether their bitrate was measured."""
        wanted = ("key", "clip_hash", "codec", "weights_hash", "device", "channels")
        columns = [ENCODINGS.c[name] for name in (*wanted, "nominal_bps", "label", "measured")]
        found: dict[Cell, list[Row]] = defaultdict(list)
        for row in self._store.select(select(*columns)):
            facts = {name: row[name] for name in wanted[1:]}
            found[Cell(**facts, point=encoding_point(row))].append(row)
        return found

    @cached_property
    def coded(self) -> set[tuple[str, str]]:
        """Pairs (codec, clip hash)."""
        return {(cell.codec, cell.clip_hash) for cell in self.encodings}

    def cells_like(self, asked: Cell) -> Iterator[Cell]:
        """Cells with an encoding that may be the one asked for."""
        if UNKNOWN not in asked and asked.channels:
            if asked in self.encodings:
                yield asked
            return
        yield from (cell for cell in self.encodings if may_be(asked, cell))

    def scores(self, cell: Cell) -> Scores:
        """What the encodings of a cell were scored by."""
        found = (self._scores.get(row["key"], frozenset()) for row in self.encodings[cell])
        return frozenset().union(*found)

    def clips_scored_by(self, metric: str) -> set[str]:
        """Hashes of the clips that a metric scored."""
        statement = (
            select(ENCODINGS.c.clip_hash)
            .join(SCORES, SCORES.c.encoding_key == ENCODINGS.c.key)
            .where(SCORES.c.metric == metric)
            .distinct()
        )
        return {row["clip_hash"] for row in self._store.select(statement)}

    def is_timed(self, asked: Cell) -> bool:
        """Whether the codec was timed at this point, on any clip and machine."""
        return any(may_be(asked._replace(clip_hash=""), cell) for cell in self._timed)

    @cached_property
    def _scores(self) -> dict[str, Scores]:
        columns = (SCORES.c.encoding_key, SCORES.c.metric, SCORES.c.protocol)
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for row in self._store.select(select(*columns)):
            found[row["encoding_key"]].add((row["metric"], row["protocol"]))
        return {key: frozenset(pairs) for key, pairs in found.items()}

    @cached_property
    def _timed(self) -> set[Cell]:
        names = ("codec", "weights_hash", "device", "channels", "point")
        rows: Iterable[Row] = self._store.rows(TIMINGS)
        return {Cell("", *(row[name] for name in names)) for row in rows}


def cell_of(failure: Row) -> Cell:
    """The cell that failed."""
    return Cell(*(failure[name] for name in Cell._fields))


def may_be(asked: Cell, cell: Cell) -> bool:
    """Whether a cell is the one asked for, as far as that is known."""
    unknown: Any = (UNKNOWN, 0)
    return all(a in unknown or a == b for a, b in zip(asked, cell, strict=True))
