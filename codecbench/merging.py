"""Merging of runs made apart: the same keys mean the same results, and that is checked.

In whichever order runs are merged, the whole says the same: of what two of them say differently,
what was said last is kept, by the clocks of their sessions; for clips see `merged_clips`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from codecbench.clip_places import merged_clip_set
from codecbench.container import unpack_file
from codecbench.errors import StoreError
from codecbench.merged_clips import Difference, clips_of, merged_clips
from codecbench.schema import (
    CLIP_SETS,
    CLIPS,
    ENCODINGS,
    FAILURES,
    SCORES,
    SESSIONS,
    TIMINGS,
)
from codecbench.store import Row, Store, read_run
from codecbench.whole_or_not import whole_or_not


@dataclass(frozen=True)
class Merged:
    """Encodings and scores that were added, and those that the run held already.

    differences: what the runs say differently of one clip.
    """

    added: int
    known: int
    differences: tuple[Difference, ...] = ()


def merge_runs(runs: Sequence[Path], out: Path) -> Merged:
    """Copy every result of `runs` into the run `out`; the sources stay as they are.

    What was skipped, stopped or failed comes along, until the whole has it. Decoded audio that a
    run kept stays there. Raises `UsageError` where a source is no run, `StoreError` where one lacks
    a bitstream or holds a damaged one, and where two runs have the same key for different bytes:
    then a codec is not deterministic across the machines that made them. Whatever is raised, `out`
    is as it was before, or is not there.
    """
    clips = []
    for folder in runs:
        if folder.resolve() == out.resolve():
            raise StoreError(f"{folder} is the run to merge into: name only the others")
        with read_run(folder) as source:
            clips.append(clips_of(source))
    added = known = 0
    with whole_or_not(out) as target:
        rows, differences = merged_clips([clips_of(target), *clips])
        target.put(CLIPS, rows)
        for folder in runs:
            with read_run(folder) as source:
                new, old = _copy(source, target)
            added, known = added + new, known + old
    return Merged(added, known, tuple(differences))


def _copy(source: Store, target: Store) -> tuple[int, int]:
    held = {row["key"]: row["payload_sha256"] for row in target.rows(ENCODINGS)}
    scored = {tuple(row[c.name] for c in SCORES.primary_key) for row in target.rows(SCORES)}
    encodings, scores = source.rows(ENCODINGS), source.rows(SCORES)
    for row in encodings:
        if held.get(row["key"], row["payload_sha256"]) != row["payload_sha256"]:
            raise StoreError(
                f"{source.folder} and {target.folder} hold different bytes for {row['codec']} at "
                f"{row['nominal_bps']} bps on the same clip: the codec is not deterministic across "
                "the machines that made them, and the runs can't be one"
            )
    _copy_clip_sets(source, target)
    for row in encodings:
        if row["key"] not in held:
            target.add_encoding(row, _sound_bitstream(source, row["key"]))
    new_scores = [r for r in scores if tuple(r[c.name] for c in SCORES.primary_key) not in scored]
    target.add(SCORES, new_scores)
    # Whatever else the machine did then made it slower, never faster.
    _put_better(source, target, TIMINGS, lambda row: [-row["rtf_encode"], -row["rtf_decode"]])
    _put_better(source, target, SESSIONS, lambda row: [str(row["finished"] or "")])
    _put_better(
        source,
        target,
        FAILURES,
        lambda row: [row["failed_at"], row["reason"], row["traceback"]],
        lambda row: row["stage"] != "keep",  # its audio is not carried over
    )
    added = sum(row["key"] not in held for row in encodings) + len(new_scores)
    return added, len(encodings) + len(scores) - added


def _copy_clip_sets(source: Store, target: Store) -> None:
    """Where clips lie."""
    noted = {row["id"]: row for row in target.rows(CLIP_SETS)}
    moved = [merged_clip_set(row, source.folder, target.folder) for row in source.rows(CLIP_SETS)]
    target.put(
        CLIP_SETS,
        [r for r in moved if r["id"] not in noted or not Path(noted[r["id"]]["folder"]).is_dir()],
    )


def _put_better(
    source: Store,
    target: Store,
    table: Table,
    rank: Callable[[Row], list[Any]],
    belongs: Callable[[Row], bool] = lambda row: True,
) -> None:
    """Copy rows; of two with one key the one of the higher rank is kept."""
    names = [column.name for column in table.primary_key]
    there = {tuple(row[name] for name in names): row for row in target.rows(table)}
    better = [
        row
        for row in source.rows(table)
        if belongs(row)
        and (
            (key := tuple(row[name] for name in names)) not in there or rank(row) > rank(there[key])
        )
    ]
    target.put(table, better)


def _sound_bitstream(source: Store, key: str) -> bytes:
    path = source.bitstream_path(key)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    unpack_file(data, str(path))
    return data
