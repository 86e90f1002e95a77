"""What a figure shows, read back from it: for tests of figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from codecbench.reports.figures.labels import NAME


def texts(figure: Figure) -> list[str]:
    """Every visible text, in no order of meaning."""
    return [text.get_text() for text in _texts(figure)]


def names_at_curves(axes: Axes) -> list[str]:
    return sorted(text.get_text() for text in axes.texts if text.get_gid() == NAME)


def names_in_legend(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def line_named(axes: Axes, label: str) -> Any:
    (line,) = (line for line in axes.get_lines() if line.get_label() == label)
    return line


def overlapping_texts(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes share more than a pixel's breadth."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [(t.get_text(), t.get_window_extent(renderer).padded(-0.5)) for t in _texts(figure)]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def cut_texts(figure: Figure) -> list[str]:
    """Texts that reach over the figure's edge."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    edge = figure.bbox.padded(1)
    return [
        text.get_text()
        for text in _texts(figure)
        if not (
            edge.x0 <= (box := text.get_window_extent(renderer)).x0
            and box.x1 <= edge.x1
            and edge.y0 <= box.y0
            and box.y1 <= edge.y1
        )
    ]


def _texts(figure: Figure) -> list[Text]:
    undrawn = {id(text) for axes in figure.axes for text in _undrawn(axes)}
    return [
        text
        for text in figure.findobj(Text)
        if isinstance(text, Text)
        and text.get_text().strip()
        and text.get_visible()
        and id(text) not in undrawn
    ]


def _undrawn(axes: Axes) -> Iterator[Text]:
    """Tick labels that matplotlib keeps but does not draw."""
    for axis in (axes.xaxis, axes.yaxis):
        drawn = [id(tick) for tick in axis._update_ticks()]  # type: ignore[union-attr]
        for tick in [*axis.majorTicks, *axis.minorTicks]:
            yield tick.label2
            if id(tick) not in drawn:
                yield tick.label1
