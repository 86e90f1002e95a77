"""Plots of a listening test: boxes and violins of the scores, and means by item.

Colours follow Okabe and Ito (2008); nothing is said by colour alone: every condition has its name
on the axis, references and anchors are grey. Fonts stay text in SVG, so papers can restyle them.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY
from codecbench.reports.figures.style import FAINT, INK, plain
from codecbench.reports.series import COLOURS, DASHES, MARKERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from codecbench.listening_test.test_file import Kind

FORMATS = ("svg", "pdf", "png")
PLOTS = ("boxes", "violins", "items")
BANDS = ("Bad", "Poor", "Fair", "Good", "Excellent")
PALE = "#C9C9C9"
SCALES: Mapping[str, tuple[float, float]] = {"mushra": (0, 100), "acr": (1, 5)}


def draw(cells: pd.DataFrame, table: pd.DataFrame, kind: Kind) -> dict[str, Figure]:
    """Draw what the ratings give: "boxes", "violins" and "items"; nothing where nobody rated.

    cells: of `tables.cells`, of the raters that count. table: of `tables.condition_table`.
    """
    rated = [name for name in dict.fromkeys(table.condition) if (cells.condition == name).any()]
    if not rated:
        return {}
    every = table[table.category == EVERY].set_index("condition").loc[rated]
    figures = {"boxes": _scores(cells, every, kind, "boxes")}
    # A density needs several different scores.
    if (cells.groupby("condition").score.nunique() > 1).any():
        figures["violins"] = _scores(cells, every, kind, "violins")
    if cells.item.nunique() > 1:
        figures["items"] = _items(cells, every, kind)
    return figures


def to_bytes(figure: Figure, kind: str) -> bytes:
    """Render as `svg`, `pdf` or `png`; the same figure gives the same bytes."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    metadata: dict[str, Any] = {
        "svg": {"Date": None},
        "pdf": {"CreationDate": None},
        "png": {"Software": None},
    }[kind]
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "codecbench", "pdf.fonttype": 42}):
        figure.savefig(buffer, format=kind, dpi=160, metadata=metadata)
    return buffer.getvalue()


def _figure(names: Sequence[str], width: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    longest = max(map(len, names))
    size = (max(4.8, width), 4.0 + 0.05 * longest)
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    return figure, figure.add_subplot()


def _scores(cells: pd.DataFrame, every: pd.DataFrame, kind: Kind, how: str) -> Figure:
    """Distribution of single scores, with the mean over raters and its 95% interval beside it."""
    names = list(every.index)
    figure, axes = _figure(names, 1.6 + 0.75 * len(names))
    colours = _colours(names, list(every.kind))
    (_boxes if how == "boxes" else _violins)(axes, cells, names, colours)
    for i, name in enumerate(names):
        row = every.loc[name]
        whiskers = [[row["mean"] - row.ci_low], [row.ci_high - row["mean"]]]
        known = row[["ci_low", "ci_high"]].notna().all()
        axes.errorbar(
            [i + 0.43],
            [row["mean"]],
            yerr=whiskers if known else None,
            fmt="D",
            color=INK,
            markersize=3.5,
            capsize=2.5,
            linewidth=1.1,
        )
    title = "median, quartiles, 1.5 IQR" if how == "boxes" else "density, median and quartiles"
    axes.set_title(f"{title}; diamonds: mean, 95% over raters", fontsize=9, color=INK, loc="left")
    axes.set_xlim(-0.95, len(names) - 0.35)
    _dress(axes, names, kind, lean=max(map(len, names)) > 10)
    return figure


def _boxes(
    axes: Axes, cells: pd.DataFrame, names: Sequence[str], colours: Mapping[str, str]
) -> None:
    # Not seaborn's: it calls matplotlib with an argument that matplotlib 3.13 has no more.
    drawn = axes.boxplot(
        [cells[cells.condition == name].score.to_numpy() for name in names],
        positions=range(len(names)),
        widths=0.55,
        patch_artist=True,
        medianprops={"color": INK, "linewidth": 1.8},
        whiskerprops={"color": INK},
        capprops={"color": INK},
        flierprops={"marker": "o", "markersize": 2.0, "markeredgecolor": FAINT},
    )
    for box, name in zip(drawn["boxes"], names, strict=True):
        box.set(facecolor=colours[name], edgecolor=INK)


def _violins(
    axes: Axes, cells: pd.DataFrame, names: Sequence[str], colours: Mapping[str, str]
) -> None:
    import seaborn as sns

    sns.violinplot(
        data=cells,
        x="condition",
        y="score",
        order=names,
        hue="condition",
        hue_order=names,
        palette=colours,
        saturation=1,
        legend=False,
        linewidth=1.0,
        linecolor=INK,
        width=0.72,
        inner="quart",
        cut=0,
        density_norm="width",
        ax=axes,
    )


def _items(cells: pd.DataFrame, every: pd.DataFrame, kind: Kind) -> Figure:
    """Mean of each item, one line a condition: where lines cross, codecs rank by item."""
    names = list(every.index)
    items = sorted(set(cells.item))
    figure, axes = _figure(items, 2.6 + 0.45 * len(items))
    colours = _colours(names, list(every.kind))
    means = cells.groupby(["condition", "item"]).score.mean()
    for i, name in enumerate(names):
        of_items = means[name].reindex(items)
        axes.plot(
            range(len(items)),
            of_items.to_numpy(),
            color=FAINT if colours[name] == PALE else colours[name],
            marker=MARKERS[i % len(MARKERS)],
            markersize=4.5,
            linewidth=1.3,
            linestyle=DASHES[i % len(DASHES)],
            label=plain(name),
        )
    axes.set_title("mean over raters, by item", fontsize=9, color=INK, loc="left")
    axes.legend(
        frameon=False, fontsize=8, labelcolor=INK, loc="center left", bbox_to_anchor=(1.0, 0.5)
    )
    _dress(axes, items, kind, lean=max(map(len, items)) > 5)
    return figure


def _colours(names: Sequence[str], kinds: Sequence[str]) -> dict[str, str]:
    codecs = [name for name, kind in zip(names, kinds, strict=True) if kind == "codec"]
    own = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(codecs)}
    return {name: own.get(name, PALE) for name in names}


def _dress(axes: Axes, names: Sequence[str], kind: Kind, *, lean: bool) -> None:
    low, high = SCALES.get(kind, (0, 1))
    axes.set_ylim(low - 0.02 * (high - low), high + 0.02 * (high - low))
    axes.set_xlabel("")
    axes.set_ylabel("score", fontsize=8.5, color=INK)
    axes.set_xticks(range(len(names)), list(map(plain, names)))
    axes.tick_params(axis="x", rotation=35 if lean else 0)
    if lean:
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    if kind == "mushra":
        axes.set_yticks(range(0, 101, 20))
        for i, band in enumerate(BANDS):
            axes.annotate(
                band,
                (0, 20 * i + 10),
                xycoords=("axes fraction", "data"),
                xytext=(3, 0),
                textcoords="offset points",
                fontsize=6.5,
                color=FAINT,
                verticalalignment="center",
            )
    axes.tick_params(labelsize=8, colors=INK, length=3)
    axes.grid(True, axis="y", color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#B0B0B0")
