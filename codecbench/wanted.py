"""What a session set out to compute: kept until it finishes, so that what it left can be told.

    {"clips": {hash: channels},
     "codecs": [{"codec", "weights_hash", "device", "channels", "points", "timed"}, ...],
     "metrics": [[metric, protocol, category or null], ...]}

Each clip is wanted at each point of each codec that has its layout.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from codecbench.cells import Cell, Held
from codecbench.metrics.table import load_metric
from codecbench.plan import Plan, point_name
from codecbench.scoring import stored_protocol

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


def cells_left(
    wanted: Wanted, held: Held, categories: Mapping[str, str], failed: Collection[Cell]
) -> int:
    """How many of the wanted cells still lack a result: an encoding, one of its scores, a timing.

    categories: of the clips by hash. failed: cells that are told by themselves.
    """
    left = sum(
        cell not in failed and not _is_whole(cell, wanted, held, categories)
        for cell in _cells(wanted)
    )
    coded = {cell[1:] for cell in held.encodings}  # a point that failed everywhere has no timing
    return left + sum(
        cell not in failed and cell[1:] in coded and not held.is_timed(cell)
        for codec in wanted["codecs"]
        if codec["timed"]
        for cell in _cells(wanted | {"clips": {"": codec["channels"]}, "codecs": [codec]})
    )


def _cells(wanted: Wanted) -> Iterator[Cell]:
    for codec in wanted["codecs"]:
        facts = (codec["codec"], codec["weights_hash"], codec["device"], codec["channels"])
        for clip_hash, channels in wanted["clips"].items():
            if channels == codec["channels"]:
                yield from (Cell(clip_hash, *facts, point) for point in codec["points"])


def _is_whole(cell: Cell, wanted: Wanted, held: Held, categories: Mapping[str, str]) -> bool:
    if cell not in held.encodings:
        return False
    category = categories.get(cell.clip_hash, "")
    metrics = {(m, p) for m, p, only in wanted["metrics"] if only is None or only == category}
    return metrics <= held.scores(cell)
