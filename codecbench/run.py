"""Running a plan: code, decode, score and time what the run does not hold yet, store each result.

The parent process alone writes the store, as results come; workers are given plain values and give
plain values back. What goes into which task is decided in `codecbench.schedule`.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from codecbench import pool, schedule
from codecbench.clip_places import clip_set_row
from codecbench.errors import StoreError
from codecbench.failure_book import FailureBook
from codecbench.files import file_name, file_path
from codecbench.plan import Coding, Plan, series_name
from codecbench.provenance import machine, package_versions
from codecbench.rows import alignment_rows, clip_row, score_row, timing_row
from codecbench.schema import CLIP_SETS, CLIPS, ENCODINGS, SCORES, SESSIONS, TIMINGS
from codecbench.store import Store
from codecbench.tasks import (
    Coded,
    CodeItem,
    CodeTask,
    Failed,
    Result,
    Scored,
    ScoreItem,
    Task,
    Timed,
    died,
    split,
)
from codecbench.wanted import wanted_of
from codecbench.work import do

Report = Callable[[str, int, int], None]
"""Told (phase, done, of): phases are "coding", "scoring" and "timing"."""


@dataclass(frozen=True)
class Outcome:
    """What a run did: results computed now, results that were there already, and failures."""

    computed: int
    found: int
    failures: tuple[Failed, ...]


def quiet(phase: str, done: int, of: int) -> None:
    """Report nothing."""


def execute(
    plan: Plan,
    store: Store,
    command: str,
    jobs: int = 0,
    keep_audio: bool = False,
    timing: bool = True,
    report: Report = quiet,
    open_executor: pool.OpenExecutor = pool.local_processes,
    debug: bool = False,
) -> Outcome:
    """Carry a plan out into a store. What is stored is not computed again.

    jobs: worker processes; 0 takes one a core. Interrupted, it leaves a store that can go on.
    debug: the first cell that fails for anything but an error of codecbench's own ends the run,
    with `CellFault`.
    """
    session = _begin(plan, store, command, timing)
    try:
        execution = _Execution(
            plan, store, jobs or _cores(), keep_audio, report, open_executor, debug
        )
        outcome = execution(timing)
    except BaseException as error:
        status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        _end(store, session, status)
        raise
    _end(store, session, "finished", wanted=None)
    return outcome


def _begin(plan: Plan, store: Store, command: str, timing: bool) -> str:
    session = uuid4().hex
    clip_set = clip_set_row(plan, store.folder)
    store.put(CLIP_SETS, [clip_set])
    store.put(
        SESSIONS,
        [
            {
                "id": session,
                "started": _now(),
                "finished": None,
                "status": "running",
                "command": command,
                "protocol": plan.protocol,
                "versions": package_versions(),
                "machine": machine(),
                "skipped": [asdict(skipped) for skipped in plan.skipped],
                "codecs": [codec.name for codec in plan.codecs],
                "clip_set": clip_set["id"],
                "wanted": wanted_of(plan, timing),
            }
        ],
    )
    store.put(CLIPS, [clip_row(clip) for clip in plan.clips])
    return session


def _end(store: Store, session: str, status: str, **more: object) -> None:
    store.update_session(session, finished=_now(), status=status, **more)


def _now() -> str:
    # Fine enough for the order of sessions that follow at once.
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Execution:
    """The state of one execution: what is stored, what is done, what failed."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        jobs: int,
        keep_audio: bool,
        report: Report,
        open_executor: pool.OpenExecutor,
        debug: bool,
    ) -> None:
        self.plan, self.store, self.jobs, self.report = plan, store, jobs, report
        self.keep_audio, self.open_executor = keep_audio, open_executor
        self.scratch = store.folder / "scratch"
        self.clips_called = Counter(row["clip"] for row in store.rows(CLIPS))
        self.payloads = {row["key"]: row["payload_sha256"] for row in store.rows(ENCODINGS)}
        scored = {tuple(row[c.name] for c in SCORES.primary_key) for row in store.rows(SCORES)}
        self.lacking = {c.key: schedule.lacking(plan, c, scored) for c in plan.codings}
        self.book = FailureBook(store, plan, self.lacking, self.payloads, debug)
        self.computed = 0
        self.done = {"coding": 0, "scoring": 0, "timing": 0}
        self.total = dict.fromkeys(self.done, 0)

    def __call__(self, timing: bool) -> Outcome:
        due = [coding for coding in self.plan.codings if self._is_due(coding)]
        self.total["coding"] = len(due)
        self.total["scoring"] = sum(len(self.lacking[coding.key]) for coding in due)
        found = self._wanted() - self.total["scoring"]
        found += sum(coding.key in self.payloads for coding in self.plan.codings)
        try:
            for batch in schedule.batches(due):
                self._clear_scratch()
                self._code(batch)
                self._score(batch)
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)
        if timing:
            self._time()
        return Outcome(self.computed, found, tuple(self.book.failures))

    def _wanted(self) -> int:
        return sum(len(schedule.wanted_scores(self.plan, c)) for c in self.plan.codings)

    def _is_due(self, coding: Coding) -> bool:
        wanted = self.keep_audio and not self._audio_path(coding).exists()
        return coding.key not in self.payloads or bool(self.lacking[coding.key]) or wanted

    def _clear_scratch(self) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)
        try:
            self.scratch.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"cannot write {self.scratch}: {error.strerror}") from error

    def _audio_path(self, coding: Coding) -> Path:
        clip = coding.clip.name
        if self.clips_called[clip] > 1:  # the run holds other audio under this name, too
            clip += f" {coding.clip.content_hash[:8]}"
        folder = file_name(series_name(coding))
        return self.store.folder / "audio" / folder / file_path(clip, ".wav")

    def _code(self, batch: Sequence[Coding]) -> None:
        groups = schedule.by_codec(self.plan, batch)
        tasks = [CodeTask(tuple(map(self._code_item, group))) for group in groups]
        for result in self._run(tasks, "coding"):
            if isinstance(result, Coded) and result.row and result.data is not None:
                self.store.add_encoding(result.row, result.data, alignment_rows(result))
                self.payloads[result.row["key"]] = result.row["payload_sha256"]
                self.computed += 1

    def _code_item(self, coding: Coding) -> CodeItem:
        stored = self.store.bitstream_path(coding.key) if coding.key in self.payloads else None
        keep = self._audio_path(coding) if self.keep_audio else None
        return CodeItem(coding, stored, self._decoded_path(coding), keep)

    def _decoded_path(self, coding: Coding) -> Path:
        return self.scratch / f"{coding.key}.npy"

    def _score(self, batch: Sequence[Coding]) -> None:
        failed = self.book.uncoded
        self.total["scoring"] -= sum(len(self.lacking[c.key]) for c in batch if c.key in failed)
        items = [
            ScoreItem(c, self.payloads[c.key], self._decoded_path(c), self.lacking[c.key])
            for c in batch
            if self.lacking[c.key] and c.key not in failed
        ]
        tasks = schedule.score_tasks(items, self.plan.protocol, self.jobs)
        for result in self._run(tasks, "scoring"):
            if isinstance(result, Scored):
                self.store.add(SCORES, [score_row(result, score) for score in result.scores])
                self.computed += 1

    def _time(self) -> None:
        name = machine()["processor"]
        timed = self.store.rows(TIMINGS)
        tasks = schedule.time_tasks(self.plan, timed, self.book.uncoded, name)
        self.total["timing"] = len(tasks)
        for result in self._run(tasks, "timing", jobs=1):
            if isinstance(result, Timed):
                self.store.put(TIMINGS, [timing_row(result, name)])

    def _run(self, tasks: Iterable[Task], phase: str, jobs: int | None = None) -> Iterator[Result]:
        results = pool.run_tasks(tasks, do, split, died, jobs or self.jobs, self.open_executor)
        self.report(phase, self.done[phase], self.total[phase])
        for batch in results:
            for result in batch:
                self.book.note(result, _now())
                yield result
                # A sound that was not kept is told beside the point that was coded.
                self.done[phase] += not (isinstance(result, Failed) and result.stage == "keep")
            self.report(phase, self.done[phase], self.total[phase])
