"""A run's summary as columns of shown values, codecs in the order in which they were asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.summary import ClipCounts

DIGITS = {"bandwidth_hz": 0, "l1": 4, "stoi": 3, "estoi": 3, "rtf_encode": 4, "rtf_decode": 4}
"""Digits after the point; two for all others."""

ARROWS = {"higher": "↑", "lower": "↓", "neither": ""}

QUIET = (
    *("bitrate_bps", "header_bytes", "bandwidth_reference_hz"),
    *("inverted_channels", "missing_start_ms", "missing_end_ms"),
)
"""Rows of the summary that the terminal leaves to summary.csv."""

LAST = ("codebook_usage", "bitrate_efficiency", "clipped_samples", "rtf_encode", "rtf_decode")
"""What stands behind the metrics, in this order; it has no interval."""

STATED, FAR = "*", "!"
"""Behind a measured bitrate: it was stated and not measured; it is far from the nominal one."""


@dataclass(frozen=True)
class Cell:
    """A shown value. interval: " [low, high]". few: " (n)", where it is over n clips alone."""

    value: str = ""
    interval: str = ""
    few: str = ""


@dataclass(frozen=True)
class Column:
    """Values of one kind, a cell a row. unit: with the arrow of the better direction."""

    name: str
    unit: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """A category of a summary. codecs: of each row.

    rates: nominal and measured bitrate, each where any row has one.

    clips: how many there are of the category; of_row: how many each row was measured on.
    """

    clips: ClipCounts
    protocols: tuple[str, ...]
    codecs: tuple[str, ...]
    rates: tuple[Column, ...]
    of_row: Column
    metrics: tuple[Column, ...]


def sheet_of(
    summary: pd.DataFrame, order: Sequence[str], clips: ClipCounts, with_last: bool
) -> Sheet:
    """Arrange the rows of one category, layouts apart.

    order: codecs; clips: how many there are; with_last: with what `LAST` names. Rows of codecs that
    `order` does not name come behind, as they are in the summary.
    """
    from codecbench.reports.summary import POINT

    shown = summary[~summary["metric"].isin((*QUIET, *(() if with_last else LAST)))]
    rank = {codec: i for i, codec in enumerate(order)}
    groups = [
        group
        for _, group in shown.groupby([*POINT, "bitrate_nominal_bps"], sort=False, dropna=False)
    ]
    groups.sort(key=lambda group: _place(group, rank))
    firsts = [group.iloc[0] for group in groups]
    counts = [int(group["clips"].max()) for group in groups]
    rates = (
        Column("nominal", "kbps", tuple(Cell(_nominal_kbps(first)) for first in firsts)),
        Column("measured", "kbps", tuple(Cell(_measured_kbps(first)) for first in firsts)),
    )
    keys = _metrics_in_order(shown)
    return Sheet(
        clips,
        tuple(sorted(set(shown["protocol"]) - {"fixed"})),
        tuple(map(_name, firsts)),
        tuple(column for column in rates if any(cell.value for cell in column.cells)),
        Column("clips", "", tuple(Cell(str(count)) for count in counts)),
        tuple(_column(key, groups, clips.by_layout) for key in keys),
    )


def _place(group: pd.DataFrame, rank: dict[str, int]) -> tuple[int, int]:
    """Layouts apart, and in each the codecs as asked for."""
    first = group.iloc[0]
    return int(first["channels"]), rank.get(str(first["codec"]), len(rank))


def _column(
    key: tuple[str, str], groups: Sequence[pd.DataFrame], clips: Mapping[int, int]
) -> Column:
    metric, protocol = key
    cells = []
    unit = direction = ""
    for group in groups:
        found = group[(group["metric"] == metric) & (group["protocol"] == protocol)]
        if found.empty:
            cells.append(Cell())
            continue
        row = found.iloc[0]
        unit, direction = str(row["unit"]), ARROWS[str(row["direction"])]
        cells.append(_cell(row, clips[int(row["channels"])]))
    native = " (native)" if protocol == "native" else ""
    unit = "" if metric.endswith("_hz") else unit
    return Column(f"{metric}{native}", f"{unit} {direction}".strip(), tuple(cells))


def _cell(row: Any, clips: int) -> Cell:
    if math.isnan(row["mean"]):
        return Cell("-")
    spec = f".{DIGITS.get(row['metric'], 2)}f"
    mean = format(row["mean"], spec)
    if row["metric"] in LAST:
        return Cell(mean)
    low, high = row["ci_low"], row["ci_high"]
    interval = "" if math.isnan(low) else f" [{low:{spec}}, {high:{spec}}]"
    return Cell(mean, interval, f" ({row['clips']})" if row["clips"] < clips else "")


def _nominal_kbps(first: Any) -> str:
    """The nominal bitrate, or what stands for it, such as the cutoff of an anchor."""
    from codecbench.codecs.contract import NO_BITRATE

    is_none = math.isnan(first["bitrate_nominal_bps"]) and first["point"] == NO_BITRATE
    return "" if is_none else str(first["point"])


def _measured_kbps(first: Any) -> str:
    from codecbench.frames import misses_nominal

    if math.isnan(first["bitrate_bps"]):
        return ""
    mark = "" if first["bitrate_is_measured"] else STATED
    if misses_nominal(first["bitrate_nominal_bps"], first["bitrate_bps"]):
        mark += FAR
    return f"{first['bitrate_bps'] / 1000:.2f}{mark}"


def _name(first: Any) -> str:
    if first["series"] != first["codec"]:  # the label tells layouts apart where a run has several
        return str(first["series"])
    layout = {1: "", 2: " stereo"}.get(first["channels"], f" {first['channels']} ch")
    return f"{first['series']}{layout}"


def _metrics_in_order(shown: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs of metric and protocol, as the table of metrics has them."""
    order = _order(shown["metric"])
    pairs = set(zip(shown["metric"], shown["protocol"], strict=True))
    return sorted(pairs, key=lambda pair: (order.index(pair[0]), pair[1]))


def _order(metrics: Iterable[str]) -> list[str]:
    from codecbench.metrics.table import metric_names

    ours = [*metric_names(), *LAST]
    ours.insert(ours.index("si_sdr") + 1, "si_sdr_side")
    return [*ours, *sorted(set(metrics) - set(ours))]
