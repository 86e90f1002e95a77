"""How much of each codebook is used: entries that were sent, and entropy over the bits sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from codecbench.errors import ReportError
from codecbench.reports.figures.labels import Curve, names_or_legend
from codecbench.reports.figures.style import (
    DOUBLE_IN,
    LINE_PT,
    MARKER_PT,
    SINGLE_IN,
    dress,
    new_figure,
    plain,
)
from codecbench.reports.series import palette

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from matplotlib.figure import Figure

PANELS = (("usage", "Entries used (%)"), ("efficiency", "Bitrate efficiency (%)"))


def draw_codebooks(
    codebooks: pd.DataFrame, series: Iterable[str] | None = None, width_in: float = DOUBLE_IN
) -> Figure:
    """Usage and efficiency over the number of the codebook, a line a series.

    codebooks: of `codebook_table`. Each series is drawn at its point with the most codebooks: those
    of its other points are its first ones. series: all of the report, for the same colours in
    every figure. Raises `ReportError` where no codec has codebooks.
    """
    if codebooks.empty:
        raise ReportError("no codec of these runs sends codes: there are no codebooks to draw")
    looks = palette(series if series is not None else codebooks["series"])
    beside = width_in > SINGLE_IN + 1
    figure = new_figure(width_in, 2.3 if beside else 3.9)
    grid = figure.subplots(*((1, 2) if beside else (2, 1)), sharex=True).ravel()
    every: list[list[Curve]] = []
    for axes, (column, title) in zip(grid, PANELS, strict=True):
        curves = []
        for label, rows in codebooks.groupby("series"):
            point = rows["point"].value_counts(sort=False).idxmax()
            shown = rows[rows["point"] == point].sort_values("codebook")
            xy = np.column_stack([shown["codebook"], shown[column] * 100]).astype(float)
            look = looks[str(label)]
            axes.plot(
                *xy.T,
                color=look.colour,
                linestyle=look.dash,
                linewidth=LINE_PT,
                marker=look.marker,
                markersize=MARKER_PT if len(xy) <= 24 else 0,
                label=plain(str(label)),
            )
            known = xy[np.isfinite(xy).all(axis=1)]
            if len(known):
                none = np.full(len(known), np.nan)
                curves.append(Curve(plain(str(label)), look.colour, known, none, none))
        dress(axes, title, "codebook" if beside or axes is grid[-1] else "")
        axes.set_ylim(0, 105)
        axes.xaxis.get_major_locator().set_params(integer=True)
        every.append(curves)
    return names_or_legend(figure, list(zip(grid, every, strict=True)))
