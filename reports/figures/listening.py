"""A listening test: its scores by condition, and each metric beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY
from codecbench.errors import ReportError
from codecbench.reports.figures.style import (
    BETTER,
    DOUBLE_IN,
    FAINT,
    HAIR_PT,
    INK,
    MARKER_PT,
    SINGLE_IN,
    SMALL_PT,
    TITLE_PT,
    dress,
    legend_below,
    new_figure,
    plain,
    settle,
)
from codecbench.reports.metric_titles import protocol_suffix, title_of
from codecbench.reports.series import Style, palette
from codecbench.reports.tables.digits import written
from codecbench.reports.tables.mushra import CODEC, named, sorted_conditions

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from codecbench.reports.statistics.listening import Ratings

BANDS = ("bad", "poor", "fair", "good", "excellent")
SCALES = {
    "mushra": (0, 100, range(0, 101, 20), "MUSHRA score"),
    "acr": (1, 5, range(1, 6), "mean opinion score"),
}
"""Least and greatest score, ticks and name, by kind of test."""
PLAIN = Style(FAINT, "o", "-")
"""The looks of references, anchors and codecs that are in no run."""


def draw_mushra(
    ratings: Ratings, series: Sequence[str] = (), width_in: float = SINGLE_IN
) -> Figure:
    """Mean score of each condition with its 95% interval over raters, best codec on top.

    series: all of the report, for the same colours in every figure. Raises `ReportError` where
    nobody rated anything.
    """
    conditions = sorted_conditions(ratings.conditions)
    if conditions.empty:
        raise ReportError("the listening test has no ratings yet: there is nothing to draw")
    looks = palette(series or filter(None, conditions["series"]))
    figure = new_figure(width_in, 0.75 + 0.22 * len(conditions))
    axes = figure.add_subplot()
    rows = conditions.to_dict("records")
    for i, row in enumerate(rows):
        look = looks.get(str(row["series"]), PLAIN) if row["kind"] == CODEC else PLAIN
        if math.isfinite(row["ci_low"]):
            axes.hlines(i, row["ci_low"], row["ci_high"], color=look.colour, linewidth=1.2)
        axes.plot(
            row["mean"],
            i,
            color=look.colour,
            marker=look.marker,
            markersize=MARKER_PT + 0.5,
            linestyle="none",
        )
    names = [plain(named(str(row["condition"]), str(row["kind"]))) for row in rows]
    least, most, ticks, score = SCALES[ratings.kind]
    dress(axes, "", score, grid="x")
    axes.set_xlim(least, most)
    axes.set_xticks(ticks)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), names)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    # The five bands of BS.1534; the scores of an ACR test have the same words, one each.
    for i, band in enumerate(BANDS if ratings.kind == "mushra" else ()):
        axes.annotate(
            band,
            (20 * i + 10, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=SMALL_PT,
            color=FAINT,
            horizontalalignment="center",
        )
    return settle(figure)


def draw_trust(
    ratings: Ratings,
    summary: pd.DataFrame,
    trust: pd.DataFrame,
    metrics: Sequence[tuple[str, str]] | None = None,
    width_in: float = DOUBLE_IN,
) -> Figure:
    """Scores of conditions against each metric's means, with the correlation over conditions.

    trust: of `metric_trust`. metrics: pairs (metric, protocol), all of `trust` that have points if
    left out. Raises `ReportError` where no metric was measured for what was rated.
    """
    scores = ratings.conditions
    measured = scores[(scores["series"] != "") & scores["mean"].notna()]
    means = summary[(summary["category"] == EVERY) & summary["mean"].notna()]
    joined = measured.merge(means, on=["series", "point"], suffixes=("_score", ""))
    over = trust[trust["level"] == "condition"] if len(trust) else trust
    correlations = {(row["metric"], row["protocol"]): row for row in over.to_dict("records")}
    shown = [key for key in metrics or correlations if _of(joined, key).size]
    if not shown:
        raise ReportError("no metric was measured for the conditions that were rated")
    width_in = width_in if len(shown) > 1 else min(width_in, SINGLE_IN)
    columns = min(3 if width_in > 5 else 2, len(shown))
    rows = -(-len(shown) // columns)
    figure = new_figure(width_in, 2.25 * rows + 0.3)
    looks = palette(summary["series"])
    found: dict[str, Any] = {}
    for i, key in enumerate(shown):
        axes = figure.add_subplot(rows, columns, i + 1)
        found |= _scatter(axes, _of(joined, key), key, looks, ratings.kind)
        if i % columns:
            axes.set_ylabel("")
        _say_correlation(axes, correlations.get(key))
    legend_below(figure, list(found.values()), list(found))
    return settle(figure)


def _of(joined: pd.DataFrame, key: tuple[str, str]) -> pd.DataFrame:
    return joined[(joined["metric"] == key[0]) & (joined["protocol"] == key[1])]


def _scatter(
    axes: Axes, points: pd.DataFrame, key: tuple[str, str], looks: dict[str, Style], kind: str
) -> dict[str, Any]:
    title = title_of(key[0], str(points["unit"].iloc[0]))
    drawn = {}
    for label, rows in points.groupby("series"):
        look = looks[str(label)]
        x = rows["mean"] * title.scale
        known = rows["ci_low_score"].notna()
        axes.vlines(
            x[known],
            rows["ci_low_score"][known],
            rows["ci_high_score"][known],
            color=look.colour,
            linewidth=HAIR_PT,
        )
        (drawn[plain(str(label))],) = axes.plot(
            x,
            rows["mean_score"],
            color=look.colour,
            marker=look.marker,
            markersize=MARKER_PT,
            linestyle="none",
            label=plain(str(label)),
        )
    words = ", ".join(filter(None, [title.unit, BETTER[str(points["direction"].iloc[0])]]))
    least, most, ticks, score = SCALES[kind]
    dress(axes, f"{title.long}{protocol_suffix(key[1])}", words, score)
    axes.xaxis.label.set(fontsize=SMALL_PT, color=FAINT)
    axes.set_ylim(least, most)
    axes.set_yticks(ticks)
    axes.margins(x=0.12)
    return drawn


def _say_correlation(axes: Axes, row: dict[Any, Any] | None) -> None:
    """Pearson's and Spearman's coefficients with their intervals, between title and panel."""
    if row is None:
        return
    lines = [
        f"{sign} = {written(row[name], 2)}{_ends(row, name)}"
        for sign, name in (("r", "pearson"), ("ρ", "spearman"))
        if math.isfinite(row[name])
    ]
    words = "\n".join(lines) or "\n".join(wrap(str(row["why_not"]), 38)[:2])
    axes.annotate(
        words,
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 3),
        textcoords="offset points",
        fontsize=SMALL_PT,
        color=INK,
    )
    axes.set_title(axes.get_title(loc="left"), loc="left", fontsize=TITLE_PT, pad=24)


def _ends(row: dict[Any, Any], name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f" [{written(low, 2)}, {written(high, 2)}]"
