"""The matrix of Bjøntegaard differences as a heat map with its numbers.

Blue is better for the column's codec, orange worse, the same in all common forms of colour
blindness, and the number says which in grey. Half the bitrate and twice the bitrate are equally
dark. Hatched: not defined. A codec that cannot be compared with any other is named below.
"""

from __future__ import annotations

import math
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY, category_words
from codecbench.errors import ReportError
from codecbench.reports.figures.style import (
    INK,
    SINGLE_IN,
    SMALL_PT,
    TEXT_PT,
    TITLE_PT,
    new_figure,
    plain,
    settle,
)
from codecbench.reports.metric_titles import protocol_suffix, title_of
from codecbench.reports.statistics.bd import apart_in_words
from codecbench.reports.tables.bd import NAMES, Quantity, bd_cells, compared
from codecbench.reports.tables.digits import column_digits, written

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORSE, EVEN, BETTER = "#E69F00", "#FFFFFF", "#56B4E9"
"""Ends and middle of the colours: light enough for dark numbers on all of them."""
INTERVAL = "interval"
UNDEFINED = "#F4F4F4"
LETTERS_AN_INCH = 17
INTERVAL_PT, LEAST_PT = 5.5, 4.8
"""Intervals are set as large as the cells hold; where that is too small to read, not at all."""


def draw_bd(
    bd: pd.DataFrame,
    metric: str,
    protocol: str | None = None,
    category: str = EVERY,
    quantity: Quantity = "rate",
    width_in: float = SINGLE_IN,
) -> Figure:
    """The matrix of one metric: a row the codec compared with, a column the codec judged.

    bd: of `bd_matrix`. protocol: the paper's if left out. Raises `UsageError` for a metric,
    protocol or category of which there is no matrix, `ReportError` where no two codecs can be
    compared.
    """
    from matplotlib.colors import LinearSegmentedColormap

    rows = bd_cells(bd, metric, protocol, category)
    apart = apart_in_words(rows)
    labels = compared(rows)
    if not labels:
        raise ReportError(f"no two codecs have a BD-rate by {metric}: {'; '.join(apart)}")
    title = title_of(metric)
    scale = 1.0 if quantity == "rate" else title.scale
    numbers = {
        (str(row["anchor"]), str(row["test"])): [float(row[n]) * scale for n in NAMES[quantity]]
        for row in rows.to_dict("records")
    }
    defined = {pair: n for pair, n in numbers.items() if math.isfinite(n[0])}
    of_quality = column_digits([(n[0], n[1], n[2]) for n in defined.values()], title.digits)
    digits = 0 if quantity == "rate" else of_quality
    strength = {pair: _strength(n[0], quantity) for pair, n in defined.items()}
    most = max([abs(value) for value in strength.values()], default=1.0) or 1.0
    colours = LinearSegmentedColormap.from_list("bd", [WORSE, EVEN, BETTER])
    figure = new_figure(width_in, width_in * 0.62 + 0.55 if len(labels) < 9 else width_in)
    axes = figure.add_subplot()
    sign = _sign(rows, quantity)
    for i, anchor in enumerate(labels):
        for j, test in enumerate(labels):
            if anchor == test:
                continue
            if (anchor, test) in defined:
                share = sign * strength[anchor, test] / most
                _cell(axes, i, j, facecolor=colours(0.5 + 0.5 * share))
                _number(axes, i, j, defined[anchor, test], digits)
            else:
                _cell(axes, i, j, facecolor=UNDEFINED, hatch="////", edgecolor="#C4C4C4")
    _dress(axes, labels, wrap("; ".join(apart), round(LETTERS_AN_INCH * width_in)))
    unit = "%" if quantity == "rate" else title.unit
    words = f"BD-{quantity}{f' ({unit})' if unit else ''}: {title.long}"
    suffix = protocol_suffix(str(rows["protocol"].iloc[0]))
    kind = "" if category == EVERY else f", {category_words(category)}"
    name = plain(f"{words}{suffix}{kind}")
    axes.set_title(name, fontsize=TITLE_PT, color=INK, loc="left", pad=4)
    settle(figure)
    _fit_intervals(figure, axes)
    return figure


def _fit_intervals(figure: Figure, axes: Axes) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    ends = [text for text in axes.texts if text.get_gid() == INTERVAL]
    cell = 0.94 * abs(axes.transData.transform((1, 0))[0] - axes.transData.transform((0, 0))[0])
    widest = max([text.get_window_extent(renderer).width for text in ends], default=0.0)
    size = min(INTERVAL_PT, INTERVAL_PT * cell / widest) if widest else INTERVAL_PT
    for text in ends:
        if size < LEAST_PT:
            text.remove()
        else:
            text.set_fontsize(size)
    if size < LEAST_PT:
        for text in axes.texts:
            text.set_y(round(text.get_position()[1]))


def _strength(value: float, quantity: Quantity) -> float:
    """A rate by its ratio: -50% and +100% are as far from nothing. A quality as it is."""
    return math.log1p(max(value, -99.9) / 100) if quantity == "rate" else value


def _sign(rows: pd.DataFrame, quantity: Quantity) -> float:
    """Which sign is better for the codec judged: less rate; more quality, less of a distance."""
    return -1.0 if quantity == "rate" or rows["direction"].iloc[0] == "lower" else 1.0


def _cell(axes: Axes, i: int, j: int, **looks: Any) -> None:
    from matplotlib.patches import Rectangle

    edge = {"edgecolor": "white"} | looks
    axes.add_patch(Rectangle((j - 0.48, i - 0.46), 0.96, 0.92, linewidth=0, **edge))


def _number(axes: Axes, i: int, j: int, numbers: list[float], digits: int) -> None:
    mean, low, high = numbers
    ends = math.isfinite(low) and math.isfinite(high)
    axes.text(
        j,
        i - (0.14 if ends else 0),
        written(mean, digits, sign=True),
        fontsize=SMALL_PT,
        color=INK,
        horizontalalignment="center",
        verticalalignment="center",
    )
    if ends:
        axes.text(
            j,
            i + 0.2,
            f"{written(low, digits)}, {written(high, digits)}",
            fontsize=INTERVAL_PT,
            gid=INTERVAL,
            color=INK,
            horizontalalignment="center",
            verticalalignment="center",
        )


def _dress(axes: Axes, labels: list[str], below: list[str]) -> None:
    """below: lines about codecs that have no row."""
    labels = list(map(plain, labels))
    count = len(labels)
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylim(count - 0.5, -0.5)
    long = max(map(len, labels)) * count > 42
    axes.set_xticks(range(count), labels, rotation=30 if long else 0)
    axes.set_yticks(range(count), labels)
    if long:
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    axes.tick_params(labelsize=SMALL_PT, colors=INK, length=0)
    axes.set_xlabel("\n".join(["codec judged", *below]), fontsize=TEXT_PT, color=INK)
    axes.set_ylabel("compared with", fontsize=TEXT_PT, color=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)
