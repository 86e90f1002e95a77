"""What a report has not, and why: skipped codecs, cells without a value, too few clips or points.

Nothing is left out of a report without a word here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codecbench.categories import EVERY
from codecbench.errors import CodecbenchError
from codecbench.failure_kinds import kinds_of
from codecbench.frames import COUNTED, misses_nominal
from codecbench.metrics.table import load_metric
from codecbench.point_choice import REACH
from codecbench.reports.intervals import LEAST_CLIPS
from codecbench.reports.statistics.bd import told_once
from codecbench.wording import clips_in_layouts, counted, joined, layout_words

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.measurements import Measurements
    from codecbench.tasks import Stage


@dataclass(frozen=True)
class Missing:
    """One thing that a reader may look for in vain. what: its name. reason: a whole phrase."""

    what: str
    reason: str


def what_is_missing(measurements: Measurements, summary: pd.DataFrame) -> tuple[Missing, ...]:
    """Everything that is missing, the gravest first. summary: of `summarise`."""
    found = [
        *_unfinished(measurements),
        *_skipped(measurements),
        *_failed(measurements),
        *_metrics_not_scored(measurements.rows),
        *_cells_without_value(measurements.rows),
        *_clips_not_shared(measurements.rows),
        *_layouts_apart(measurements.rows),
        *(Missing("", note) for note in measurements.notes),
        *_too_few(measurements, summary),
        *_rates_that_miss(summary),
    ]
    return tuple(dict.fromkeys(found))


def without_bd_rate(bd: pd.DataFrame) -> Iterator[Missing]:
    """Codecs that have no BD-rate over all clips by any metric, one reason once.

    bd: of `bd_matrix`.
    """
    for names, why in told_once(bd[bd["category"] == EVERY]):
        which = "it" if len(names) == 1 else "each"
        yield Missing(f"BD-rate of {joined(names)}", f"{which} {why}")


def _unfinished(measurements: Measurements) -> Iterator[Missing]:
    for run in measurements.runs:
        if not run.standing.sessions:
            yield Missing(f"run {run.name}", "it holds no results yet")
        for stopped in run.standing.stopped:
            yield Missing(f"run {run.name}", f"{stopped.words}; it goes on with: {stopped.command}")


def _skipped(measurements: Measurements) -> Iterator[Missing]:
    for run in measurements.runs:
        for skipped in run.standing.skipped:
            yield Missing(skipped.what, skipped.reason)


def _failed(measurements: Measurements) -> Iterator[Missing]:
    for run in measurements.runs:
        for kind in kinds_of(run.standing.failures):
            doing = while_(kind.stage, ", ".join(kind.metrics))
            yield Missing(kind.where, f"failed {doing}: {kind.reason}")


def while_(stage: Stage, metric: str) -> str:
    """What was being done when a cell failed, in words."""
    if stage == "score":
        return f"while scored by {metric}"
    return _WHILE[stage]


_WHILE: dict[Stage, str] = {
    "encode": "while encoding",
    "decode": "while decoding",
    "keep": "while its audio was written",
    "time": "while timed",
}


def _metrics_not_scored(rows: pd.DataFrame) -> Iterator[Missing]:
    """Metrics that some points were scored with and others not, alike ones together."""
    lacking: dict[tuple[str, str], list[str]] = {}
    for (metric, protocol), group in _scored(rows).groupby(["metric", "protocol"]):
        shown = str(metric) if protocol in ("fixed", "paper") else f"{metric} ({protocol})"
        for series, where in _points_without(group, rows):
            lacking.setdefault((series, where), []).append(shown)
    series_of: dict[tuple[str, str], list[str]] = {}
    for (series, where), metrics in lacking.items():
        series_of.setdefault((", ".join(metrics), where), []).append(series)
    for (metrics_of, where), series_all in series_of.items():
        yield Missing(
            f"{metrics_of} of {joined(series_all)}",
            f"not scored{where}; `bench run` into the same run with --metrics adds what is missing",
        )


def _points_without(scores: pd.DataFrame, rows: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Series that lack a metric, and where: "" for everywhere. scores: the metric's rows."""
    categories = set(scores["category"])
    category = _category_of(str(scores["metric"].iloc[0]))
    if categories == {category}:  # it was asked for in its own category alone
        rows = rows[rows["category"] == category]
    if scores["channels"].min() > 1:  # it is of what several channels have beside mono
        rows = rows[rows["channels"] > 1]
    have = _clips_by_point(scores)
    lacking: dict[str, list[tuple[str, int, int]]] = {}
    for (series, point), clips in _clips_by_point(rows).items():
        lacking.setdefault(series, []).append((point, clips - have.get((series, point), 0), clips))
    for series, points in lacking.items():
        at = [
            point if short == clips else f"{point} on {counted(short, 'clip')}"
            for point, short, clips in points
            if short
        ]
        if at:
            everywhere = all(short == clips for _, short, clips in points)
            yield series, "" if everywhere else f" at {', '.join(at)}"


def _clips_by_point(rows: pd.DataFrame) -> dict[tuple[str, str], int]:
    counts = rows.groupby(["series", "point"])["clip_hash"].nunique()
    return {(str(key[0]), str(key[1])): int(n) for key, n in zip(counts.index, counts, strict=True)}


def _category_of(metric: str) -> str | None:
    """The category that a metric applies to alone; of a metric that is not here any more, None."""
    try:
        return load_metric(metric).category
    except CodecbenchError:
        return None


def _scored(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~rows["metric"].isin(COUNTED)]


def _cells_without_value(rows: pd.DataFrame) -> Iterator[Missing]:
    """By metric and reason, how many clips of which series have no value."""
    scored = _scored(rows)
    empty = scored[scored["value"].isna()]
    for (metric, reason), group in empty.groupby(["metric", "reason"], sort=False):
        clips = group["clip"].nunique()
        series = sorted(set(group["series"]))
        of = joined(series) if len(series) <= 3 else f"{len(series)} codecs"
        which = group["clip"].iloc[0] if clips == 1 else f"{clips} clips"
        yield Missing(f"{metric} of {of} on {which}", str(reason) or "no reason was stored")


def _clips_not_shared(rows: pd.DataFrame) -> Iterator[Missing]:
    layouts = rows["channels"].nunique()
    for channels in sorted(map(int, rows["channels"].unique())):
        of_layout = rows[rows["channels"] == channels]
        clips = of_layout["clip_hash"].nunique()
        kind = f"{layout_words(channels)} clips" if layouts > 1 else "clips"
        for (series, point), group in of_layout.groupby(["series", "point"]):
            short = clips - group["clip_hash"].nunique()
            if short:
                yield Missing(
                    f"{series} at {point}",
                    f"{short} of the {clips} {kind} {'was' if short == 1 else 'were'} not coded: "
                    "its means are over the others, and pairs are compared on the clips that both "
                    "have",
                )


def _layouts_apart(rows: pd.DataFrame) -> Iterator[Missing]:
    channels = sorted(map(int, rows["channels"].unique()))
    if len(channels) > 1:
        clips = {n: int(rows[rows["channels"] == n]["clip_hash"].nunique()) for n in channels}
        said = clips_in_layouts(clips)
        yield Missing(
            "comparisons between layouts",
            f"{said} were coded, each as it is: codecs are compared and ranked within a layout",
        )


def _too_few(measurements: Measurements, summary: pd.DataFrame) -> Iterator[Missing]:
    clips = measurements.rows["clip_hash"].nunique()
    if 0 < clips < LEAST_CLIPS:
        yield Missing(
            "intervals and tests",
            f"there {'is' if clips == 1 else 'are'} {counted(clips, 'clip')}, and they need at "
            "least "
            f"{LEAST_CLIPS}",
        )
    elif (summary["category"] != EVERY).any():
        few = summary["clips"].between(1, LEAST_CLIPS - 1)
        small = sorted(set(summary[(summary["category"] != EVERY) & few]["category"]))
        if small:
            yield Missing(
                f"intervals within {', '.join(small)}",
                f"there are under {LEAST_CLIPS} clips, for some metrics at least",
            )
    if len(measurements.series) == 1:
        yield Missing("comparisons", "there is one codec alone")


def _rates_that_miss(summary: pd.DataFrame) -> Iterator[Missing]:
    points = summary[summary["category"] == EVERY].drop_duplicates(["series", "point"])
    for row in points.to_dict("records"):
        if misses_nominal(row["bitrate_nominal_bps"], row["bitrate_bps"]):
            yield Missing(
                f"{row['series']} at {row['point']}",
                f"its measured bitrate, {row['bitrate_bps'] / 1000:.2f} kbps, is beyond a factor "
                f"of {REACH:g} from the nominal one: figures and tables use the measured one",
            )
