"""Metrics over the steps of a training, against the baseline: one panel a metric and point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from codecbench.reports.check.course import Course, Line
from codecbench.reports.check.sign_flips import Floats
from codecbench.reports.check.words import metric_name
from codecbench.reports.figures.style import (
    BAND,
    DOUBLE_IN,
    FAINT,
    HAIR_PT,
    LINE_PT,
    MARKER_PT,
    SMALL_PT,
    dress,
    new_figure,
    plain,
    settle,
)
from codecbench.reports.series import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
MOST_PANELS = 24
"""What moved furthest against its tolerance is drawn; the table has everything."""

_MARKS = {"pass": "o", "could not judge": "o", "regression": "X"}


def draw_course(course: Course) -> Figure:
    """The figure. Checkpoints that do not all say their own number of steps stand in order."""
    lines = [line for line in course.lines if len(set(line.means)) > 1]
    lines = sorted(lines, key=lambda line: -_moved(line))[:MOST_PANELS] or list(course.lines[:3])
    shown = [line for line in course.lines if line in lines]
    rows = -(-len(shown) // COLUMNS)
    figure = new_figure(DOUBLE_IN, 1.6 * rows)
    known = sorted({steps for steps in course.steps if steps is not None})
    places = known if known == list(course.steps) else list(range(1, len(course.steps) + 1))
    for i, line in enumerate(shown):
        axes = figure.add_subplot(rows, COLUMNS, i + 1)
        _draw(axes, line, places)
        last_row = i + COLUMNS >= len(shown)
        name = metric_name(line.metric)
        unit = f" ({line.unit})" if line.unit else ""
        dress(axes, f"{name}{unit}, {line.point.rpartition('@')[2]} kbps")
        if places != known:
            axes.set_xticks(places, list(map(plain, course.labels)))
        if last_row:
            axes.set_xlabel("steps" if places == known else "checkpoint", fontsize=SMALL_PT)
    return settle(figure)


def _moved(line: Line) -> float:
    """How far the means moved, in tolerances."""
    tolerance = abs(line.tolerated - line.baseline)
    return float(np.nanmax(line.means) - np.nanmin(line.means)) / max(tolerance, 1e-12)


def _draw(axes: Axes, line: Line, places: list[int]) -> None:
    means = np.array(line.means)
    ends = np.array([line.lows, line.highs])
    colour = COLOURS[0]
    axes.axhspan(*sorted((line.baseline, line.tolerated)), color=BAND, linewidth=0, zorder=0)
    axes.axhline(line.baseline, color=FAINT, linewidth=HAIR_PT)
    axes.plot(places, means, color=colour, linewidth=LINE_PT)
    axes.errorbar(
        places,
        means,
        yerr=_reach(means, ends),
        fmt="none",
        ecolor=colour,
        elinewidth=HAIR_PT,
        capsize=2,
    )
    for place, mean, outcome in zip(places, means, line.outcomes, strict=True):
        ink = COLOURS[1] if outcome == "regression" else colour
        face = "white" if outcome == "could not judge" else ink
        axes.plot(
            place,
            mean,
            _MARKS.get(outcome, "o"),
            color=ink,
            markerfacecolor=face,
            markersize=MARKER_PT + (outcome == "regression"),
        )


def _reach(means: Floats, ends: Floats) -> Floats:
    """How far the interval reaches below and above each mean; 0 where there is none."""
    low, high = np.min(ends, axis=0), np.max(ends, axis=0)
    reach: Floats = np.nan_to_num(np.maximum(np.array([means - low, high - means]), 0))
    return reach
