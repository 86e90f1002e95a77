"""Runs that are really made, in this process, with codecs that misbehave as they are told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codecbench.clips import find_clips
from codecbench.names import parse_codec_names
from codecbench.plan import Plan, Request, Skipped, lay_plan
from codecbench.run import Outcome, execute
from codecbench.standing import Standing, what_stands
from codecbench.store import open_run, read_run
from codecbench.tasks import Coded, Result, Task
from codecbench.work import do


def plan_of(clips: Path, codecs: str, metrics: str = "l1", *skipped: Skipped) -> Plan:
    """A plan, with more skipped than it does by itself. For toys, these must be on the path."""
    request = Request(
        codecs=parse_codec_names([codecs]), metrics=tuple(metrics.split(",")), clips=clips
    )
    plan = lay_plan(request, find_clips(clips))
    return replace(plan, skipped=(*plan.skipped, *skipped))


def run(folder: Path, plan: Plan, **more: Any) -> Outcome:
    """Execute it into a run, without timing."""
    how: dict[str, Any] = {"timing": False, "open_executor": ThreadPoolExecutor} | more
    with open_run(folder) as store:
        return execute(plan, store, f"bench run --out {folder.name}", 1, **how)


def stands(folder: Path) -> Standing:
    """What stands of a run."""
    with read_run(folder) as store:
        return what_stands(store)


@contextmanager
def stopped_after(monkeypatch: pytest.MonkeyPatch, results: int) -> Iterator[None]:
    """Within it, an execution is interrupted once so many points were coded."""
    done: list[Result] = []

    def interrupted(task: Task) -> Any:
        if len(done) == results:
            raise KeyboardInterrupt
        found = do(task)
        done.extend(result for result in found if isinstance(result, Coded))
        return found

    with monkeypatch.context() as patch:
        patch.setattr("codecbench.run.do", interrupted)
        yield
