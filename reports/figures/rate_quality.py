"""Rate-quality curves: metrics over measured bitrate, one line a series, 95% intervals over clips.

The frontier, points that no other codec beats, is a broad grey band under the lines. Hollow markers
are bitrates that are stated, not measured. Points without bitrate (anchors) are lines across.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from codecbench.categories import EVERY, category_words
from codecbench.errors import UsageError
from codecbench.frames import COUNTED
from codecbench.plugins import did_you_mean
from codecbench.reports.figures.labels import Curve, names_or_legend, only_a_legend
from codecbench.reports.figures.style import (
    BAND,
    BETTER,
    DOUBLE_IN,
    FAINT,
    FRONTIER,
    HAIR_PT,
    LINE_PT,
    MARKER_PT,
    SINGLE_IN,
    SMALL_PT,
    TITLE_PT,
    dress,
    new_figure,
    plain,
    rate_axis,
    settle,
    shortened,
)
from codecbench.reports.metric_titles import protocol_suffix, title_of
from codecbench.reports.protocols import protocol_of
from codecbench.reports.series import Style, palette

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAIN = ("visqol", "mel", "stft", "si_sdr", "pesq_wb", "stoi")
"""Metrics of the overview, where they were measured."""
NOT_PLOTTED = (*COUNTED, "bandwidth_reference_hz")
X = "measured bitrate (kbps)"

_TITLES = 110
"""Characters that the titles of a row of panels have between them."""

Key = tuple[str, str]
"""A metric and its protocol."""


def plotted_metrics(summary: pd.DataFrame) -> list[Key]:
    """Pairs (metric, protocol) that have at least one value to draw."""
    drawn = summary[~summary["metric"].isin(NOT_PLOTTED) & summary["mean"].notna()]
    return sorted(set(zip(drawn["metric"], drawn["protocol"], strict=True)))


def rate_quality(
    summary: pd.DataFrame,
    metric: str,
    protocol: str | None = None,
    category: str = EVERY,
    width_in: float = SINGLE_IN,
) -> Figure:
    """One metric over measured bitrate, for all clips or those of a category.

    summary: of `summarise`. protocol: the metric's only one, or the paper's, if left out. Names
    stand at their curves where there is room, in a legend if not. Raises `UsageError` for a metric,
    protocol or category that the summary lacks.
    """
    chosen = protocol_of(summary, metric, protocol, "value")
    categories = sorted(set(summary["category"]))
    if category not in categories:
        raise UsageError(
            f'no category is called "{category}".{did_you_mean(category, categories)} '
            f"Known: {', '.join(categories)}"
        )
    figure = new_figure(width_in, max(2.5, 0.6 * width_in))
    axes = figure.add_subplot()
    curves = _draw(axes, summary, (metric, chosen), category)
    axes.set_xlabel(X)
    if not axes.get_lines():
        axes.set(xticks=[], yticks=[])
    return names_or_legend(figure, [(axes, curves)])


def overview(
    summary: pd.DataFrame, metrics: Sequence[Key] | None = None, width_in: float = DOUBLE_IN
) -> Figure:
    """Metrics side by side, over all clips, with one legend. metrics: the main ones if left out."""
    shown = list(metrics or main_metrics(summary))
    columns = min(3 if width_in > 5 else 1, max(1, len(shown)))
    rows = max(1, -(-len(shown) // columns))
    figure = new_figure(width_in, 1.75 * rows + 0.55)
    for i, key in enumerate(shown):
        axes = figure.add_subplot(rows, columns, i + 1)
        _draw(axes, summary, key, EVERY)
        if i >= len(shown) - columns:
            axes.set_xlabel(X)
    only_a_legend(figure)
    return settle(figure)


def by_category(
    summary: pd.DataFrame, metrics: Sequence[Key] | None = None, width_in: float = DOUBLE_IN
) -> Figure:
    """A row of panels a metric, all clips and each category beside each other on one scale."""
    shown = list(metrics or main_metrics(summary))
    categories = [EVERY, *sorted(set(summary["category"]) - {EVERY})]
    figure = new_figure(width_in, 1.55 * max(1, len(shown)) + 0.6)
    grid = figure.subplots(
        max(1, len(shown)), len(categories), sharey="row", sharex=True, squeeze=False
    )
    for of_metric, key in zip(grid, shown, strict=False):
        for axes, category in zip(of_metric, categories, strict=True):
            _draw(axes, summary, key, category, ticks=4)
            if axes is not of_metric[0]:
                axes.set_title("", loc="left")
                axes.set_ylabel("")
    for above, below, category in zip(grid[0], grid[-1], categories, strict=True):
        name = shortened(plain(category_words(category)), _TITLES // len(categories))
        words = f"{name}\n{above.get_title(loc='left')}"
        above.set_title(words, loc="left", fontsize=TITLE_PT)
        below.set_xlabel("measured kbps")
    only_a_legend(figure)
    return settle(figure)


def main_metrics(summary: pd.DataFrame) -> list[Key]:
    """The main metrics that were measured; the first six of all where none of them was."""
    there = plotted_metrics(summary)
    # Sorted, so that of two protocols the paper's is the later, and is taken.
    keys = dict(there)
    main = [(name, keys[name]) for name in MAIN if name in keys]
    return main or there[:6]


def _draw(
    axes: Axes, summary: pd.DataFrame, key: Key, category: str, ticks: int = 6
) -> list[Curve]:
    metric, protocol = key
    here = summary[(summary["category"] == category) & summary["mean"].notna()]
    wanted = here[(here["metric"] == metric) & (here["protocol"] == protocol)]
    title = title_of(metric, str(wanted["unit"].iloc[0]) if len(wanted) else "")
    looks = palette(summary["series"])
    curves = []
    with_rate = wanted[wanted["bitrate_bps"].notna()]
    direction = str(wanted["direction"].iloc[0]) if len(wanted) else "neither"
    band = _draw_frontier(axes, with_rate, title.scale)
    for label, rows in with_rate.groupby("series"):
        curves.append(
            _draw_series(axes, rows.sort_values("bitrate_bps"), title.scale, looks[str(label)])
        )
    _draw_anchors(axes, wanted[wanted["bitrate_bps"].isna()], title.scale)
    if wanted.empty:
        _say(axes, "no values")
    words = ", ".join(filter(None, [title.unit, BETTER[direction]]))
    dress(axes, f"{title.long}{protocol_suffix(protocol)}", y=words)
    rate_axis(axes, with_rate["bitrate_bps"] / 1000, ticks)
    return [*curves, *band]


def _draw_series(axes: Axes, rows: pd.DataFrame, scale: float, look: Style) -> Curve:
    name = plain(str(rows["series"].iloc[0]))
    kbps = rows["bitrate_bps"].to_numpy(float) / 1000
    mean, low, high = (
        rows[column].to_numpy(float) * scale for column in ("mean", "ci_low", "ci_high")
    )
    known = np.isfinite(low) & np.isfinite(high)
    axes.vlines(
        kbps[known], low[known], high[known], color=look.colour, linewidth=HAIR_PT, alpha=0.6
    )
    axes.plot(
        kbps,
        mean,
        color=look.colour,
        linestyle=look.dash,
        marker=look.marker,
        markersize=MARKER_PT,
        markerfacecolor=look.colour if rows["bitrate_is_measured"].all() else "white",
        markeredgewidth=0.8,
        linewidth=LINE_PT,
        label=name,
    )
    return Curve(name, look.colour, np.column_stack([kbps, mean]), low, high)


def _draw_frontier(axes: Axes, rows: pd.DataFrame, scale: float) -> list[Curve]:
    """A layout's points that no other beats, where several series share in them or could."""
    from codecbench.reports.statistics.frontier import frontier

    best = frontier(rows) if len(rows) else rows
    codecs = rows.groupby("channels")["series"].nunique()
    several = codecs.index[codecs > 1]
    best = best[best["channels"].isin(several)]
    best = best[best.groupby("channels")["mean"].transform("size") > 1]
    bands = [_draw_band(axes, of_layout, scale) for _, of_layout in best.groupby("channels")]
    return bands[:1]  # it has its name once


def _draw_band(axes: Axes, best: pd.DataFrame, scale: float) -> Curve:
    xy = np.column_stack([best["bitrate_bps"] / 1000, best["mean"] * scale])
    axes.plot(
        *xy.T,
        color=BAND,
        linewidth=6,
        solid_capstyle="round",
        solid_joinstyle="round",
        zorder=1,
        label=FRONTIER,
    )
    unknown = np.full(len(xy), np.nan)
    return Curve(FRONTIER, FAINT, xy, unknown, unknown, optional=True)


def _say(axes: Axes, words: str) -> None:
    axes.text(
        0.5,
        0.5,
        words,
        transform=axes.transAxes,
        fontsize=SMALL_PT,
        color=FAINT,
        horizontalalignment="center",
        gid="said",
    )


def _draw_anchors(axes: Axes, rows: pd.DataFrame, scale: float) -> None:
    for row in rows.to_dict("records"):
        level = row["mean"] * scale
        axes.axhline(level, linewidth=0.9, linestyle=(0, (1, 2)), color=FAINT)
        axes.annotate(
            plain(f"{row['series']} {row['point']}"),
            (0, level),
            xycoords=("axes fraction", "data"),
            xytext=(3, 2),
            textcoords="offset points",
            fontsize=SMALL_PT,
            color=FAINT,
        )
