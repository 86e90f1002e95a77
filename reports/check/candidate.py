"""A candidate measured on the spot: on the baseline's clips, points and metrics, what is missing.

Results go to a run, where they stay: the same check goes on where it was stopped, and computes
nothing that it finds.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from codecbench import pool
from codecbench.clips import Clip, ClipSet
from codecbench.errors import StoreError, UsageError
from codecbench.metrics.table import load_metric, metric_names
from codecbench.names import CodecName
from codecbench.plan import Request, lay_plan, require_something
from codecbench.reports.check.run_side import read_run_side
from codecbench.reports.check.settings import Settings
from codecbench.reports.check.sides import ClipFact, Series, Side, Subject, base_metric
from codecbench.run import Report, execute, quiet
from codecbench.run_clips import RunClips
from codecbench.store import Store
from codecbench.wording import counted


@dataclass(frozen=True)
class Effort:
    """How the work is done. jobs: processes, 0 for one a core. open_executor: who does it."""

    jobs: int = 0
    device: str = "cpu"
    report: Report = quiet
    open_executor: pool.OpenExecutor = pool.local_processes


def clips_of(baseline: Side, folder: Path | None) -> dict[str, Clip]:
    """The baseline's clips by hash, with its labels. folder: None for where its run found them.

    Raises `StoreError` where one is not found there.
    """
    files = RunClips(baseline.places, folder)
    found: dict[str, Clip] = {}
    lacking: list[str] = []
    for key, clip in baseline.clips.items():
        try:
            found[key] = _labelled(files.clip(clip.name, key), clip)
        except StoreError:
            lacking.append(clip.name)
    if lacking:
        raise StoreError(
            f"{len(lacking)} of {counted(len(baseline.clips), 'clip')} of the baseline "
            f"{'was' if len(lacking) == 1 else 'were'} not found in {files.where}, by the hash of "
            f"their audio: {', '.join(sorted(lacking)[:3])} …. "
            "Give --run-clips FOLDER"
        )
    return found


def _labelled(clip: Clip, fact: ClipFact) -> Clip:
    return replace(clip, name=fact.name, category=fact.category, group=fact.group)


def measure(
    codec: CodecName,
    like: Series,
    clips: dict[str, Clip],
    store: Store,
    settings: Settings,
    effort: Effort,
) -> tuple[Subject, tuple[str, ...]]:
    """Measure a codec as `like` was measured; return how its results are keyed, and what failed.

    Raises `WeightsError` for a checkpoint that cannot be read, `UsageError` for one of no codec.
    """
    said: list[str] = []
    subject = None
    for request, chosen in _requests(codec, like, clips, settings, effort.device):
        plan = lay_plan(request, ClipSet(chosen))
        require_something(plan)
        command = shlex.join(["bench", *sys.argv[1:]])
        outcome = execute(
            plan,
            store,
            command,
            jobs=effort.jobs,
            timing=False,
            report=effort.report,
            open_executor=effort.open_executor,
        )
        said += [f"skipped: {skipped.what}: {skipped.reason}" for skipped in plan.skipped]
        said += [
            f"failed: {failed.coding.clip.name}: {failed.reason}" for failed in outcome.failures
        ]
        (planned,) = plan.codecs
        subject = Subject(planned.name, planned.version, planned.weights_hash, planned.device_class)
    if subject is None:
        raise UsageError(f"the baseline's {like.subject.codec} was measured on no clip")
    return subject, tuple(dict.fromkeys(said))


def measured_side(run: Path, subject: Subject, said: tuple[str, ...]) -> Side:
    """What a run holds of one codec, with what was said when it was measured."""
    return replace(read_run_side(run, only=subject), failures=said)


def _requests(
    codec: CodecName, like: Series, clips: dict[str, Clip], settings: Settings, device: str
) -> Iterator[tuple[Request, tuple[Clip, ...]]]:
    """One request a layout and protocol, each with its clips."""
    cells = {q: m for q, m in like.cells.items() if settings.compares(base_metric(q.metric))}
    protocols = sorted({q.protocol for q in cells} - {"fixed"}) or ["paper"]
    for channels in sorted({q.channels for q in cells}):
        of_layout = {q: m for q, m in cells.items() if q.channels == channels}
        wanted = {key for measured in of_layout.values() for key in measured.values}
        rates = sorted({m.nominal_bps for m in of_layout.values() if m.nominal_bps})
        layout: Literal["mono", "keep"] = "mono" if channels == 1 else "keep"
        for protocol in protocols:
            metrics = {
                q.metric: {clips[key].category for key in measured.values}
                for q, measured in of_layout.items()
                if q.protocol in ("fixed", protocol)
            }
            request = Request(
                codecs=(codec,),
                bitrates_bps=tuple(rates),
                channels=layout,
                metrics=tuple(_asked(metrics)),
                protocol=protocol,  # type: ignore[arg-type]
                device=device,
                strict=True,
            )
            yield request, tuple(clip for key, clip in clips.items() if key in wanted)


def _asked(metrics: dict[str, set[str]]) -> list[str]:
    """Names for `Request.metrics`. metrics: the categories of the clips that each scored."""
    names = []
    for name in metric_names():
        scored = metrics.get(name, set())
        if name == "si_sdr":  # it brings that of the side signal along
            scored |= metrics.get("si_sdr_side", set())
        if scored:
            own = load_metric(name).category
            names.append(f"{name}:all" if own is not None and scored - {own} else name)
    # No name would ask for every metric; this one costs nothing.
    return names or ["l1"]


def baseline_codec(baseline: Side, family: str, match: str | None) -> str:
    """Which codec of the baseline a new one is compared with. Raises `UsageError` if unclear."""
    names = list(baseline.series)
    if match is not None:
        # OLD=NEW is understood too, though what is measured is named already.
        meant = [name for name in names if match == name or match.startswith(f"{name}=")]
        if not meant:
            raise UsageError(f'--match "{match}": the baseline has {", ".join(names)}')
        return max(meant, key=len)
    alike = [n for n in names if baseline.series[n].subject.codec.split(":")[0] == family]
    for found in (names, alike):
        if len(found) == 1:
            return found[0]
    raise UsageError(
        f"the baseline has {', '.join(names) or 'no codec'}: say which one to compare with, "
        "--match NAME"
    )
