"""What of the baseline is compared with what of the candidate: codecs, points, metrics and clips.

Nothing is dropped without a word. What the candidate lacks becomes a cell that could not be judged;
what it alone has is named and left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from codecbench.errors import ReportError, UsageError
from codecbench.reports.check.codec_pairs import match_codecs
from codecbench.reports.check.settings import Settings
from codecbench.reports.check.sides import (
    BITRATE,
    Measured,
    Quantity,
    Series,
    Side,
    base_metric,
)


@dataclass(frozen=True)
class Lost:
    """A clip on which the candidate has no value and the baseline had one."""

    clip: str
    reason: str


@dataclass(frozen=True, eq=False)
class Pairing:
    """One cell of a check: a metric at an operating point, clip by clip.

    codec: the baseline's. clips: hashes of those with a value on both sides. baseline, candidate:
    their values, (clips,). worse: by how much the candidate is worse, in `unit`: the difference,
    or for bitrates its share of the baseline in percent. seconds: how long each clip is, where its
    value is a rate, whose mean over clips is Σ bits / Σ seconds; None for other metrics.
    missing: why there is nothing to compare.
    """

    codec: str
    candidate_codec: str
    quantity: Quantity
    nominal_bps: float | None
    unit: str
    direction: str
    tolerance: float
    clips: tuple[str, ...]
    baseline: npt.NDArray[np.float64]
    candidate: npt.NDArray[np.float64]
    worse: npt.NDArray[np.float64]
    lost: tuple[Lost, ...] = ()
    missing: str = ""
    seconds: npt.NDArray[np.float64] | None = None

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """What each clip counts in the mean of `worse`, 1 on average.

        Of a rate its baseline's bits: so the mean of shares is the share by which Σ bits / Σ
        seconds differ.
        """
        if self.seconds is None or not self.clips:
            return np.ones(len(self.clips))
        bits = self.seconds * self.baseline
        return np.asarray(bits / bits.mean())

    @property
    def mean_worse(self) -> float:
        """By how much the candidate is worse over all clips; NaN without any."""
        return float(np.average(self.worse, weights=self.weights)) if self.clips else math.nan

    @property
    def means(self) -> tuple[float, float]:
        """The means of baseline and candidate, of rates Σ bits / Σ seconds; NaN without clips."""
        if not self.clips:
            return math.nan, math.nan
        before, after = (
            float(np.average(values, weights=self.seconds))
            for values in (self.baseline, self.candidate)
        )
        return before, after


@dataclass(frozen=True, eq=False)
class Paired:
    """All cells of a check and what else is to be said: what was left out and why."""

    cells: tuple[Pairing, ...]
    notes: tuple[str, ...]


def pair_up(baseline: Side, candidate: Side, settings: Settings, matches: Sequence[str]) -> Paired:
    """Pair two sides. matches: of the command line, `OLD=NEW` or `NAME`; empty for all.

    Raises `UsageError` where it is not clear what is to be compared with what, `ReportError` where
    metrics of different definitions or protocols would be.
    """
    notes: list[str] = []
    cells: list[Pairing] = []
    for old, new in match_codecs(list(baseline.series), list(candidate.series), matches, notes):
        before = baseline.series[old]
        after = candidate.series[new] if new else None
        if after is None:
            cells += _absent(old, before, settings)
            continue
        _refuse_other_definitions(old, before, new, after, settings)
        extra = {q for q in after.cells if q not in before.cells and settings.compares(q.metric)}
        if extra:
            named = sorted({f"{base_metric(q.metric)} at {q.point}" for q in extra})
            notes.append(f"{new}: only the candidate has {_some(named)}; not compared")
        for quantity, measured in before.cells.items():
            if settings.compares(base_metric(quantity.metric)):
                other = after.cells.get(quantity)
                cells.append(_pair(old, new, quantity, measured, other, baseline, settings))
    _require_metrics(cells, settings)
    if fewer := [h for h in candidate.clips if h not in baseline.clips]:
        names = sorted(candidate.clips[h].name for h in fewer)
        notes.append(f"clips of the candidate alone, not compared: {_some(names)}")
    return Paired(tuple(sorted(cells, key=_order)), tuple(notes))


def _refuse_other_definitions(
    old: str, before: Series, new: str, after: Series, settings: Settings
) -> None:
    for quantity, measured in before.cells.items():
        if not settings.compares(base_metric(quantity.metric)):
            continue
        other = after.cells.get(quantity)
        if other and other.version != measured.version:
            raise ReportError(
                f"{quantity.metric} has definition {measured.version} in the baseline and "
                f"{other.version} in the candidate, whose values do not compare: run the baseline "
                "again with the metric of today"
            )
    protocols = [
        {q.protocol for s in side for q in s.cells if settings.compares(base_metric(q.metric))}
        - {"fixed"}
        for side in ([before], [after])
    ]
    if protocols[0] and protocols[1] and not protocols[0] & protocols[1]:
        raise ReportError(
            f"{old} was measured under the protocol {' and '.join(sorted(protocols[0]))}, {new} "
            f"under {' and '.join(sorted(protocols[1]))}: values do not compare. Run the candidate "
            f"with --protocol {min(protocols[0])}"
        )


def _pair(
    old: str,
    new: str,
    quantity: Quantity,
    before: Measured,
    after: Measured | None,
    baseline: Side,
    settings: Settings,
) -> Pairing:
    had = [clip for clip, value in before.values.items() if not math.isnan(value)]
    found = after.values if after else {}
    both = tuple(sorted(clip for clip in had if not math.isnan(found.get(clip, math.nan))))
    lost = tuple(
        Lost(baseline.clips[clip].name, _why(after, clip)) for clip in had if clip not in both
    )
    one = np.array([before.values[clip] for clip in both])
    two = np.array([found[clip] for clip in both])
    worse = one - two if before.direction == "higher" else two - one
    unit = before.unit
    metric = base_metric(quantity.metric)
    tolerance = settings.tolerance(old, quantity.point, metric)
    seconds = None
    allowed = tolerance.absolute(float(one.mean()) if both else 0.0)
    if metric == BITRATE:
        worse, unit, allowed = 100 * worse / one, "%", tolerance.amount * 100
        seconds = np.array([baseline.clips[clip].duration_s for clip in both])
    missing = ""
    if after is None:
        missing = "the candidate does not have it"
    elif not had:
        missing = "the baseline has no value on any clip"
    elif not both:
        missing = "the candidate has no value on any clip"
    cell = (old, new, quantity, before.nominal_bps, unit, before.direction, allowed)
    return Pairing(*cell, both, one, two, worse, lost, missing, seconds)


def _why(after: Measured | None, clip: str) -> str:
    if after is None or clip not in after.values:
        return "the candidate did not code this clip"
    return after.reasons.get(clip) or "no value"


def _absent(old: str, before: Series, settings: Settings) -> Iterator[Pairing]:
    """Cells of a codec that the candidate lacks."""
    none = np.zeros(0)
    for quantity, measured in before.cells.items():
        if settings.compares(base_metric(quantity.metric)):
            facts = (old, "", quantity, measured.nominal_bps, measured.unit, measured.direction)
            missing = f"the candidate has no {old}"
            yield Pairing(*facts, 0.0, (), none, none, none, (), missing)


def _require_metrics(cells: Sequence[Pairing], settings: Settings) -> None:
    there = {base_metric(cell.quantity.metric) for cell in cells}
    if not cells:
        raise ReportError("the baseline holds nothing that can be compared")
    for metric in settings.metrics:
        if metric not in there:
            raise UsageError(
                f"the baseline has no {metric}: it has {', '.join(sorted(there))}. Run it with "
                f"--metrics {metric}, or leave that out"
            )


def _order(cell: Pairing) -> tuple[str, int, float, str, int, str]:
    from codecbench.metrics.table import metric_names

    names = [*metric_names(), BITRATE]
    base = base_metric(cell.quantity.metric)
    place = names.index(base) if base in names else len(names)
    return (
        cell.codec,
        cell.quantity.channels,
        cell.nominal_bps or 0.0,
        cell.quantity.point,
        place,
        f"{len(cell.quantity.metric):03d}{cell.quantity.metric}",
    )


def _some(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
