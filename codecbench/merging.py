"""Merging of runs made apart: the same keys mean the same results, and that is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codecbench.container import unpack_file
from codecbench.errors import StoreError
from codecbench.schema import CLIPS, ENCODINGS, FAILURES, SCORES, SESSIONS, TIMINGS
from codecbench.store import Store, open_run, read_run


@dataclass(frozen=True)
class Merged:
    """Encodings and scores that were added, and those that the run held already."""

    added: int
    known: int


def merge_runs(runs: Sequence[Path], out: Path) -> Merged:
    """Copy every result of `runs` into the run `out`; the sources stay as they are.

    Raises `UsageError` where a source is no run, `StoreError` where one lacks a bitstream or holds
    a damaged one, and where two runs have the same key for different bytes: then a codec is not
    deterministic across the machines that made them.
    """
    added = known = 0
    with open_run(out) as target:
        for folder in runs:
            if folder.resolve() == out.resolve():
                raise StoreError(f"{folder} is the run to merge into: name only the others")
            with read_run(folder) as source:
                new, old = _copy(source, target)
            added, known = added + new, known + old
    return Merged(added, known)


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
    target.add(CLIPS, source.rows(CLIPS))
    for row in encodings:
        if row["key"] not in held:
            target.add_encoding(row, _sound_bitstream(source, row["key"]))
    new_scores = [r for r in scores if tuple(r[c.name] for c in SCORES.primary_key) not in scored]
    target.add(SCORES, new_scores)
    target.add(TIMINGS, source.rows(TIMINGS))
    target.add(SESSIONS, source.rows(SESSIONS))
    target.add(FAILURES, source.rows(FAILURES))
    added = sum(row["key"] not in held for row in encodings) + len(new_scores)
    return added, len(encodings) + len(scores) - added


def _sound_bitstream(source: Store, key: str) -> bytes:
    path = source.bitstream_path(key)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    unpack_file(data, str(path))
    return data
