"""The failures of a run as it goes: written as they come, struck out once their cell was done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from codecbench.cells import Cell, cell_of, may_be
from codecbench.errors import CellFault
from codecbench.metrics.table import load_metric
from codecbench.plan import Coding, Plan, point_name
from codecbench.rows import failure_row
from codecbench.schema import FAILURES, UNKNOWN
from codecbench.scoring import stored_protocol
from codecbench.standing import in_words
from codecbench.store import Row, Store
from codecbench.tasks import Coded, Failed, Result, Scored

_CODING = ("encode", "decode")


class FailureBook:
    """Failures of earlier sessions, and those of this one in `failures`.

    lacking: metrics that each encoding had no score by. stored: keys of encodings that were there
    before. is_fatal: whether a failure that codecbench did not foresee ends the run.
    """

    def __init__(
        self,
        store: Store,
        plan: Plan,
        lacking: Mapping[str, tuple[str, ...]],
        stored: Collection[str],
        is_fatal: bool,
    ) -> None:
        self._store, self._plan, self._lacking = store, plan, lacking
        self._stored, self._is_fatal = frozenset(stored), is_fatal
        self._weights = {(codec.name, codec.weights_hash) for codec in plan.codecs}
        self._known = store.rows(FAILURES)
        self.failures: list[Failed] = []

    @property
    def uncoded(self) -> set[str]:
        """Keys of the encodings of this session that there is no sound of."""
        return {f.coding.key for f in self.failures if f.stage in _CODING}

    def note(self, result: Result, now: str) -> None:
        """Take a result down. Raises `CellFault` for one that ends the run."""
        if outdated := [row for row in self._known if self._is_about(row, result)]:
            self._store.remove(FAILURES, outdated)
            self._known = [row for row in self._known if row not in outdated]
        if not isinstance(result, Failed):
            return
        key = result.coding.key
        if result.stage == "decode" and key in self._stored and not self._lacking[key]:
            result = replace(result, stage="keep")  # its scores are there: sound alone was wanted
        row = failure_row(result, self._protocol(result.metric), list(self._lost(result)), now)
        self._store.put(FAILURES, [row])
        self._known.append(row)
        self.failures.append(result)
        if self._is_fatal and not result.is_expected:
            raise CellFault(f"{in_words(row)}\n{result.traceback}".rstrip())

    def _lost(self, failed: Failed) -> Iterator[tuple[str, str]]:
        """The scores that a failure cost. What was never encoded lost its encoding, which tells."""
        if failed.stage == "score":
            yield failed.metric, self._protocol(failed.metric)
        elif failed.stage == "decode" and failed.coding.key in self._stored:
            for name in self._lacking[failed.coding.key]:
                yield name, self._protocol(name)

    def _protocol(self, metric: str) -> str:
        return stored_protocol(load_metric(metric), self._plan.protocol) if metric else ""

    def _is_about(self, row: Row, result: Result) -> bool:
        """Whether a result says anew how what failed before went."""
        stages, metric = _stages(result)
        if row["stage"] not in stages:
            return False
        cell = _cell(_coding(result))
        if (row["codec"], row["weights_hash"]) not in self._weights:
            # Of weights that are no longer there, such as a training's that goes on: nobody can try
            # them again, and what is known of the codec now is what its present weights give.
            cell = cell._replace(weights_hash=row["weights_hash"])
        if row["stage"] == "time":
            cell = cell._replace(clip_hash=row["clip_hash"])
        elif row["stage"] == "score" and (
            row["metric"] != metric or row["protocol"] not in (self._protocol(metric), UNKNOWN)
        ):
            return False
        return may_be(cell_of(row), cell)


def _stages(result: Result) -> tuple[Collection[str], str]:
    """The stages that a result is the outcome of, and of the stage "score" the metric."""
    if isinstance(result, Coded):
        return (*_CODING, "keep") if result.item.keep else _CODING, ""
    if isinstance(result, Scored):
        return ("score",), result.scores[0].metric
    if isinstance(result, Failed):
        again = _CODING if result.stage in _CODING else (result.stage,)
        return again, result.metric
    return ("time",), ""


def _coding(result: Result) -> Coding:
    if isinstance(result, Failed):
        return result.coding
    return result.item.coding if isinstance(result, Coded | Scored) else result.task.coding


def _cell(coding: Coding) -> Cell:
    codec = coding.codec
    facts = (codec.name, codec.weights_hash, codec.device_class, coding.channels)
    return Cell(coding.clip.content_hash, *facts, point_name(coding.point))
