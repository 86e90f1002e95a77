"""Labels of the clips of several runs: which stay where runs call one clip otherwise.

A name with a category says more than one without, and stays; of others what was said last does, by
the clocks of the sessions. Labels that the one lacks are taken from the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from codecbench.schema import CLIP_SETS, CLIPS
from codecbench.standing import sessions_by_time
from codecbench.store import Row, Store

LABELS = ("category", "group", "licence", "source")


@dataclass(frozen=True)
class Said:
    """A clip as a run has it. when: it was last said, "" where only older runs had it."""

    row: Row
    when: str


@dataclass(frozen=True)
class Difference:
    """Runs say two things of a clip. what: "name" or one of `LABELS`. kept, other: of that."""

    clip: str
    what: str
    kept: str
    other: str


def clips_of(store: Store) -> list[Said]:
    """The clips of a run, with when each was last said."""
    clip_sets = {row["id"]: row["files"] for row in store.rows(CLIP_SETS)}
    when = {
        clip_hash: str(session["started"])
        for session in sessions_by_time(store)
        for clip_hash in clip_sets.get(session["clip_set"], ())
    }
    return [Said(row, when.get(row["clip_hash"], "")) for row in store.rows(CLIPS)]


def merged_clips(runs: Sequence[Sequence[Said]]) -> tuple[list[Row], list[Difference]]:
    """One row for each clip, and where the runs disagree. runs: of `clips_of`, in any order."""
    by_hash: dict[str, list[Said]] = {}
    for said in (said for run in runs for said in run):
        by_hash.setdefault(said.row["clip_hash"], []).append(said)
    rows: list[Row] = []
    differences: list[Difference] = []
    for of_clip in by_hash.values():
        ranked = [said.row for said in sorted(of_clip, key=_rank, reverse=True)]
        kept = ranked[0] | {
            label: next((row[label] for row in ranked if row[label]), "") for label in LABELS
        }
        rows.append(kept)
        differences += dict.fromkeys(_differences(kept, ranked[1:]))
    return rows, differences


def _rank(said: Said) -> tuple[object, ...]:
    return (bool(said.row["category"]), said.when, *map(str, said.row.values()))


def _differences(kept: Row, others: Sequence[Row]) -> Iterator[Difference]:
    name = kept["clip"]
    for other in others:
        shorter, longer = sorted(
            (PurePosixPath(row["clip"]).parts for row in (kept, other)), key=len
        )
        if longer[len(longer) - len(shorter) :] != shorter:
            yield Difference(name, "name", name, other["clip"])
        for label in LABELS:
            if other[label] and other[label] != kept[label]:
                yield Difference(name, label, kept[label], other[label])
