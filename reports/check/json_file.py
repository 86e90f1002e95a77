"""A verdict as JSON, for programs. `format` 1; keys are added, never changed.

Numbers that do not exist (NaN, infinite) are null; `clips_needed` is "more than 10000" beyond that.
"""

from __future__ import annotations

import json
import math
from typing import Any

from codecbench import __version__
from codecbench.readable import utf8
from codecbench.reports.check import words
from codecbench.reports.check.clips_needed import MOST
from codecbench.reports.check.course import Course
from codecbench.reports.check.sides import Side
from codecbench.reports.check.verdict import Judged, Verdict

FORMAT = 1


def to_json(verdict: Verdict, course: Course | None = None) -> bytes:
    """The document, in UTF-8."""
    content = {
        "format": FORMAT,
        "codecbench": __version__,
        "verdict": verdict.outcome,
        "exit_status": verdict.exit_status,
        "summary": words.headline(verdict),
        "error_rate": verdict.settings.error_rate,
        "level": _number(verdict.level),
        "baseline": _side(verdict.baseline),
        "candidate": _side(verdict.candidate),
        "notes": list(verdict.notes),
        "cells": [_cell(cell) for cell in verdict.cells],
        "course": _course(course) if course else None,
    }
    return utf8(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _side(side: Side) -> dict[str, Any]:
    codecs = {
        name: {
            "codec": series.subject.codec,
            "version": series.subject.version,
            "weights": series.subject.weights_hash,
            "device": series.subject.device,
        }
        for name, series in side.series.items()
    }
    return {"name": side.name, "codecs": codecs, "versions": dict(side.versions)}


def _cell(cell: Judged) -> dict[str, Any]:
    pairing = cell.pairing
    needed: float | str | None = _number(cell.clips_needed)
    if math.isinf(cell.clips_needed):
        needed = f"more than {MOST}"
    return {
        "codec": pairing.codec,
        "candidate": pairing.candidate_codec,
        "channels": pairing.quantity.channels,
        "point": pairing.quantity.point,
        "metric": pairing.quantity.metric,
        "protocol": pairing.quantity.protocol,
        "verdict": cell.outcome,
        "reason": words.why_open(cell) if cell.outcome == "could not judge" else cell.reason,
        "unit": pairing.unit,
        "baseline_mean": _number(pairing.means[0]),
        "candidate_mean": _number(pairing.means[1]),
        "worse_by": _number(cell.mean),
        "low": _number(cell.low),
        "high": _number(cell.high),
        "p": _number(cell.p),
        "tolerance": pairing.tolerance,
        "clips": len(pairing.clips),
        "groups": cell.groups,
        "clips_needed": needed,
        "worst": [
            {
                "clip": change.clip,
                "baseline": change.baseline,
                "candidate": change.candidate,
                "worse_by": change.worse,
            }
            for change in words.worst_changes(cell, 10)
        ],
    }


def _course(course: Course) -> dict[str, Any]:
    return {
        "checkpoints": list(course.labels),
        "steps": list(course.steps),
        "lines": [
            {
                "codec_and_point": line.point,
                "metric": line.metric,
                "baseline_mean": _number(line.baseline),
                "means": [_number(mean) for mean in line.means],
                "verdicts": list(line.outcomes),
            }
            for line in course.lines
        ],
    }


def _number(number: float) -> float | None:
    return number if math.isfinite(number) else None
