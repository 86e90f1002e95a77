"""What still stands of a run's past: what was skipped, stopped or failed and not made good since.

A run is the work of several sessions, one after the other or in several jobs that were merged. What
one of them lacked is told until the run has it, whichever session brought it, and in the order of
time, so that the order of merging does not matter.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from codecbench.audio import CANCELS
from codecbench.cells import Held, cell_of
from codecbench.clip_places import folders_of, words_of
from codecbench.plan import Skipped
from codecbench.schema import CLIP_SETS, CLIPS, FAILURES, SESSIONS
from codecbench.store import Row, Store
from codecbench.wanted import Left, what_is_left


@dataclass(frozen=True)
class Stopped:
    """A command that was stopped, and whose results are not all there.

    started: when it was last tried. left: None where an older run did not note what was wanted.
    """

    started: str
    command: str
    left: Left | None

    @property
    def words(self) -> str:
        """What was stopped, and what is left."""
        when = self.started[:16].replace("T", " ")
        results, timings = self.left or (0, 0)
        counts = [_count(results, "result"), _count(timings, "timing")]
        lacking = " and ".join(filter(None, counts))
        return f"a command of {when} was stopped" + (f" and lacks {lacking}" if lacking else "")


@dataclass(frozen=True)
class Standing:
    """sessions: all of them, by time. failures: rows of the store, by clip, codec and point."""

    sessions: tuple[Row, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    failures: tuple[Row, ...] = ()


def what_stands(store: Store) -> Standing:
    """Read the sessions and failures of a run, and judge them by what the run holds."""
    held = Held(store)
    sessions = sessions_by_time(store)
    clip_sets = {row["id"]: row for row in store.rows(CLIP_SETS)}
    failures = tuple(f for f in store.rows(FAILURES) if not _is_made_good(f, held))
    failures = tuple(sorted(failures, key=_order))
    return Standing(
        sessions,
        tuple(_skipped(sessions, clip_sets, held, failures)),
        tuple(_stopped(sessions, clip_sets, store, held, failures)),
        failures,
    )


def sessions_by_time(store: Store) -> tuple[Row, ...]:
    """The sessions of a run, the first one first."""
    return tuple(sorted(store.rows(SESSIONS), key=lambda row: (str(row["started"]), row["id"])))


def in_words(failure: Row) -> str:
    """`opus@6 on speech/one, score mel: the reason`."""
    stage = " ".join(filter(None, (failure["stage"], failure["metric"])))
    cell = f"{failure['codec']}@{failure['point']} on {failure['clip']}"
    return f"{cell}, {stage}: {failure['reason']}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}" if count else ""


def _order(failure: Row) -> tuple[object, ...]:
    names = ("clip", "codec", "channels", "point", "stage", "metric", "protocol", "clip_hash")
    return tuple(failure[name] for name in names)


def _is_made_good(failure: Row, held: Held) -> bool:
    """Whether the run has by now what a failure cost."""
    asked, stage, lost = cell_of(failure), failure["stage"], failure["lost"]
    if stage == "keep":  # no result: forgotten when it is kept
        return False
    if stage == "time":
        return held.is_timed(asked)
    for cell in held.cells_like(asked):
        scores = held.scores(cell) if lost != [] and stage != "encode" else frozenset()
        if lost is not None:
            there = {tuple(pair) for pair in lost} <= scores
        elif stage == "score":
            there = failure["metric"] in {metric for metric, _ in scores}
        else:
            there = stage == "encode" or bool(scores)
        if there:
            return True
    return False


def _stopped(
    sessions: Sequence[Row],
    clip_sets: dict[str, Row],
    store: Store,
    held: Held,
    failures: Sequence[Row],
) -> Iterator[Stopped]:
    found: dict[tuple[object, ...], Stopped] = {}
    for i, session in enumerate(sessions):
        if session["status"] == "finished":
            continue
        left = None
        if session["wanted"] is not None:
            categories = {row["clip_hash"]: row["category"] for row in store.rows(CLIPS)}
            left = what_is_left(session["wanted"], held, categories, failures)
        elif any(_goes_on(later, session) for later in sessions[i + 1 :]):
            continue
        clips = (clip_sets.get(session["clip_set"]) or {}).get("source")
        same = (clips, *_asked(session["command"]))
        found.pop(same, None)  # stopped again: what is left of it is told once
        if left is None or any(left):
            found[same] = Stopped(str(session["started"]), session["command"], left)
    yield from found.values()


def _goes_on(later: Row, stopped: Row) -> bool:
    """Whether a finished session had the command of a stopped one, into whichever run."""
    done = later["status"] == "finished"
    return done and _asked(later["command"]) == _asked(stopped["command"])


def _asked(command: str) -> list[str]:
    words = words_of(command)
    out = [i for i, word in enumerate(words) if word in ("--out", "--jobs")]
    return [
        word
        for i, word in enumerate(words)
        if i not in out and i - 1 not in out and not word.startswith(("--out=", "--jobs="))
    ]


def _skipped(
    sessions: Sequence[Row], clip_sets: dict[str, Row], held: Held, failures: Sequence[Row]
) -> Iterator[Skipped]:
    parts = [_Part(session, clip_sets.get(session["clip_set"])) for session in sessions]
    if not any(part.session["skipped"] for part in parts):
        return
    tried = held.coded | {(f["codec"], f["clip_hash"]) for f in failures}
    several = len({part.source for part in parts}) > 1
    told: dict[tuple[str, str, str], Skipped] = {}
    for i, part in enumerate(parts):
        later = [other for other in parts[i + 1 :] if other.is_of(part.source)]
        for row in part.session["skipped"]:
            skipped = Skipped(row["kind"], row["what"], row["reason"])
            key = (skipped.kind, skipped.what, part.source)
            if not _is_there(skipped, part, later, held, tried):
                if several and skipped.kind == "metric":
                    skipped = replace(skipped, reason=f"{skipped.reason} (clips: {part.source})")
                told[key] = skipped  # of the same thing, what was said last
    yield from dict.fromkeys(told.values())


class _Part:
    """A session with its clips. clips: their hashes, None in runs of layout 1."""

    def __init__(self, session: Row, clip_set: Row | None) -> None:
        self.session, self._files = session, clip_set["files"] if clip_set else {}
        self.clips: set[str] | None = None
        if clip_set is None:
            (given,) = folders_of([session["command"]])
            self.source = "the built-in clips" if given is None else os.path.normpath(given)
        else:
            self.clips = set(self._files)
            self.source = str(clip_set["source"] or f"some of {clip_set['folder']}")
            if clip_set["builtin"]:
                self.source = "the built-in clips"

    def at(self, path: str) -> list[str]:
        """The hash of the clip at a path, none where it had none there."""
        words = PurePath(os.path.normpath(path)).parts
        found = ((key, PurePath(file).parts) for key, file in self._files.items())
        return [key for key, parts in found if words[-len(parts) :] == parts]

    def is_of(self, source: str) -> bool:
        """Whether its clips are those of another session, which may have noted a relative path."""
        words = PurePath(source).parts
        return self.source == source or PurePath(self.source).parts[-len(words) :] == words


def _clip_is_there(
    skipped: Skipped,
    part: _Part,
    later: Sequence[_Part],
    held: Held,
    tried: set[tuple[str, str]],
) -> bool:
    """Whether a later look found it sound and what coded the others has coded it, or it is gone."""
    keys = {key for other in later for key in other.at(skipped.what)}
    if skipped.reason == CANCELS and keys:
        # Coding it in stereo is no answer: what is measured in mono still lacks it.
        return any(cell.clip_hash in keys and cell.channels == 1 for cell in held.encodings)
    named = {codec for codec, _ in tried}
    codecs = {c for c in named if all((c, clip) in tried for clip in part.clips or ())}
    return any(
        all((codec, key) in tried for codec in codecs for key in other.at(skipped.what))
        for other in later
        if not _skips(other, skipped)
    )


def _is_there(
    skipped: Skipped,
    part: _Part,
    later: Sequence[_Part],
    held: Held,
    tried: set[tuple[str, str]],
) -> bool:
    """Whether the run has by now what a session skipped. later: sessions with the same clips."""
    if skipped.kind == "clip":
        return _clip_is_there(skipped, part, later, held, tried)
    if skipped.kind == "codec":
        if part.clips is None:
            return any(codec == skipped.what for codec, _ in tried)
        return all((skipped.what, clip_hash) in tried for clip_hash in part.clips)
    if skipped.kind == "metric":
        scored = held.clips_scored_by(skipped.what)
        if part.clips is None:
            return bool(scored)
        return any(scored & (other.clips or set()) for other in (part, *later))
    return False  # a bitrate that the codec does not have


def _skips(part: _Part, skipped: Skipped) -> bool:
    said = ((row["kind"], row["what"]) for row in part.session["skipped"])
    return (skipped.kind, skipped.what) in said
