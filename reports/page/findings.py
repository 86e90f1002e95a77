"""The page's first paragraph: what was measured, what was found, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY
from codecbench.reports.intervals import LEAST_CLIPS
from codecbench.reports.page.leads import Lead, Span, broad, leads, spans, within
from codecbench.reports.page.metrics_shown import ShownMetric, of_metric
from codecbench.reports.page.shared_rates import shared_rates
from codecbench.reports.page.view import counted, kbps, listed
from codecbench.reports.statistics.paired import LIKE
from codecbench.reports.summary import layouts_of
from codecbench.wording import layout_words

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
    layouts = sorted({layout_words(int(c)) for c in rows.channels.unique()})
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
    """Who leads in each layout, of the bitrates at which codecs can be compared."""
    layouts = layouts_of(report.summary)
    said = {channels: _in_layout(report, headlines, channels) for channels in layouts}
    if len(layouts) == 1:
        return said[layouts[0]]
    return " ".join(
        f"In {layout_words(channels)}: {text}" for channels, text in said.items() if text
    )


def _in_layout(report: Report, headlines: list[ShownMetric], channels: int) -> str:
    summary = report.summary[report.summary.channels == channels]
    found = [(metric, spans(report.frontier, metric, EVERY, channels)) for metric in headlines]
    found = [(metric, stretches) for metric, stretches in found if stretches]
    if not found or summary["series"].nunique() < 2:
        return ""
    if all(len(stretches) == 1 for _, stretches in found):
        alone = {stretches[0].series for _, stretches in found}
        if len(alone) == 1:
            by = listed([metric.short for metric, _ in found])
            return f"By {by}, no codec does better than {alone.pop()} at any of its bitrates."
    shared = shared_rates(summary, headlines)
    if shared.low_bps is None or shared.high_bps is None:
        return "No two codecs were measured at like bitrates, so none is said to lead."
    low, high = shared.low_bps, shared.high_bps
    found = [(metric, within(broad(stretches), low, LIKE * high)) for metric, stretches in found]
    found = [(metric, stretches) for metric, stretches in found if stretches]
    if not found:
        return shared.words
    said = [*filter(None, [shared.words]), _by_bitrate(*found[0])]
    if len(found) > 1:
        said.append(_by_metrics([stretches for _, stretches in found]))
    return " ".join(said)


def _by_bitrate(metric: ShownMetric, stretches: list[Span]) -> str:
    """Such as "By ViSQOL, lyra is best from 3.20 kbps on and opus from 11.1 kbps on."."""
    first, *others = stretches
    by = f"By {metric.short}, "
    start = f"{first.series} is best from {kbps(first.from_bps)} kbps on"
    if len(others) > MOST_TURNS:
        between = sorted({span.series for span in others[:-1]})
        return (
            f"{by}{start} and {others[-1].series} from {kbps(others[-1].from_bps)}; between them "
            f"{listed(between)} take turns."
        )
    turns = [f"{span.series} from {kbps(span.from_bps)}" for span in others]
    return f"{by}{listed([start, *turns])}."


def _by_metrics(by_metric: list[list[Span]]) -> str:
    """Such as "lyra is best by 3 of the 4 metrics from 3.20 to 11.1 kbps and opus by …".

    Where more leads than can be told in a sentence follow each other, the longest are told.
    """
    long = [lead for lead in leads(by_metric) if lead.to_bps >= LIKE * lead.from_bps]
    longest = sorted(long, key=lambda lead: lead.from_bps / lead.to_bps)[:MOST_TURNS]
    told = [lead for lead in long if lead in longest]
    words = [_lead_words(lead, len(by_metric), is_first=i == 0) for i, lead in enumerate(told)]
    return f"{listed(words)}."


def _lead_words(lead: Lead, metrics: int, *, is_first: bool) -> str:
    every = "both" if metrics == 2 else f"all {metrics}"
    count = every if lead.least == metrics else f"{lead.least} of the {metrics}"
    count = f"at least {count}" if lead.least < lead.most else count
    each = " each" if len(lead.series) > 1 else ""
    verb = f" {'are' if each else 'is'} best" if is_first else ""
    noun = " metrics" if is_first else ""
    start = kbps(lead.from_bps)
    end = f"to {kbps(lead.to_bps)} kbps" if math.isfinite(lead.to_bps) else "kbps on"
    return f"{listed(lead.series)}{verb} by {count}{noun}{each} from {start} {end}"


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
