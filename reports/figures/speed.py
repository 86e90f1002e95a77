"""Real-time factors against quality: what a codec's quality costs in time.

The factor is seconds of work per second of audio, on a logarithmic axis; left of the line at 1 a
codec is faster than real time. Points of one codec are joined in the order of their bitrates.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from codecbench.categories import EVERY
from codecbench.errors import ReportError
from codecbench.reports.figures.labels import Curve, names_or_legend
from codecbench.reports.figures.style import (
    BETTER,
    DOUBLE_IN,
    FAINT,
    LINE_PT,
    MARKER_PT,
    SINGLE_IN,
    dress,
    new_figure,
    plain,
    plain_log_ticks,
)
from codecbench.reports.metric_titles import protocol_suffix, title_of
from codecbench.reports.series import palette

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDES = (("rtf_encode", "Encoding"), ("rtf_decode", "Decoding"))
X = "seconds per second of audio"


def draw_speed(
    speed: pd.DataFrame,
    summary: pd.DataFrame,
    metric: str,
    protocol: str,
    width_in: float = DOUBLE_IN,
) -> Figure:
    """Encoding and decoding time of each point against its mean of a metric.

    speed: of `speed_table`; of several machines or numbers of threads, that with the most points is
    drawn, for factors of two machines don't compare. Raises `ReportError` where nothing was timed
    that has a value of the metric.
    """
    values = summary[
        (summary["category"] == EVERY)
        & (summary["metric"] == metric)
        & (summary["protocol"] == protocol)
        & summary["mean"].notna()
    ]
    of_metric = values[["series", "point", "mean", "unit", "direction"]]
    joined = _one_machine(speed).merge(of_metric, on=["series", "point"])
    if joined.empty:
        raise ReportError(f"no point was timed and scored with {metric}: there is nothing to draw")
    first = joined.iloc[0]
    title = title_of(metric, str(first["unit"]))
    joined = joined.assign(shown=joined["mean"] * title.scale)
    words = ", ".join(filter(None, [title.unit, BETTER[str(first["direction"])]]))
    beside = width_in > SINGLE_IN + 1
    figure = new_figure(width_in, 2.5 if beside else 4.4)
    grid = figure.subplots(*((1, 2) if beside else (2, 1)), sharey=True).ravel()
    looks = palette(summary["series"])
    every = []
    for axes, (column, side) in zip(grid, SIDES, strict=True):
        curves = []
        for label, rows in joined.groupby("series"):
            look = looks[str(label)]
            ordered = rows.sort_values("bitrate_bps")
            xy = ordered[[column, "shown"]].to_numpy(float)
            axes.plot(
                *xy.T,
                color=look.colour,
                linestyle=look.dash,
                linewidth=LINE_PT,
                marker=look.marker,
                markersize=MARKER_PT,
                label=plain(str(label)),
            )
            none = np.full(len(xy), np.nan)
            curves.append(Curve(plain(str(label)), look.colour, xy, none, none))
        name = f"{side}: {title.long}{protocol_suffix(protocol)}"
        dress(axes, name, X if beside or axes is grid[-1] else "", words, grid="both")
        _time_axis(axes, joined[column].to_numpy(float))
        every.append(curves)
    if beside:
        grid[1].set_ylabel("")
    return names_or_legend(figure, list(zip(grid, every, strict=True)))


def _one_machine(speed: pd.DataFrame) -> pd.DataFrame:
    if speed.empty:
        return speed
    groups = [group for _, group in speed.groupby(["machine", "threads"])]
    return max(groups, key=len).drop_duplicates(["series", "point"])


def _time_axis(axes: Axes, factors: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    low, high = float(factors.min()), float(factors.max())
    axes.set_xscale("log")
    axes.set_xlim(low / 1.6, high * 1.6)
    first, last = math.floor(math.log10(low / 1.6)), math.ceil(math.log10(high * 1.6))
    decades = [10.0**power for power in range(first, last + 1)]
    inside = [tick for tick in decades if low / 1.6 <= tick <= high * 1.6]
    plain_log_ticks(axes, inside if len(inside) > 1 else [low, high] if low < high else [low])
    if low / 1.6 < 1 < high * 1.6:
        axes.axvline(1, color=FAINT, linewidth=0.9, linestyle=(0, (1, 2)))
