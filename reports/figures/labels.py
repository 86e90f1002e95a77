"""Names written beside curves, where there is room for them.

A name is tried at the ends of its curve and then along it, on all sides of each point, and stands
where it hides nothing: no other name, no line, no marker, and if possible no interval. A name for
which there is no such place is not written: the caller gives it a legend.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from codecbench.reports.figures.style import (
    FRONTIER,
    MARKER_PT,
    SMALL_PT,
    legend_below,
    readable,
    settle,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAST = (FRONTIER,)
"""What stands behind the codecs in a legend."""
NAME = "name"

Place = tuple[float, float, float, float, str, str]
"""Point in data coordinates, offset in pt, alignment across and up."""
Points = npt.NDArray[np.float64]

SIDES = (
    (1, 0, "left", "center"),
    (0, 1, "center", "bottom"),
    (0, -1, "center", "top"),
    (1, 1, "left", "bottom"),
    (1, -1, "left", "top"),
    (-1, 0, "right", "center"),
    (-1, 1, "right", "bottom"),
    (-1, -1, "right", "top"),
)
"""Directions from a point, with the text's alignment on that side."""

GAPS_PT = (5.0, 9.0, 14.0)
STEP_PX = 3.0
"""Lines are looked at as points so far apart."""
LINE_COST = 10.0
"""What hiding a point of a line or a marker costs, in points of an interval."""
CLEARLY_PX = 1.5
"""How much nearer a name is to its own curve than to any other, at the figure's 100 dpi."""
MOST_COST = 9.0
"""A place that costs more is none: thin intervals may be crossed, lines and markers may not."""


@dataclass(frozen=True)
class Curve:
    """What a name belongs to. name: as of `plain`.

    xy: points of the curve, one at least, shape (points, 2), data units.
    low, high: ends of the intervals, shape (points,), NaN where there is none. optional: placed
    last, where the others leave room.
    """

    name: str
    colour: str
    xy: Points
    low: Points
    high: Points
    optional: bool = False


def names_or_legend(figure: Figure, panels: Sequence[tuple[Axes, Sequence[Curve]]]) -> Figure:
    """Write names beside the curves of these panels, or one legend below where some lack room.

    Lays the figure out, for good.
    """
    settle(figure)
    without = [name for axes, curves in panels for name in write_names(figure, axes, curves)]
    if without:
        only_a_legend(figure)
    return settle(figure)


def only_a_legend(figure: Figure) -> None:
    """One legend of what any panel shows, in place of names in the panels."""
    found: dict[str, Any] = {}
    for axes in figure.axes:
        for text in [text for text in axes.texts if text.get_gid() == NAME]:
            text.remove()
        handles, labels = axes.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    names = sorted(found, key=lambda name: (name in LAST, name))
    figure.set_layout_engine("constrained")
    legend_below(figure, [found[name] for name in names], names)


def write_names(figure: Figure, axes: Axes, curves: Sequence[Curve]) -> list[str]:
    """Write the names of these curves; return those that found no place but had to.

    The axes' limits and the figure's layout must be as they are to stay (`settle`).
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    if not curves:
        return []
    lines = {curve.name: _line(axes, curve) for curve in curves}
    drawn = np.concatenate(list(lines.values()))
    bars = np.concatenate([_intervals(axes, curve) for curve in curves])
    inside = axes.get_window_extent(renderer).padded(1)
    taken: list[Any] = []
    without: list[str] = []
    # Those whose curves end furthest up first: the order does not follow names.
    for curve in sorted(curves, key=lambda c: (c.optional, -float(c.xy[-1, 1]))):
        text = axes.annotate(
            curve.name,
            (0, 0),
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=SMALL_PT,
            color=readable(curve.colour),
            annotation_clip=False,
        )
        text.set_in_layout(False)
        text.set_gid(NAME)
        best: tuple[float, Place] | None = None
        size = text.get_window_extent(renderer)
        for place in _places(curve):
            box = _box(axes, place, size.width, size.height)
            if not (
                inside.x0 <= box.x0
                and box.x1 <= inside.x1 + 2
                and inside.y0 <= box.y0
                and box.y1 <= inside.y1
            ) or any(box.overlaps(other) for other in taken):
                continue
            if not curve.optional and not _belongs(box, curve.name, lines):
                continue
            cost = LINE_COST * _within(box, drawn) + _within(box, bars)
            if best is None or cost < best[0]:
                best = (cost, place)
            if cost == 0:
                break
        if best is None or best[0] > MOST_COST:
            text.remove()
            without += [] if curve.optional else [curve.name]
            continue
        _put(text, best[1])
        taken.append(_box(axes, best[1], size.width, size.height))
    return without


def _places(curve: Curve) -> list[Place]:
    """Places in the order of liking: the ends of the curve, then its other points."""
    count = len(curve.xy)
    order = dict.fromkeys([count - 1, 0, *range(count - 2, 0, -1)])
    return [
        (*curve.xy[i], dx * gap, dy * gap, across, up)
        for gap in GAPS_PT
        for i in order
        for dx, dy, across, up in SIDES
    ]


def _box(axes: Axes, place: Place, width: float, height: float) -> Any:
    """Where a text of this size (px) would stand, with a little air."""
    from matplotlib.transforms import Bbox

    x, y, dx, dy, across, up = place
    px_per_pt = axes.figure.dpi / 72
    left, bottom = axes.transData.transform((x, y)) + np.array([dx, dy]) * px_per_pt
    left -= {"left": 0.0, "center": 0.5, "right": 1.0}[across] * width
    bottom -= {"bottom": 0.0, "center": 0.5, "top": 1.0}[up] * height
    return Bbox.from_bounds(left, bottom, width, height).padded(1.5)


def _put(text: Any, place: Place) -> None:
    x, y, dx, dy, across, up = place
    text.xy = (x, y)
    text.set_position((dx, dy))
    text.set_horizontalalignment(across)
    text.set_verticalalignment(up)


def _line(axes: Axes, curve: Curve) -> Points:
    """The curve as dense points in pixels."""
    pixels: Points = axes.transData.transform(curve.xy)
    half = MARKER_PT / 2 / 72 * axes.figure.dpi
    corners = [(dx, dy) for dx in (-half, 0, half) for dy in (-half, 0, half)]
    parts = [pixels + corner for corner in corners]
    for start, end in itertools.pairwise(pixels):
        parts.append(_between(start, end))
    return np.concatenate(parts)


def _intervals(axes: Axes, curve: Curve) -> Points:
    known = np.isfinite(curve.low) & np.isfinite(curve.high)
    x = curve.xy[known, 0]
    lows = axes.transData.transform(np.column_stack([x, curve.low[known]]))
    highs = axes.transData.transform(np.column_stack([x, curve.high[known]]))
    parts = [_between(low, high) for low, high in zip(lows, highs, strict=True)]
    return np.concatenate(parts) if parts else np.zeros((0, 2))


def _between(start: Points, end: Points) -> Points:
    count = 2 + int(np.hypot(*(end - start)) / STEP_PX)
    return np.linspace(start, end, count)


def _belongs(box: Any, name: str, lines: Mapping[str, Points]) -> bool:
    """Whether a name here is nearest to its own curve, so that nobody takes it for another's."""
    near = {other: _distance(box, points) for other, points in lines.items() if other != FRONTIER}
    own = near.pop(name)
    return own + CLEARLY_PX <= min(near.values(), default=np.inf)


def _distance(box: Any, points: Points) -> float:
    x = np.maximum(np.maximum(box.x0 - points[:, 0], points[:, 0] - box.x1), 0)
    y = np.maximum(np.maximum(box.y0 - points[:, 1], points[:, 1] - box.y1), 0)
    return float(np.hypot(x, y).min())


def _within(box: Any, points: Points) -> int:
    x, y = points[:, 0], points[:, 1]
    return int(((x >= box.x0) & (x <= box.x1) & (y >= box.y0) & (y <= box.y1)).sum())
