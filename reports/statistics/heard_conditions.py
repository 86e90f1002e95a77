"""Conditions of a listening test, found among the measurements by their names.

A test that was made from a run names its conditions by codec and operating point: `opus@24`. The
anchors of a MUSHRA test are the codec `lowpass`, which filters as the test does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from codecbench.reports.statistics.clip_values import PointKey

if TYPE_CHECKING:
    import pandas as pd

ANCHORS = {"low_anchor": "3.5 kHz", "mid_anchor": "7 kHz"}
"""The points of `lowpass` that are a test's anchors, by the kind of the condition."""


def match_conditions(
    kinds: Mapping[str, str], summary: pd.DataFrame
) -> tuple[dict[str, PointKey], tuple[str, ...]]:
    """Find conditions among the points of a summary: {condition: (series, point)}, and notes.

    kinds: the kind of each condition, by its name. A note says of each codec's condition that is
    not found, or that several series answer, that it is not compared.
    """
    points = summary.drop_duplicates(["series", "point"])
    by_name: dict[tuple[str, str], list[str]] = {}
    for series, codec, point in points[["series", "codec", "point"]].itertuples(index=False):
        by_name.setdefault((str(codec), str(point)), []).append(str(series))
    found, notes = {}, []
    for condition, kind in kinds.items():
        codec, point = named_point(condition, kind)
        answers = by_name.get((codec, point), [])
        if len(answers) == 1:
            found[condition] = (answers[0], point)
        elif answers:
            notes.append(
                f"{condition}: the runs hold it as {' and '.join(sorted(answers))}, and which of "
                "them was heard cannot be told: it is not compared with metrics"
            )
        elif kind == "codec":
            notes.append(f"{condition} is not in these runs: it is not compared with metrics")
    return found, tuple(notes)


def named_point(condition: str, kind: str) -> PointKey:
    """Codec and point of a condition by its name; ("", "") for what no codec made."""
    if kind in ANCHORS:
        return "lowpass", ANCHORS[kind]
    codec, at, point = condition.rpartition("@")
    return (codec, point) if kind == "codec" and at else ("", "")
