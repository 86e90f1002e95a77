"""A stored run as one side of a check: its scores, its measured bitrates and its codes' entropy.

Entropy is that of one clip's codes. Of a clip with few frames it is biased low, alike on both
sides, which have the same frames; so it is compared here and never shown as the codec's efficiency.
Codebooks are looked at one by one at the point that has most of them, since residual codebooks send
the same codes at every point that has them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from codecbench.cells import encoding_point
from codecbench.clip_places import places_of
from codecbench.errors import Unscorable
from codecbench.frames import encoding_bitrate_bps, unpack_token_counts
from codecbench.metrics.codebooks import entropy_bits
from codecbench.readable import readable
from codecbench.reports.check.sides import (
    BITRATE,
    CODEBOOK,
    EFFICIENCY,
    ClipFact,
    Measured,
    Quantity,
    Series,
    Side,
    Subject,
    names_apart,
    rounded,
)
from codecbench.reports.missing import while_
from codecbench.schema import CLIPS, ENCODINGS, SCORES
from codecbench.standing import what_stands
from codecbench.store import Row, read_run

FIXED = "fixed"

Cells = dict[Quantity, Measured]


def read_run_side(run: Path, only: Subject | None = None) -> Side:
    """Read a run, or of it one codec as it was measured. Raises `UsageError` for what is no run.

    Of a metric with several versions of its definition the newest is taken.
    """
    with read_run(run) as store:
        clips = {row["clip_hash"]: row for row in store.rows(CLIPS)}
        encodings = [e for e in store.rows(ENCODINGS) if only in (None, _subject(e))]
        scores = store.frame(SCORES)
        standing, places = what_stands(store), places_of(store)
    sessions = standing.sessions
    cells: dict[Subject, Cells] = defaultdict(dict)
    for encoding, most in _with_most_codebooks(encodings):
        for metric, unit, direction, value in _facts(encoding, encoding["codebooks"] == most):
            quantity = _quantity(encoding, metric, FIXED)
            _put(cells[_subject(encoding)], quantity, encoding, (1, unit, direction), value, "")
    wanted = {encoding["key"]: encoding for encoding in encodings}
    newest = scores.groupby(["metric", "protocol"]).metric_version.transform("max")
    judged = (scores.metric_version == newest) & (scores.direction != "neither")
    for score in scores[judged].to_dict("records"):
        if of := wanted.get(score["encoding_key"]):
            quantity = _quantity(of, score["metric"], score["protocol"])
            definition = (score["metric_version"], score["unit"], score["direction"])
            held = cells[_subject(of)]
            _put(held, quantity, of, definition, score["value"], score["reason"])
    names = names_apart(list(cells))
    return Side(
        name=readable(str(run)),
        clips={
            key: ClipFact(row["clip"], row["category"], row["group"], row["duration_s"])
            for key, row in clips.items()
        },
        series={names[subject]: Series(subject, of) for subject, of in cells.items()},
        commands=tuple(dict.fromkeys(session["command"] for session in sessions)),
        versions=sessions[-1]["versions"] if sessions else {},
        runs=(run,),
        failures=tuple(
            f"failed: {row['codec']}@{row['point']} on {row['clip']}, "
            f"{while_(row['stage'], row['metric'])}: {row['reason']}"
            for row in standing.failures
            if only is None or row["codec"] == only.codec
        ),
        places=places,
    )


def _with_most_codebooks(encodings: list[Row]) -> Iterator[tuple[Row, int | None]]:
    """Encodings, each with the greatest number of codebooks that its codec was run with."""
    most: dict[tuple[Subject, int], int] = defaultdict(int)
    for encoding in encodings:
        place = (_subject(encoding), encoding["channels"])
        most[place] = max(most[place], encoding["codebooks"] or 0)
    for encoding in encodings:
        yield encoding, most[_subject(encoding), encoding["channels"]]


def _facts(encoding: Row, by_codebook: bool) -> Iterator[tuple[str, str, str, float]]:
    """What the bitstream itself says: metric, unit, direction, value."""
    rate = encoding_bitrate_bps(encoding)
    if rate is not None and encoding["measured"]:
        yield BITRATE, "bit/s", "lower", rate
    if encoding["token_counts"] is None:
        return
    shape = encoding["codebooks"], encoding["codebook_size"]
    try:
        entropy = entropy_bits(unpack_token_counts(encoding["token_counts"], *shape))
    except Unscorable:
        return  # a clip of no frame: on both sides alike
    efficiency = entropy / np.log2(encoding["codebook_size"])
    yield EFFICIENCY, "", "higher", float(efficiency.mean())
    if by_codebook:
        for i, value in enumerate(efficiency):
            yield f"{CODEBOOK}[{i + 1}]", "", "higher", float(value)


def _put(
    cells: Cells,
    quantity: Quantity,
    encoding: Row,
    definition: tuple[int, str, str],
    value: float | None,
    reason: str,
) -> None:
    if quantity not in cells:
        cells[quantity] = Measured(*definition, encoding["nominal_bps"], {}, {})
    value = rounded(value)
    cells[quantity].values[encoding["clip_hash"]] = value
    if math.isnan(value):
        cells[quantity].reasons[encoding["clip_hash"]] = reason


def _subject(encoding: Row) -> Subject:
    return Subject(
        encoding["codec"], encoding["codec_version"], encoding["weights_hash"], encoding["device"]
    )


def _quantity(encoding: Row, metric: str, protocol: str) -> Quantity:
    return Quantity(encoding["channels"], encoding_point(encoding), metric, protocol)
