"""The verdict on each cell and on the whole check.

    regression       the difference lies beyond zero, at a level that noise reaches anywhere in the
                     check in at most `error_rate` of all checks (`sign_flips`), and its mean is
                     beyond the tolerance
    pass             the upper end of the difference's interval is within the tolerance (the 95%
                     interval of all reports, for an error rate of 5%)
    could not judge  neither, or there was nothing to compare

A check is a regression where any cell is one, else "could not judge" where any cell is that, else a
pass. So the bounds for passing need no correction for their number: a check passes only where every
cell does, and one that hides a loss beyond its tolerance passes with 5% at most (Berger,
"Multiparameter hypothesis testing and acceptance sampling", Technometrics 24 (1982)).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from codecbench.reports.check.clips_needed import clips_to_decide
from codecbench.reports.check.matching import Paired, Pairing
from codecbench.reports.check.settings import Settings
from codecbench.reports.check.sides import Side
from codecbench.reports.check.sign_flips import Cells, add_up, critical_level, least_groups
from codecbench.reports.check.verdict import SEVERITY, Change, Judged, Outcome, Verdict
from codecbench.reports.intervals import LEAST_CLIPS, mean_interval
from codecbench.wording import counted

NEGLIGIBLE = 0.01
"""A cell in which no clip differs by this share of the tolerance passes on any number of clips."""

GROUP = ("group of clips", "groups of clips")

_NAMED = 3  # clips without a value that a reason names


@dataclass(frozen=True)
class _Noise:
    """What a cell could be by noise (`sign_flips.Critical`). error: of its mean. least: groups
    under which nothing is decided.
    """

    level: float
    own: float
    p: float
    low: float
    error: float
    groups: int
    least: int
    error_rate: float


def judge(paired: Paired, baseline: Side, candidate: Side, settings: Settings) -> Verdict:
    """Judge all cells together."""
    clips = sorted({clip for pairing in paired.cells for clip in pairing.clips})
    group_of = {clip: baseline.clips[clip].group or candidate.clips[clip].group for clip in clips}
    noises, level = _noises(paired.cells, clips, list(group_of.values()), settings.error_rate)
    cells = tuple(
        _judge(pairing, noise, [group_of[clip] for clip in pairing.clips], baseline)
        for pairing, noise in zip(paired.cells, noises, strict=True)
    )
    outcome = max((cell.outcome for cell in cells), key=SEVERITY.index)
    notes = (*paired.notes, *candidate.failures, *_other_versions(baseline, candidate))
    return Verdict(outcome, cells, notes, baseline, candidate, settings, level)


def _other_versions(baseline: Side, candidate: Side) -> Iterator[str]:
    """Packages that differ: what they change is not told from what the codec does."""
    for package in sorted(baseline.versions.keys() & candidate.versions.keys()):
        old, new = baseline.versions[package], candidate.versions[package]
        if old != new:
            yield f"versions differ: {package} {old} in the baseline, {new} in the candidate"


def _noises(
    pairings: Sequence[Pairing], clips: Sequence[str], groups: Sequence[str], error_rate: float
) -> tuple[list[_Noise], float]:
    worse = np.full((len(clips), len(pairings)), np.nan)
    weights = np.ones(worse.shape)
    place = {clip: i for i, clip in enumerate(clips)}
    for column, pairing in enumerate(pairings):
        at = [place[clip] for clip in pairing.clips]
        worse[at, column], weights[at, column] = pairing.worse, pairing.weights
    cells = add_up(worse, groups, weights)
    least = max(least_groups(error_rate), LEAST_CLIPS)
    errors = _errors(cells)
    # Cells of too few clips, and those without any difference, are none that noise could have
    # made a loss.
    judged = (cells.groups >= least) & np.any(cells.sums != 0, axis=0)
    level, (own, p, low) = math.nan, np.full((3, len(pairings)), np.nan)
    if judged.any():
        tolerances = np.array([pairing.tolerance for pairing in pairings])[judged]
        critical = critical_level(cells.some(judged), tolerances, error_rate)
        level, own[judged], p[judged] = critical.level, critical.own, critical.p
        low[judged] = critical.low
    return [
        _Noise(level, own[i], p[i], low[i], errors[i], int(count), least, error_rate)
        for i, count in enumerate(cells.groups)
    ], level


def _errors(cells: Cells) -> list[float]:
    several = cells.groups >= 2
    errors = np.full(len(several), np.nan)
    errors[several] = cells.some(several).errors
    return [float(error) for error in errors]


def _judge(pairing: Pairing, noise: _Noise, groups: list[str], baseline: Side) -> Judged:
    mean = pairing.mean_worse
    identical = not np.any(pairing.worse)
    low = high = 0.0 if pairing.clips and identical else math.nan
    if not identical and noise.groups >= noise.least:
        level = 1 - noise.error_rate
        high = mean_interval(pairing.worse, groups, level, pairing.weights).high
        low = noise.low
    outcome: Outcome = "could not judge"
    reason, needed = "", math.nan
    if pairing.missing:
        reason = pairing.missing
    elif mean > pairing.tolerance and noise.own < noise.level:
        outcome = "regression"
    elif pairing.lost:
        reason = _lost(pairing)
    elif identical:
        outcome, reason = "pass", "identical"
    elif np.abs(pairing.worse).max() <= NEGLIGIBLE * pairing.tolerance:
        outcome, reason = "pass", "no clip differs by a hundredth of the tolerance"
    elif high <= pairing.tolerance:
        outcome = "pass"
    else:
        needed = _clips_needed(pairing, noise, mean, high)
        if noise.groups < noise.least:
            what = ("clip",) if noise.groups == len(pairing.clips) else GROUP
            reason = (
                f"{counted(noise.groups, *what)}; at least {noise.least} tell a loss from noise"
            )
    changes = _changes(pairing, baseline)
    return Judged(pairing, outcome, reason, mean, low, high, noise.p, noise.groups, needed, changes)


def _clips_needed(pairing: Pairing, noise: _Noise, mean: float, high: float) -> float:
    from scipy.special import stdtrit

    if noise.groups < 2 or not noise.error > 0:
        return float(noise.least)
    widening = 1.0
    if math.isfinite(high):
        half = float(stdtrit(noise.groups - 1, 1 - noise.error_rate / 2)) * noise.error
        widening = max(1.0, (high - mean) / half)
    found = clips_to_decide(
        mean,
        noise.error,
        pairing.tolerance,
        noise.groups,
        len(pairing.clips),
        level=noise.level if math.isfinite(noise.level) else noise.error_rate,
        pass_level=noise.error_rate / 2,
        widening=widening,
        least=noise.least,
    )
    return math.inf if found is None else float(found)


def _changes(pairing: Pairing, baseline: Side) -> tuple[Change, ...]:
    changes = [
        Change(baseline.clips[clip].name, clip, float(one), float(two), float(worse))
        for clip, one, two, worse in zip(
            pairing.clips, pairing.baseline, pairing.candidate, pairing.worse, strict=True
        )
    ]
    return tuple(sorted(changes, key=lambda change: (-change.worse, change.clip)))


def _lost(pairing: Pairing) -> str:
    named = "; ".join(f"{lost.clip}: {lost.reason}" for lost in pairing.lost[:_NAMED])
    more = len(pairing.lost) - _NAMED
    rest = f"; and {more} more" if more > 0 else ""
    on = counted(len(pairing.lost), "clip")
    return f"no value where the baseline has one, on {on} ({named}{rest})"
