"""What a session set out to compute: kept until it finishes, so that what it left can be told.

    {"clips": {hash: channels},
     "codecs": [{"codec", "weights_hash", "device", "channels", "points", "timed"}, ...],
     "metrics": [[metric, protocol, category or null], ...]}

Each clip is wanted at each point of each codec that has its layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from codecbench.cells import Cell, Held, cell_of
from codecbench.metrics.table import load_metric
from codecbench.plan import Plan, point_name
from codecbench.scoring import stored_protocol
from codecbench.store import Row

Wanted = dict[str, Any]


def wanted_of(plan: Plan, timing: bool) -> Wanted:
    """A plan in short. timing: whether its codecs are timed too."""
    points: dict[tuple[Any, ...], dict[str, None]] = {}
    for coding in plan.codings:
        codec = coding.codec
        facts = (codec.name, codec.weights_hash, codec.device_class, coding.channels)
        own = points.setdefault((*facts, timing and codec.measured), {})
        own[point_name(coding.point)] = None
    names = ("codec", "weights_hash", "device", "channels", "timed")
    return {
        "clips": {coding.clip.content_hash: coding.channels for coding in plan.codings},
        "codecs": [
            dict(zip(names, facts, strict=True)) | {"points": list(own)}
            for facts, own in points.items()
        ],
        "metrics": [
            [name, stored_protocol(metric, plan.protocol), None if everywhere else metric.category]
            for name, everywhere in plan.metrics
            for metric in [load_metric(name)]
        ],
    }


class Left(NamedTuple):
    """What is not there yet. results: encodings and scores, as a session counts what it computed.

    timings: points that were to be timed and have been coded.
    """

    results: int
    timings: int


def what_is_left(
    wanted: Wanted, held: Held, categories: Mapping[str, str], failures: Iterable[Row]
) -> Left:
    """How much of what was wanted is lacking. What failed is told by itself, and not counted.

    categories: of the clips by hash. failures: those that stand.
    """
    failed = {(f["stage"], f["metric"], cell_of(f)) for f in failures}
    uncoded = {cell for stage, _, cell in failed if stage in ("encode", "decode")}
    untimed = {cell._replace(clip_hash="") for stage, _, cell in failed if stage == "time"}
    results = 0
    for cell in _cells(wanted):
        if cell not in uncoded:
            is_coded = cell in held.encodings
            scores = held.scores(cell) if is_coded else frozenset()
            results += not is_coded
            results += sum(
                ("score", metric, cell) not in failed and (metric, protocol) not in scores
                for metric, protocol in _metrics(wanted, categories.get(cell.clip_hash, ""))
            )
    coded = {cell[1:] for cell in held.encodings}  # a point that failed everywhere has no timing
    timings = sum(
        cell not in untimed and cell[1:] in coded and not held.is_timed(cell)
        for codec in wanted["codecs"]
        if codec["timed"]
        for cell in _cells(wanted | {"clips": {"": codec["channels"]}, "codecs": [codec]})
    )
    return Left(results, timings)


def _cells(wanted: Wanted) -> Iterator[Cell]:
    for codec in wanted["codecs"]:
        facts = (codec["codec"], codec["weights_hash"], codec["device"], codec["channels"])
        for clip_hash, channels in wanted["clips"].items():
            if channels == codec["channels"]:
                yield from (Cell(clip_hash, *facts, point) for point in codec["points"])


def _metrics(wanted: Wanted, category: str) -> set[tuple[str, str]]:
    """Pairs (metric, protocol) that a clip of a category was to be scored by."""
    return {(m, p) for m, p, only in wanted["metrics"] if only is None or only == category}
