"""The page's first paragraph: what was measured, what was found, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY
from codecbench.reports.intervals import LEAST_CLIPS
from codecbench.reports.page.frontier_view import Span, broad, spans, within
from codecbench.reports.page.metrics_shown import ShownMetric, of_metric
from codecbench.reports.page.shared_rates import shared_rates
from codecbench.reports.page.view import counted, kbps, listed
from codecbench.reports.statistics.paired import LIKE

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.report import Report

FEW_CLIPS = 30
MOST_TURNS = 4
PROTOCOLS = {"paper": ", compared at 44.1 kHz", "native": ", compared at each codec's own rate"}


@dataclass(frozen=True)
class Findings:
    """measured: one sentence. main: who leads. sure: how far to trust that, in sentences."""

    measured: str
    main: str
    sure: tuple[str, ...]


def find(report: Report, headlines: list[ShownMetric]) -> Findings:
    """State the findings of a report by its headline metrics."""
    return Findings(_measured(report), _main(report, headlines), tuple(_sure(report, headlines)))


def _measured(report: Report) -> str:
    rows, summary = report.measurements.rows, report.summary
    clips = rows.drop_duplicates("clip_hash")
    seconds = clips.duration_s.sum()
    points = len(summary[["series", "point"]].drop_duplicates())
    length = f"{seconds / 60:.0f} min" if seconds >= 600 else f"{seconds:.0f} s"
    categories = sorted(set(clips.category) - {""})
    of_what = f" of {listed(categories)}" if categories else ""
    rates = summary[summary.category == EVERY].bitrate_bps.dropna()
    between = f", from {kbps(rates.min())} to {kbps(rates.max())} kbps" if len(rates) else ""
    layouts = sorted({_layout(int(c)) for c in rows.channels.unique()})
    return (
        f"{counted(len(report.measurements.series), 'codec')} at "
        f"{counted(points, 'operating point')}{between}, coded "
        f"{counted(len(clips), 'clip')}{of_what} ({length} of audio, "
        f"{listed(layouts)}{_protocols(rows)})."
    )


def _protocols(rows: pd.DataFrame) -> str:
    """Such as "; protocol paper, compared at 44.1 kHz"; "" where no metric depends on it."""
    found = sorted(set(rows.protocol) - {"fixed"})
    return "".join(f"; protocol {name}{PROTOCOLS.get(name, '')}" for name in found)


def _main(report: Report, headlines: list[ShownMetric]) -> str:
    """Who leads, of the bitrates at which codecs can be compared."""
    found = [(metric, spans(report.frontier, metric, EVERY)) for metric in headlines]
    found = [(metric, stretches) for metric, stretches in found if stretches]
    if not found or len(report.measurements.series) < 2:
        return ""
    if all(len(stretches) == 1 for _, stretches in found):
        alone = {stretches[0].series for _, stretches in found}
        if len(alone) == 1:
            by = listed([metric.short for metric, _ in found])
            return f"By {by}, no codec does better than {alone.pop()} at any of its bitrates."
    shared = shared_rates(report.summary, headlines)
    if shared.low_bps is None or shared.high_bps is None:
        return "No two codecs were measured at like bitrates, so none is said to lead."
    low, high = shared.low_bps, shared.high_bps
    found = [(metric, broad(within(stretches, low, LIKE * high))) for metric, stretches in found]
    found = [(metric, stretches) for metric, stretches in found if stretches]
    if not found:
        return shared.words
    said = [*filter(None, [shared.words]), _by_bitrate(*found[0])]
    if len(found) > 1:
        lowest = _tally([stretches[0].series for _, stretches in found])
        highest = _tally([stretches[-1].series for _, stretches in found])
        at_low, at_high = (
            ("the lowest bitrates", "the highest")
            if not shared.words
            else ("the lowest bitrates that others share", "the highest of these")
        )
        said.append(f"At {at_low} {lowest}; at {at_high} {highest}.")
    return " ".join(said)


def _by_bitrate(metric: ShownMetric, stretches: list[Span]) -> str:
    """Such as "By ViSQOL, lyra is best from 3.20 kbps on and opus from 11.1 kbps on."."""
    first, *others = stretches
    start = f"By {metric.short}, {first.series} is best from {kbps(first.from_bps)} kbps on"
    if len(others) > MOST_TURNS:
        between = sorted({span.series for span in others[:-1]})
        return (
            f"{start} and {others[-1].series} from {kbps(others[-1].from_bps)}; between them "
            f"{listed(between)} take turns."
        )
    turns = [f"{span.series} from {kbps(span.from_bps)}" for span in others]
    return f"{listed([start, *turns])}."


def _tally(winners: list[str]) -> str:
    """Such as "opus leads by all 4 headline metrics", "opus leads by 3 of them and lyra by 1"."""
    names = sorted(set(winners), key=lambda name: (-winners.count(name), name))
    if len(names) == 1:
        return f"{names[0]} leads by all {len(winners)} headline metrics"
    first, *others = names
    rest = [f"{name} by {winners.count(name)}" for name in others]
    return f"{first} leads by {listed([f'{winners.count(first)} of {len(winners)}', *rest])}"


def _sure(report: Report, headlines: list[ShownMetric]) -> list[str]:
    said = []
    clips = report.measurements.rows.clip_hash.nunique()
    if report.summary.ci_low.notna().any():
        said.append("Intervals are 95% intervals of the mean over clips.")
    if clips < FEW_CLIPS:
        said.append(
            f"{counted(clips, 'clip')} "
            f"{'is' if clips == 1 else 'are'} few: other clips may rank the codecs otherwise."
        )
    said += _tested(report.paired, headlines)
    if not report.summary.bitrate_is_measured.all():
        stated = sorted(set(report.summary[~report.summary.bitrate_is_measured]["series"]))
        said.append(f"The bitrates of {listed(stated)} are as stated, and not measured.")
    return said


def _tested(paired: pd.DataFrame, headlines: list[ShownMetric]) -> list[str]:
    if paired.empty:
        return []
    compared: list[Any] = []
    for metric in headlines:
        rows = of_metric(paired, metric)
        compared.append(rows[(rows.category == EVERY) & rows.difference.notna()])
    tested = [rows[rows.p_holm.notna() & (rows.clips >= LEAST_CLIPS)] for rows in compared]
    count = sum(len(rows) for rows in tested)
    stand = sum(int((rows.p_holm < 0.05).sum()) for rows in tested)
    if not count:
        most = max((int(rows.clips.max()) for rows in compared if len(rows)), default=LEAST_CLIPS)
        if most >= LEAST_CLIPS:
            return []
        return [
            f"Too few clips to test differences of codecs: {LEAST_CLIPS} are needed, {most} "
            f"{'is' if most == 1 else 'are'} here."
        ]
    return [
        f"Of {counted(count, 'comparison')} of two codecs at like bitrates by the metrics named, "
        f"{stand} {'shows' if stand == 1 else 'show'} a difference that stands after Holm's "
        "correction (p < 0.05)."
    ]


def _layout(channels: int) -> str:
    return {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")
