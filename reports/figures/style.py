"""The looks that all figures share: sizes of a paper's columns, type, ink, axes.

Figures are drawn at the size at which they are printed: 8 pt is 8 pt on paper. Without pyplot and
without changing matplotlib's settings for anybody else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SINGLE_IN = 3.35
"""Width of a figure in one of two columns."""
DOUBLE_IN = 6.9
"""Width of a figure over both columns."""

TEXT_PT = 8.0
SMALL_PT = 7.0
TITLE_PT = 8.5

INK = "#222222"
FAINT = "#6B6B6B"
RULE = "#B0B0B0"
GRID = "#E8E8E8"
BAND = "#DCDCDC"

LINE_PT = 1.3
MARKER_PT = 4.5
HAIR_PT = 0.8

FRONTIER = "frontier"
"""What legends call the points that no codec beats."""

KBPS = (0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
BETTER = {"higher": "higher is better", "lower": "lower is better", "neither": ""}


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty white figure, whose parts are laid out so that nothing is cut."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03)
    return Figure(figsize=(width_in, height_in), layout=layout, facecolor="white")


def plain(name: str) -> str:
    """A name of the user's as matplotlib sets it as it is: no formula, and not left out of legends.

    One that is the program's own word there (`FRONTIER`) is not taken for it. A letter that the
    font lacks is named by its code, as in LaTeX tables: two boxes tell no two names apart.
    """
    text = "".join(c if _is_drawn(c) else f"[U+{ord(c):04X}]" for c in name).replace("$", r"\$")
    return f"\N{ZERO WIDTH SPACE}{text}" if text.startswith("_") or text == FRONTIER else text


def shortened(text: str, most: int) -> str:
    """At most so many characters: of a longer text its two ends, which tell names apart."""
    if len(text) <= most:
        return text
    kept = max(2, most - 1)
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"


@cache
def _is_drawn(character: str) -> bool:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties()))
    return font.get_char_index(ord(character)) > 0


def settle(figure: Figure) -> Figure:
    """Lay the figure out once and for all: what was placed by its layout stays true."""
    figure.align_ylabels()
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def dress(
    axes: Axes, title: str = "", x: str = "", y: str = "", grid: Literal["x", "y", "both"] = "y"
) -> None:
    """Title, names of axes, light rules. grid: the rules to draw."""
    axes.set_title(plain(title), fontsize=TITLE_PT, color=INK, loc="left", pad=4)
    axes.set_xlabel(x, fontsize=TEXT_PT, color=INK)
    axes.set_ylabel(y, fontsize=SMALL_PT, color=FAINT)
    axes.tick_params(labelsize=TEXT_PT, colors=INK, color=RULE, length=2.5, pad=2)
    axes.grid(True, axis=grid, color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
        axes.spines[side].set_linewidth(0.7)


def rate_axis(axes: Axes, kbps: Iterable[float], ticks: int = 6) -> None:
    """A logarithmic axis of bitrates over these, with round numbers at the ticks."""
    rates = [rate for rate in kbps if rate > 0 and math.isfinite(rate)]
    if not rates:
        return
    low, high = min(rates), max(rates)
    axes.set_xscale("log")
    axes.set_xlim(low / 1.25, high * 1.25)
    inside = [tick for tick in KBPS if low / 1.2 <= tick <= high * 1.2]
    plain_log_ticks(axes, inside[:: max(1, -(-len(inside) // ticks))] or [low])


def plain_log_ticks(axes: Axes, ticks: Sequence[float], which: str = "x") -> None:
    """Ticks at these values of a logarithmic axis, written as plain numbers."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))


def legend_below(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """One legend for all panels, in as many columns as the figure's width holds."""
    if not handles:
        return
    longest = max(map(len, labels))
    column_in = 0.42 + longest * SMALL_PT * 0.6 / 72
    columns = max(1, min(len(labels), int(figure.get_figwidth() / column_in)))
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        fontsize=SMALL_PT,
        labelcolor=INK,
        handlelength=2.4,
        columnspacing=1.2,
    )


def readable(colour: str, contrast: float = 4.5) -> str:
    """The colour, darkened as far as text of it on white needs for this contrast (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    while (1 + 0.05) / (_luminance(parts) + 0.05) < contrast:
        parts = [part * 0.97 for part in parts]
    return "#" + "".join(f"{math.floor(part * 255):02X}" for part in parts)


def _luminance(parts: Sequence[float]) -> float:
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
