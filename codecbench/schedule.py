"""How a plan becomes tasks: what a run still lacks, in which order and portions it is worked off.

Pure functions. Clips go in batches, so that decoded audio waiting to be scored stays within
`SCRATCH_BYTES`. In a batch, work is grouped by codec first (a model is loaded once a process), then
by clip (the reference's side of a metric is computed once).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from codecbench.clips import Clip
from codecbench.metrics.table import load_metric
from codecbench.plan import Coding, Plan, Protocol, point_name
from codecbench.scoring import applies, stored_protocol
from codecbench.store import Row
from codecbench.tasks import ScoreItem, ScoreTask, TimeTask

SCRATCH_BYTES = 4 << 30
TIMING_THREADS = 1

ScoreKey = tuple[str, str, int, str]
"""Encoding, metric, version of its definition, protocol."""


def wanted_scores(plan: Plan, coding: Coding) -> dict[str, ScoreKey]:
    """The metrics that apply to a coding's clip, with the keys of their scores."""
    wanted = {}
    for name, everywhere in plan.metrics:
        metric = load_metric(name)
        if applies(metric, coding.clip.category, everywhere):
            protocol = stored_protocol(metric, plan.protocol)
            wanted[name] = (coding.key, name, metric.version, protocol)
    return wanted


def batches(codings: Sequence[Coding], most_bytes: int = SCRATCH_BYTES) -> Iterator[list[Coding]]:
    """Share codings out by clip, so that a batch's decoded audio fits the scratch space."""
    by_clip: dict[Clip, list[Coding]] = {}
    for coding in codings:
        by_clip.setdefault(coding.clip, []).append(coding)
    batch: list[Coding] = []
    size = 0.0
    for clip, group in by_clip.items():
        needs = sum(4 * clip.duration_s * clip.sample_rate_hz * c.channels for c in group)
        if batch and size + needs > most_bytes:
            yield batch
            batch, size = [], 0.0
        batch, size = batch + group, size + needs
    if batch:
        yield batch


def by_codec(plan: Plan, batch: Sequence[Coding]) -> list[list[Coding]]:
    """Group codings that one task takes: a codec's points of one clip, codec after codec."""
    order = {codec: i for i, codec in enumerate(plan.codecs)}
    ordered = sorted(batch, key=lambda coding: (order[coding.codec], coding.clip.name))
    return [list(g) for _, g in groupby(ordered, key=lambda c: (order[c.codec], c.clip.name))]


def score_tasks(items: Sequence[ScoreItem], protocol: Protocol, jobs: int) -> list[ScoreTask]:
    """Group estimates by clip; where clips are fewer than processes, share a clip's out."""
    ordered = sorted(items, key=lambda item: item.coding.clip.name)
    clips = [tuple(g) for _, g in groupby(ordered, key=lambda item: item.coding.clip.name)]
    shares = 1 if jobs == 1 or not clips else max(1, math.ceil(2 * jobs / len(clips)))
    tasks = []
    for group in clips:
        size = math.ceil(len(group) / shares)
        tasks += [ScoreTask(group[i : i + size], protocol) for i in range(0, len(group), size)]
    # The longest first: at the end, when processes run out of work, what is left is short.
    return sorted(tasks, key=_work_s, reverse=True)


def _work_s(task: ScoreTask) -> float:
    return sum(item.coding.clip.duration_s * len(item.metrics) for item in task.items)


def time_tasks(
    plan: Plan, timings: Sequence[Row], broken: Collection[str], machine_name: str
) -> list[TimeTask]:
    """One task for each codec, point and layout that was not timed on this machine.

    broken: keys of encodings that failed. The first clip in the plan's order is timed.
    """
    names = ("codec", "codec_version", "weights_hash", "device", "channels", "point", "threads")
    done = {tuple(row[name] for name in (*names, "machine")) for row in timings}
    first: dict[tuple[object, ...], Coding] = {}
    for coding in plan.codings:
        codec = coding.codec
        key = (
            *(codec.name, codec.version, codec.weights_hash, codec.device_class, coding.channels),
            *(point_name(coding.point), TIMING_THREADS, machine_name),
        )
        if codec.measured and key not in done and coding.key not in broken:
            first.setdefault(key, coding)
    return [TimeTask(coding, TIMING_THREADS) for coding in first.values()]


def lacking(
    plan: Plan, coding: Coding, scored: Mapping[ScoreKey, object] | Collection[ScoreKey]
) -> tuple[str, ...]:
    """Names of the metrics that a coding still has no score by."""
    return tuple(name for name, key in wanted_scores(plan, coding).items() if key not in scored)
