"""Rate-quality curves: a metric over measured bitrate, one line a codec, 95% intervals.

Colours follow Okabe and Ito (2008), which stay apart in all common forms of colour blindness;
markers and line styles tell codecs apart in grey. A codec keeps its colour in every figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.reports.summary import EVERY

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#B8860B", "#000000", "#7A5195")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":")
INK = "#222222"
FAINT = "#8A8A8A"

TITLES = {
    "mel": "Mel distance",
    "stft": "STFT distance",
    "l1": "Waveform L1",
    "si_sdr": "SI-SDR (dB)",
    "si_sdr_side": "SI-SDR of the side signal (dB)",
    "visqol": "ViSQOL, audio (MOS-LQO)",
    "visqol_speech": "ViSQOL, speech (MOS-LQO)",
    "pesq_wb": "PESQ wideband (MOS-LQO)",
    "pesq_nb": "PESQ narrowband (MOS-LQO)",
    "stoi": "STOI",
    "estoi": "ESTOI",
    "bandwidth_hz": "Bandwidth (Hz)",
    "codebook_usage": "Codebook usage",
    "bitrate_efficiency": "Bitrate efficiency",
    "rtf_encode": "Encoding, s per s of audio",
    "rtf_decode": "Decoding, s per s of audio",
}
OVERVIEW = ("mel", "stft", "visqol", "si_sdr", "pesq_wb", "stoi")
NOT_PLOTTED = ("bitrate_bps", "header_bytes", "clipped_samples", "delay_samples")
BETTER = {"higher": "higher is better", "lower": "lower is better", "neither": ""}


def plotted_metrics(summary: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs (metric, protocol) that have at least one value to draw."""
    drawn = summary[~summary.metric.isin(NOT_PLOTTED) & summary["mean"].notna()]
    return sorted(set(zip(drawn.metric, drawn.protocol, strict=True)))


def rate_quality(summary: pd.DataFrame, metric: str, protocol: str) -> Figure:
    """One metric over measured bitrate, over all clips. summary: of `summarise`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    _draw(axes, summary, metric, protocol)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8, loc="best", labelcolor=INK)
    return figure


def overview(summary: pd.DataFrame) -> Figure:
    """The main metrics side by side, with one legend."""
    from matplotlib.figure import Figure

    there = dict(plotted_metrics(summary))
    metrics = [name for name in OVERVIEW if name in there] or list(there)[:6]
    columns = min(3, len(metrics))
    rows = -(-len(metrics) // columns)
    figure = Figure(
        figsize=(3.5 * columns, 2.9 * rows + 0.5), layout="constrained", facecolor="white"
    )
    for i, metric in enumerate(metrics):
        axes = figure.add_subplot(rows, columns, i + 1)
        _draw(axes, summary, metric, there[metric])
        if i < len(metrics) - columns:
            axes.set_xlabel("")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=min(6, len(labels) or 1),
        frameon=False,
        fontsize=9,
        labelcolor=INK,
    )
    return figure


def _draw(axes: Axes, summary: pd.DataFrame, metric: str, protocol: str) -> None:
    every = summary[summary.category == EVERY]
    parts = every[["codec", "weights_hash", "channels"]].drop_duplicates().sort_values("codec")
    curves = list(parts.itertuples(index=False, name=None))
    wanted = every[(every.metric == metric) & (every.protocol == protocol) & every["mean"].notna()]
    several_layouts = every.channels.nunique() > 1
    rates: list[float] = []
    for i, key in enumerate(curves):
        codec, weights, channels = key
        mine = (wanted.codec == codec) & (wanted.weights_hash == weights)
        curve = wanted[mine & (wanted.channels == channels)].sort_values("bitrate_bps")
        if curve.empty:
            continue
        label = f"{codec}, {channels} channels" if several_layouts else str(codec)
        style: dict[str, Any] = {"color": COLOURS[i % len(COLOURS)], "label": label}
        dash = DASHES[i // len(COLOURS) % len(DASHES)]
        if curve.bitrate_bps.isna().any():
            _draw_anchors(axes, curve, style)
            continue
        kbps = curve.bitrate_bps / 1000
        rates += list(kbps)
        errors = [curve["mean"] - curve.ci_low, curve.ci_high - curve["mean"]]
        axes.errorbar(
            kbps,
            curve["mean"],
            yerr=np.nan_to_num(errors),
            marker=MARKERS[i % len(MARKERS)],
            markersize=5,
            linewidth=1.6,
            linestyle=dash,
            capsize=2,
            elinewidth=0.9,
            **style,
        )
    _dress(axes, wanted, metric, protocol, rates)


def _draw_anchors(axes: Axes, curve: pd.DataFrame, style: dict[str, Any]) -> None:
    """Points without bitrate are levels: a line across, named at its left end."""
    for row in curve.to_dict("records"):
        axes.axhline(row["mean"], linewidth=0.9, linestyle=(0, (1, 2)), color=FAINT)
        axes.annotate(
            f"{row['codec']} {row['point']}",
            (0, row["mean"]),
            xycoords=("axes fraction", "data"),
            xytext=(3, 2),
            textcoords="offset points",
            fontsize=6.5,
            color=FAINT,
        )


def _dress(
    axes: Axes, wanted: pd.DataFrame, metric: str, protocol: str, rates: list[float]
) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    native = ", native rate" if protocol == "native" else ""
    axes.set_title(f"{TITLES.get(metric, metric)}{native}", fontsize=10, color=INK, loc="left")
    direction = BETTER[str(wanted.direction.iloc[0])] if len(wanted) else ""
    axes.set_ylabel(direction, fontsize=8, color=FAINT)
    if rates:
        axes.set_xscale("log")
        steps = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512]
        ticks = [s for s in steps if min(rates) / 1.3 <= s <= max(rates) * 1.3]
        thinned = ticks[:: max(1, len(ticks) // 7)]
        axes.xaxis.set_major_locator(FixedLocator(thinned))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_xlim(min(rates) / 1.25, max(rates) * 1.25)
    axes.set_xlabel("measured bitrate (kbps)", fontsize=8.5, color=INK)
    axes.tick_params(labelsize=8, colors=INK, length=3)
    axes.grid(True, axis="y", color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#B0B0B0")
