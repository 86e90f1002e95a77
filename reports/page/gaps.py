"""What the page lacks and why: from the report, by its own sections, and from this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from codecbench.reports.page.listening_views import not_compared
from codecbench.wording import joined

if TYPE_CHECKING:
    from codecbench.reports.report import Report

MANY = 8
"""More things than that with one reason are counted."""

SECTIONS = {
    "frontiers": ("the frontier", "no metric with a direction was measured at a bitrate"),
    "bd": ("BD-rate", "it takes two codecs and a metric with a direction"),
    "paired": ("comparisons at like bitrates", "it takes two codecs with points near in bitrate"),
    "codebooks": ("codebook use", "no codec of these runs has tokens"),
    "speed": ("speed", "nothing was timed: run without --no-timing"),
    "listening": ("scores of listeners", "no ratings were given: --ratings TEST"),
}

NO_BD = ("BD-rate", "no two codecs of these runs can be compared by it")
"""Where there are pairs, and each codec's own reason is told."""


def gaps_of(report: Report, parts: dict[str, Any]) -> list[tuple[str, str]]:
    """Pairs (reason, what): one reason stands once, with all that it explains."""
    pairs = [(str(gap.what), str(gap.reason)) for gap in report.missing]
    if report.ratings is not None and len(report.trust):
        pairs += not_compared(report.trust)
    said = {what.casefold() for what, _ in pairs}
    sections = SECTIONS | ({"bd": NO_BD} if len(report.bd) else {})
    pairs += [
        gap for name, gap in sections.items() if not parts[name] and gap[0].casefold() not in said
    ]
    return by_reason(pairs)


def by_reason(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs (what, reason) as pairs (reason, everything that it explains)."""
    found: dict[str, dict[str, None]] = {}
    for what, reason in pairs:
        found.setdefault(reason, {})[what] = None
    return [(reason, _joined(list(whats))) for reason, whats in found.items()]


def _joined(whats: list[str]) -> str:
    whats = [what for what in whats if what]
    if len(whats) > MANY:
        more = f"{len(whats) - MANY + 1} more"
        told = whats[: MANY - 1]
        return (
            f"{joined(told)}; and {more}" if ";" in joined(told) else f"{joined(told)} and {more}"
        )
    return joined(whats)
