"""The table of an ablation: a row a model at one bitrate, the baseline first.

Laid out as the ablations of arXiv 2306.06546: means of the metrics and the bitrate efficiency of
the codebooks. With differences, models below the baseline show theirs from it, over the clips that
both have, with the interval of that paired difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY
from codecbench.errors import UsageError
from codecbench.plugins import did_you_mean
from codecbench.point_choice import REACH
from codecbench.reports.intervals import LEAST_CLIPS, mean_interval
from codecbench.reports.tables.digits import Numbers, rate_digits, written
from codecbench.reports.tables.metric_columns import (
    MetricColumn,
    Value,
    metric_cells,
    metric_columns,
)
from codecbench.reports.tables.model import Cell, Column, Marks, Note, Row, Table
from codecbench.reports.tables.paper import (
    fewer_clips,
    in_summary,
    rows_of_metric,
    sorted_points,
)
from codecbench.reports.tables.reasons import why_no_value
from codecbench.wording import joined

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.report import Report

EFFICIENCY = "bitrate_efficiency"
COLUMNS = ("mel", "stft", "visqol", "si_sdr", EFFICIENCY)

NO_NUMBERS: Numbers = (math.nan, math.nan, math.nan)

Point = Mapping[Any, Any]


def ablation_table(
    report: Report,
    baseline: str | None = None,
    kbps: float | None = None,
    columns: Sequence[str] = COLUMNS,
    differences: bool = False,
    intervals: bool = False,
    series: Sequence[str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Table:
    """One row a series, at its operating point nearest to a bitrate on a log scale.

    baseline: a series; the first run's first where it is left out. kbps: the baseline's highest
    rate where it is left out. series: those to show, in this order; all where left out.
    differences: show the others as differences from the baseline. names: what series are called,
    where not by their labels. A series with no point within a factor of 1.5 or in another layout
    is left to a note, and so is a column without any value. Raises `UsageError` for an
    unknown series or column, and for a bitrate that the baseline has no point near.
    """
    summary = in_summary(report.summary, EVERY)
    asked = metric_columns(columns, summary)
    every = sorted_points(summary)
    first = _baseline(report, every, baseline)
    asked_series = list(dict.fromkeys([first, *(series or every["series"])]))
    for label in asked_series:
        _check_series(label, set(every["series"]))
    channels = dict(zip(every["series"], every["channels"], strict=True))
    order = [label for label in asked_series if channels[label] == channels[first]]
    rate_bps = _rate(every[every["series"] == first], first, kbps)
    nearest = {label: _nearest(every[every["series"] == label], rate_bps) for label in order}
    points = [point for point in nearest.values() if point is not None]
    wanted = [metric for metric in asked if _has_value(summary, points, metric)]
    without = [metric.column(interval=False).heading for metric in asked if metric not in wanted]
    called = dict(names or {})
    marks = Marks()
    cells = [
        [Cell(called.get(str(point["series"]), str(point["series"]))) for point in points],
        _rates(points),
    ]
    for metric in wanted:
        values = _values(report, summary, points, metric, marks, differences=differences)
        cells.append(metric_cells(values, metric, intervals=intervals, differences=differences))
    if differences:
        _unsign(cells, wanted)
    heads = [
        Column("series", "Model", numbers=False),
        Column("bitrate_kbps", "kbps"),
        *(metric.column(interval=True) for metric in wanted),
    ]
    rows = tuple(
        Row(tuple(of_row), starts_block=i == 1) for i, of_row in enumerate(zip(*cells, strict=True))
    )
    absent = [called.get(label, label) for label, point in nearest.items() if point is None]
    ranked = any(cell.best for column in cells for cell in column)
    notes = _notes(absent, rate_bps, differences=differences, intervals=intervals, ranked=ranked)
    if others := [called.get(label, label) for label in asked_series if label not in order]:
        notes.append(Note(f"Of another layout, and not compared: {joined(others)}."))
    if without:
        notes.append(Note(f"Left out, for no model has a value: {', '.join(without)}."))
    title = f"Ablation at {written(rate_bps / 1000, 2)} kbps"
    return Table(title, "ablation", tuple(heads), rows, (*marks.notes, *notes))


def _baseline(report: Report, points: pd.DataFrame, asked: str | None) -> str:
    if asked is not None:
        _check_series(asked, set(points["series"]))
        return asked
    rows = report.measurements.rows
    of_first_run = set(rows.loc[rows["run"] == report.measurements.runs[0].name, "series"])
    with_rate = points[points["bitrate_bps"].notna()]
    here = with_rate[with_rate["series"].isin(of_first_run)]
    if with_rate.empty:
        raise UsageError("no codec of these runs has a bitrate: there is no baseline")
    return str((here if len(here) else with_rate)["series"].iloc[0])


def _check_series(label: str, known: set[str]) -> None:
    if label not in known:
        raise UsageError(
            f'no series is called "{label}".{did_you_mean(label, known)} '
            f"Known: {joined(sorted(known))}"
        )


def _rate(points: pd.DataFrame, baseline: str, kbps: float | None) -> float:
    """The table's bitrate in bit/s, near which the baseline has a point."""
    own = sorted(rate for rate in points["bitrate_bps"] if rate > 0)
    if not own:
        raise UsageError(f"{baseline} has no bitrate: it cannot be the baseline of an ablation")
    if kbps is None:
        return float(own[-1])
    if not 0 < kbps < math.inf:
        raise UsageError(f"an ablation at {kbps:g} kbps: give a bitrate above 0")
    if _nearest(points, kbps * 1000) is None:
        rates = ", ".join(f"{rate / 1000:.4g}" for rate in own)
        raise UsageError(
            f"the baseline {baseline} has no point within a factor of {REACH:g} of {kbps:g} kbps: "
            f"it has {rates} kbps"
        )
    return kbps * 1000


def _has_value(summary: pd.DataFrame, points: Sequence[Point], metric: MetricColumn) -> bool:
    rows = rows_of_metric(summary, metric.metric, metric.protocol)
    found = (rows.get((point["series"], point["point"])) for point in points)
    return any(row is not None and not math.isnan(row["mean"]) for row in found)


def _nearest(points: pd.DataFrame, rate_bps: float) -> Point | None:
    """The point nearest to a rate on a log scale; None where none is within reach."""
    with_rate = [row for row in points.to_dict("records") if row["bitrate_bps"] > 0]
    distances = [abs(math.log(row["bitrate_bps"] / rate_bps)) for row in with_rate]
    if not distances or min(distances) > math.log(REACH):
        return None
    return with_rate[distances.index(min(distances))]


def _rates(points: Sequence[Point]) -> list[Cell]:
    kbps = [point["bitrate_bps"] / 1000 for point in points]
    digits = rate_digits(kbps)
    return [Cell(written(rate, digits), mean=rate) for rate in kbps]


def _values(
    report: Report,
    summary: pd.DataFrame,
    points: Sequence[Point],
    metric: MetricColumn,
    marks: Marks,
    *,
    differences: bool,
) -> list[Value]:
    rows = rows_of_metric(summary, metric.metric, metric.protocol)
    here = [rows.get((point["series"], point["point"])) for point in points]
    most = max((row["clips"] for row in here if row is not None), default=0)
    values = []
    for i, (point, row) in enumerate(zip(points, here, strict=True)):
        if row is None or math.isnan(row["mean"]):
            why = why_no_value(report, point, metric, EVERY, measured=row is not None)
            values.append(Value(NO_NUMBERS, (marks.mark(why),), ranked=False))
            continue
        base = here[0]
        if i == 0 or not differences:
            few = fewer_clips(row, most, ranked=not differences)
            numbers = (row["mean"], row["ci_low"], row["ci_high"])
            values.append(Value(numbers, (marks.mark(few),) if few else (), ranked=not few))
        elif base is None or math.isnan(base["mean"]):
            mark = marks.mark("no difference: the baseline has no value")
            values.append(Value(NO_NUMBERS, (mark,)))
        else:
            values.append(_difference(report, points[0], point, metric, row, base, marks))
    return values


def _difference(
    report: Report,
    baseline: Point,
    point: Point,
    metric: MetricColumn,
    row: Mapping[Any, Any],
    base: Mapping[Any, Any],
    marks: Marks,
) -> Value:
    """From the baseline, clip by clip; of a metric of pooled codes, of the two values alone."""
    rows = report.measurements.rows
    of_metric = rows[(rows["metric"] == metric.metric) & (rows["protocol"] == metric.protocol)]
    if of_metric.empty:
        return Value((row["mean"] - base["mean"], math.nan, math.nan))
    ours, theirs = (_by_clip(of_metric, p) for p in (point, baseline))
    both = ours.assign(baseline=theirs["value"]).dropna(subset="baseline")
    if both.empty:
        mark = marks.mark("no difference: no clip has a value with both")
        return Value(NO_NUMBERS, (mark,))
    found = mean_interval((both["value"] - both["baseline"]).to_numpy(), both["group"].tolist())
    left_out = max(len(ours), len(theirs)) - len(both)
    of_both = "one clip" if len(both) == 1 else f"{len(both)} clips"
    text = f"over the {of_both} that both have, {left_out} left out"
    return Value((found.mean, found.low, found.high), (marks.mark(text),) if left_out else ())


def _by_clip(rows: pd.DataFrame, point: Point) -> pd.DataFrame:
    of_point = (rows["series"] == point["series"]) & (rows["point"] == point["point"])
    found: pd.DataFrame = rows[of_point & rows["value"].notna()].set_index("clip")
    return found[["value", "group"]]


def _unsign(cells: list[list[Cell]], wanted: Sequence[MetricColumn]) -> None:
    """The baseline's own values are no differences: they bear no plus."""
    from dataclasses import replace

    for column in cells[len(cells) - len(wanted) :]:
        first = column[0]
        column[0] = replace(
            first, text=first.text.lstrip("+"), interval=first.interval.replace("+", "")
        )


def _notes(
    absent: Sequence[str], rate_bps: float, *, differences: bool, intervals: bool, ranked: bool
) -> list[Note]:
    sentences = []
    if differences:
        sentences.append("Below the first row: differences from it, over the clips that both have")
    if intervals:
        sentences.append(f"Intervals are of 95%, over clips; under {LEAST_CLIPS} there is none")
    if ranked:
        sentences.append("Best of a column bold, second underlined")
    if absent:
        sentences.append(
            f"Without a point within a factor of {REACH:g} of {rate_bps / 1000:.3g} kbps: "
            f"{joined(absent)}"
        )
    return [Note(". ".join(sentences) + ".")] if sentences else []
