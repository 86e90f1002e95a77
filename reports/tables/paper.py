"""The table of a codec paper: codec, measured bitrate, bandwidth and the metrics' means.

Laid out as Table 3 of arXiv 2306.06546: a block a codec, its name once, its bitrates upwards; best
of a column bold, second underlined, over all bitrates. What keeps a number from standing beside the
others is marked and said below: a bitrate as stated, one that misses its nominal rate, a mean over
fewer clips (it is not ranked), no value and why. Layouts are ranked apart: they are of other clips.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY, category_words
from codecbench.errors import ReportError, UsageError
from codecbench.files import label
from codecbench.frames import misses_nominal
from codecbench.plugins import did_you_mean
from codecbench.reports.intervals import LEAST_CLIPS
from codecbench.reports.summary import clips_by_layout, layouts_of
from codecbench.reports.tables.digits import rate_digits, written
from codecbench.reports.tables.metric_columns import (
    MetricColumn,
    Value,
    check_name,
    metric_cells,
    metric_columns,
)
from codecbench.reports.tables.model import MISSING, Cell, Column, Marks, Note, Row, Table
from codecbench.reports.tables.reasons import why_no_value
from codecbench.wording import clips_in_layouts

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.report import Report

COLUMNS = ("bandwidth", "mel", "stft", "visqol", "si_sdr")
BANDWIDTH = "bandwidth"
"""The column of the declared bandwidth; `bandwidth_hz` is the metric that measures one."""

WITHOUT_CLIPS = ("codebook_usage", "bitrate_efficiency", "rtf_encode", "rtf_decode")
"""Of pooled codes or of one timing: on how many clips is no matter of theirs."""

PROTOCOLS = {
    "paper": "compared at 44.1 kHz against the full-band reference",
    "native": "at the native rate compared at the codec's own rate",
}


def paper_table(
    report: Report,
    columns: Sequence[str] = COLUMNS,
    intervals: bool = False,
    category: str = EVERY,
    names: Mapping[str, str] | None = None,
) -> Table:
    """The table over all clips, or over those of a category.

    columns: `bandwidth` and names of metrics, in the table's order; `mel:native` is a metric under
    one protocol. One that no codec was measured by has no column.
    intervals: whether 95% intervals are printed (the CSV has them anyhow).
    names: what series are called in the table, where not by their labels. Raises `UsageError`
    for an unknown column or category, `ReportError` where there is nothing to show.
    """
    of_category = in_summary(report.summary, category)
    points = sorted_points(of_category)
    marks = Marks()
    wanted = [name for name in columns if name != BANDWIDTH]
    for name in columns:
        check_name(name.partition(":")[0], set(report.summary["metric"]), [BANDWIDTH])
    asked = {name: metric_columns([name], report.summary) for name in dict.fromkeys(wanted)}
    found = {name: [metric for metric in all_ if metric.there] for name, all_ in asked.items()}
    heads = [Column("codec", "Codec", numbers=False), Column("bitrate_kbps", "kbps")]
    cells = [_names(points, names or {}), _rates(points, marks)]
    for name in dict.fromkeys(columns):
        if name == BANDWIDTH:
            heads.append(Column("coded_bandwidth_khz", "Bandwidth", "kHz"))
            cells.append(_bandwidths(points))
        for metric in found.get(name, []):
            values = _values(report, of_category, points, metric, category, marks)
            heads.append(metric.column(interval=metric.metric not in WITHOUT_CLIPS))
            cells.append(metric_cells(values, metric, intervals=intervals))
    starts = [not cell.repeats for cell in cells[0]]
    rows = tuple(
        Row(tuple(of_row), start)
        for of_row, start in zip(zip(*cells, strict=True), starts, strict=True)
    )
    shown = [metric for several in found.values() for metric in several]
    notes = (*marks.notes, Note(_general(of_category, shown, rows, intervals)))
    every = [metric for several in asked.values() for metric in several]
    without = [m.column(interval=False).heading for m in every if not m.there]
    if without and tuple(columns) != COLUMNS:
        notes = (*notes, Note(f"Not measured in these runs: {', '.join(without)}."))
    return Table(_title(of_category, category), _label(category), tuple(heads), rows, notes)


def in_summary(summary: pd.DataFrame, category: str) -> pd.DataFrame:
    """Rows of a category. Raises `UsageError` for an unknown one, `ReportError` without any row."""
    if summary.empty:
        raise ReportError("the runs hold no results yet: there is nothing to make a table of")
    known = sorted(set(summary["category"]))
    if category not in known:
        raise UsageError(
            f'no category is called "{category}".{did_you_mean(category, known)} '
            f"Known: {', '.join(known)}"
        )
    return summary[summary["category"] == category]


def sorted_points(summary: pd.DataFrame) -> pd.DataFrame:
    """One row a point: layouts, series in the summary's order, bitrates upwards, anchors last."""
    points = summary.drop_duplicates(["series", "point"])
    order = {label: i for i, label in enumerate(dict.fromkeys(points["series"]))}
    keyed = points.assign(is_anchor=points["bitrate_bps"].isna(), place=points["series"].map(order))
    return keyed.sort_values(
        ["is_anchor", "channels", "place", "bitrate_bps", "point"], ignore_index=True, kind="stable"
    )


def rows_of_metric(
    summary: pd.DataFrame, metric: str, protocol: str
) -> dict[tuple[str, str], dict[Any, Any]]:
    """The summary's rows of one metric, by series and point."""
    there = summary[(summary["metric"] == metric) & (summary["protocol"] == protocol)]
    return {(row["series"], row["point"]): row for row in there.to_dict("records")}


def fewer_clips(row: Mapping[Any, Any], most: int, *, ranked: bool = True) -> str:
    """What is said of a mean over fewer clips than the most; "" where it is over as many.

    ranked: whether others of its column are.
    """
    if row["clips"] >= most or row["metric"] in WITHOUT_CLIPS:
        return ""
    return f"over {row['clips']} clips of {most}{', not ranked' if ranked else ''}"


def _names(points: pd.DataFrame, names: Mapping[str, str]) -> list[Cell]:
    cells: list[Cell] = []
    before = ""
    for row in points.to_dict("records"):
        name = names.get(row["series"], row["series"])
        # An anchor has no bitrate to be told by: its point is its name.
        name = f"{name} {row['point']}" if row["is_anchor"] else name
        cells.append(Cell(name, repeats=name == before))
        before = name
    return cells


def _rates(points: pd.DataFrame, marks: Marks) -> list[Cell]:
    kbps = [float(rate) / 1000 for rate in points["bitrate_bps"]]
    digits = rate_digits(kbps)
    cells = []
    for rate, row in zip(kbps, points.to_dict("records"), strict=True):
        if math.isnan(rate):
            cells.append(Cell(MISSING, marks=(marks.mark("an anchor: no bitrate, not ranked"),)))
            continue
        notes = [] if row["bitrate_is_measured"] else ["bitrate as stated, not measured"]
        if misses_nominal(row["bitrate_nominal_bps"], row["bitrate_bps"]):
            notes.append(f"nominal bitrate {row['bitrate_nominal_bps'] / 1000:.4g} kbps")
        cells.append(Cell(written(rate, digits), mean=rate, marks=tuple(map(marks.mark, notes))))
    return cells


def _bandwidths(points: pd.DataFrame) -> list[Cell]:
    khz = [float(hertz) / 1000 for hertz in points["coded_bandwidth_hz"]]
    known = [value for value in khz if value > 0]
    digits = next((d for d in (0, 1, 2) if all(round(v, d) == v for v in known)), 2)
    return [Cell(written(v, digits), mean=v) if v > 0 else Cell(MISSING) for v in khz]


def _values(
    report: Report,
    summary: pd.DataFrame,
    points: pd.DataFrame,
    metric: MetricColumn,
    category: str,
    marks: Marks,
) -> list[Value]:
    rows = rows_of_metric(summary, metric.metric, metric.protocol)
    most: dict[int, int] = {}
    for of_point in rows.values():
        channels = of_point["channels"]
        most[channels] = max(most.get(channels, 0), of_point["clips"])
    values = []
    for point in points.to_dict("records"):
        row = rows.get((point["series"], point["point"]))
        if row is None or math.isnan(row["mean"]):
            reason = why_no_value(report, point, metric, category, measured=row is not None)
            values.append(Value((math.nan,) * 3, (marks.mark(reason),), ranked=False))
            continue
        few = fewer_clips(row, most[row["channels"]])
        values.append(
            Value(
                (row["mean"], row["ci_low"], row["ci_high"]),
                (marks.mark(few),) if few else (),
                ranked=not few and not point["is_anchor"],
                channels=row["channels"],
            )
        )
    return values


def _general(
    summary: pd.DataFrame, shown: Sequence[MetricColumn], rows: Sequence[Row], intervals: bool
) -> str:
    sentences = ["Bitrates are measured from the bytes of packets"]
    protocols = sorted({metric.protocol for metric in shown if metric.protocol in PROTOCOLS})
    sentences += [_capital(PROTOCOLS[protocol]) for protocol in sorted(protocols, reverse=True)]
    there = summary[summary["metric"].isin([metric.metric for metric in shown])]
    clips = there.loc[~there["metric"].isin(WITHOUT_CLIPS), "clips"]
    if intervals:
        sentences.append("Intervals are of 95%, over clips")
        if (clips < LEAST_CLIPS).any():
            sentences[-1] += f"; under {LEAST_CLIPS} clips there is none"
    if any(cell.best for row in rows for cell in row.cells):
        layouts = ", within one layout" if len(layouts_of(summary)) > 1 else ""
        sentences.append(f"Best of a column bold, second underlined, over all bitrates{layouts}")
    return ". ".join(sentences) + "."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _title(summary: pd.DataFrame, category: str) -> str:
    clips = clips_in_layouts(clips_by_layout(summary[~summary["metric"].isin(WITHOUT_CLIPS)]))
    kind = "" if category == EVERY else f" of {category_words(category)}"
    return f"Codecs by measured bitrate, means over {clips}{kind}"


def _label(category: str) -> str:
    return "codecs" if category == EVERY else f"codecs-{label(category)}"
