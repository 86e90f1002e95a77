"""How a verdict is put into words and numbers, the same in every output."""

from __future__ import annotations

import math
from collections.abc import Sequence

from codecbench.reports.check.sides import BITRATE
from codecbench.reports.check.verdict import Change, Judged, Verdict
from codecbench.reports.metric_titles import title_of
from codecbench.wording import counted

SYMBOLS = {"pass": "✔", "regression": "✘", "could not judge": "?"}
WORST = 3
"""Clips named for a cell."""


def headline(verdict: Verdict) -> str:
    """One sentence: what was found, on how many cells and clips."""
    cells = len(verdict.cells)
    all_cells = "the one cell is" if cells == 1 else f"all {cells} cells are"
    worse, open_ = (len(verdict.having(o)) for o in ("regression", "could not judge"))
    clips = max((len(cell.pairing.clips) for cell in verdict.cells), default=0)
    on = f"on {counted(clips, 'clip')}"
    of = f"of {counted(cells, 'cell')}, {on}"
    identical = sum(cell.is_identical for cell in verdict.cells)
    if verdict.outcome == "regression":
        text = f"regression: {worse} {of}, {_are(worse)} worse beyond tolerance and beyond noise"
        return f"{text}; {open_} could not be judged" if open_ else text
    if verdict.outcome == "could not judge":
        return f"could not judge: {open_} {of}, {_are(open_)} undecided, and none is a regression"
    if identical == cells:
        return f"pass: {all_cells} identical, {on}"
    return f"pass: {all_cells} within tolerance, {on}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def compared(verdict: Verdict) -> str:
    """Which codec is compared with which."""
    pairs = dict.fromkeys(
        (cell.pairing.codec, cell.pairing.candidate_codec or "nothing") for cell in verdict.cells
    )
    return "; ".join(
        f"{new} ({verdict.candidate.name}) against {old} ({verdict.baseline.name})"
        for old, new in pairs
    )


def rule(verdict: Verdict) -> str:
    """How it was decided, in one line."""
    share = f"{verdict.settings.error_rate:.3g}".rstrip("0").rstrip(".")
    percent = f"{float(share) * 100:g}%"
    text = (
        f"Noise alone gives a regression anywhere in at most {percent} of checks, and a loss "
        f"beyond a tolerance passes in at most {percent}."
    )
    if math.isfinite(verdict.level):
        text += f" A cell's own one-sided p must be under {verdict.level:.2g}."
    return text


def metric_name(metric: str) -> str:
    """A metric as it is headed: `Mel`, or `Codebook 9` for the efficiency of one codebook."""
    base, bracket, number = metric.partition("[")
    return f"Codebook {number.removesuffix(']')}" if bracket else title_of(base).short


def digits(cell: Judged) -> int:
    """Digits after the point that show the tolerance to two places."""
    scale = cell.pairing.tolerance or abs(cell.mean) or 1.0
    return min(7, max(0, 1 - math.floor(math.log10(scale))))


def value(number: float, cell: Judged) -> str:
    """A value of the metric; bitrates in kbps."""
    if math.isnan(number):
        return "-"
    if cell.pairing.quantity.metric == BITRATE:
        return f"{number / 1000:.3f}"
    return f"{number:.{digits(cell)}f}"


def means(cell: Judged) -> tuple[str, str]:
    """The means of baseline and candidate over the clips that both have; of bitrates in kbps."""
    before, after = cell.pairing.means
    return value(before, cell), value(after, cell)


def unit(cell: Judged) -> str:
    """The unit of differences, after a space; "" for pure numbers."""
    return f" {cell.pairing.unit}" if cell.pairing.unit else ""


def change(cell: Judged) -> str:
    """`+0.066 (+0.041 to +0.090)`: by how much the candidate is worse, negative for better."""
    if math.isnan(cell.mean):
        return "-"
    places = digits(cell)
    text = f"{cell.mean:+.{places}f}"
    if math.isnan(cell.low) or cell.is_identical:
        return text
    return f"{text} ({cell.low:+.{places}f} to {cell.high:+.{places}f})"


def worse_or_better(cell: Judged) -> str:
    """`worse by 0.066 dB (0.041 to 0.090)`, `better by 7.1 % (6.2 to 8.0)`, `no worse on average`.

    Bounds are signed in the direction that is named.
    """
    places = digits(cell)
    if not round(cell.mean, places):
        text, sign = "no worse on average", 1
    else:
        sign = 1 if cell.mean > 0 else -1
        text = f"{'worse' if sign > 0 else 'better'} by {abs(cell.mean):.{places}f}{unit(cell)}"
    if math.isnan(cell.low) or cell.is_identical:
        return text
    low, high = sorted((sign * cell.low, sign * cell.high))
    return f"{text} ({low:.{places}f} to {high:.{places}f})"


def tolerance(cell: Judged) -> str:
    """The tolerance in the unit of differences."""
    return f"{cell.pairing.tolerance:.3g}{unit(cell)}"


def why_open(cell: Judged) -> str:
    """Why a cell could not be judged, and what would decide it."""
    parts = [cell.reason] if cell.reason else []
    if not cell.reason:
        parts.append(
            "the loss is beyond the tolerance, and could be noise"
            if cell.mean > cell.pairing.tolerance
            else "a loss beyond the tolerance is not ruled out"
        )
    if math.isinf(cell.clips_needed):
        parts.append("more than 10,000 clips would be needed")
    elif not math.isnan(cell.clips_needed):
        parts.append(f"about {counted(round(cell.clips_needed), 'clip')} would be needed")
    return "; ".join(parts)


def worst(cell: Judged, most: int = WORST) -> str:
    """The clips that got worse most, with by how much."""
    return ", ".join(change_of(change, cell) for change in worst_changes(cell, most))


def worst_changes(cell: Judged, most: int = WORST) -> Sequence[Change]:
    """Clips that got worse, the worst first."""
    return [change for change in cell.changes[:most] if change.worse > 0]


def change_of(change: Change, cell: Judged) -> str:
    """A clip and by how much it got worse."""
    return f"{change.clip} {change.worse:+.{digits(cell)}f}"


def sentence(cell: Judged) -> str:
    """A cell in one line."""
    before, after = means(cell)
    if cell.is_identical:
        return f"{cell.name}: identical"
    shown = f"{before} → {after}"
    if cell.pairing.quantity.metric == BITRATE:
        shown += " kbps (Σ bits / Σ s)"
    numbers = f"{shown}, {worse_or_better(cell)}, tolerance {tolerance(cell)}"
    if cell.outcome != "could not judge":
        return f"{cell.name}: {numbers}"
    why = why_open(cell)
    return f"{cell.name}: {numbers}; {why}" if cell.pairing.clips else f"{cell.name}: {why}"
