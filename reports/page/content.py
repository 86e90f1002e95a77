"""All that the page shows, gathered from a report: what its templates are given."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY, category_words
from codecbench.reports.page import (
    codec_views,
    curve_data,
    frontier_view,
    listening_views,
    pair_views,
    summary_view,
)
from codecbench.reports.page.clip_choice import Choice, choose_clips
from codecbench.reports.page.clip_names import CommonFolder, common_folder
from codecbench.reports.page.findings import Findings, find
from codecbench.reports.page.gaps import by_reason, gaps_of
from codecbench.reports.page.listen_view import PlayerView, choice_words, worst_table
from codecbench.reports.page.looks import Look, looks_of
from codecbench.reports.page.metrics_shown import (
    BETTER,
    ShownMetric,
    headline_metrics,
    in_shown_units,
    shown_metrics,
)
from codecbench.reports.page.provenance_view import Provenance, provenance_of
from codecbench.reports.page.spectrogram import RANGE_DB
from codecbench.reports.page.view import Panels, TableView, listed
from codecbench.reports.summary import layouts_of
from codecbench.wording import layout_words

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.report import Report

MEANS = ("mean", "ci_low", "ci_high")


@dataclass(frozen=True)
class Content:
    """What the templates are given; names as they use them."""

    title: str
    findings: Findings
    sections: list[tuple[str, str]]
    looks: dict[str, Look]
    heroes: list[tuple[str, frontier_view.Strips]]
    summary: Panels
    has_directions: bool
    has_intervals: bool
    has_bd_intervals: bool
    curves: bool
    still: str
    frontiers: list[tuple[str, str, frontier_view.Strips]]
    bd: Panels | None
    paired: Panels | None
    codebooks: Panels | None
    speed: TableView | None
    speed_curves: bool
    listening: listening_views.ListeningView | None
    choice: Choice
    choice_words: str
    worst: TableView | None
    players: list[PlayerView]
    unheard: list[tuple[str, str]]
    left_out: int
    left_out_words: str
    range_db: int
    missing: list[tuple[str, str]]
    provenance: Provenance
    command: str
    data_blocks: list[tuple[str, Any]]
    folder: CommonFolder


def make_content(report: Report) -> Content:
    """Gather what the page shows but the sound."""
    summary = in_shown_units(report.summary, MEANS)
    frontier = in_shown_units(report.frontier, MEANS)
    paired = in_shown_units(report.paired, ("mean_a", "mean_b", "difference", "low", "high"))
    bd = in_shown_units(report.bd, ("bd_quality", "quality_low", "quality_high"))
    looks = looks_of(report.measurements.series)
    metrics = shown_metrics(summary)
    headlines = headline_metrics(metrics)
    rate = curve_data.rate_plots(summary, frontier, metrics, looks)
    pace = curve_data.speed_plots(summary, report.speed, metrics, looks)
    choice = choose_clips(report.measurements.rows, metrics)
    folder = common_folder(report.measurements.rows["clip"].unique())
    blocks = [("rate-data", rate), *([("speed-data", pace)] if pace else [])]
    parts: dict[str, Any] = {
        "curves": bool(rate["panels"]),
        "frontiers": _frontiers(frontier, metrics),
        "bd": pair_views.bd_panels(bd, metrics),
        "paired": pair_views.paired_panels(paired, metrics),
        "codebooks": codec_views.codebook_panels(report.codebooks),
        "speed": codec_views.speed_table(report.speed),
        "listening": _listening(report),
    }
    return Content(
        title=_title(report),
        findings=find(report, headlines),
        sections=_sections(parts),
        looks=looks,
        heroes=_heroes(report, frontier, headlines) if len(looks) > 1 else [],
        summary=summary_view.summary_panels(summary, frontier, metrics),
        has_directions=any(metric.direction in BETTER for metric in metrics),
        has_intervals=bool(len(summary) and summary.ci_low.notna().any()),
        has_bd_intervals=bool(len(bd) and bd.rate_low.notna().any()),
        still=_still(report.summary) if rate["panels"] else "",
        speed_curves=pace is not None,
        choice=choice,
        choice_words=choice_words(choice),
        worst=worst_table(choice, folder),
        players=[],
        unheard=[(why, folder.shortened(what)) for why, what in by_reason(choice.missing)],
        left_out=0,
        left_out_words="",
        range_db=round(RANGE_DB),
        missing=[(why, folder.shortened(what)) for why, what in gaps_of(report, parts)],
        provenance=provenance_of(report.measurements, metrics, folder),
        command=report.command,
        data_blocks=blocks,
        folder=folder,
        **parts,
    )


def _listening(report: Report) -> listening_views.ListeningView | None:
    if report.ratings is None:
        return None
    return listening_views.listening_view(report.ratings, report.trust)


def _still(summary: pd.DataFrame) -> str:
    """The curves as a picture, for browsers that run no scripts."""
    from codecbench.reports.figures.rate_quality import overview
    from codecbench.reports.figures.save import to_bytes

    picture = b64encode(to_bytes(overview(summary), "svg")).decode("ascii")
    return f"data:image/svg+xml;base64,{picture}"


def _title(report: Report) -> str:
    codecs = report.measurements.series
    if len(codecs) > 6:
        return f"{listed([*codecs[:5], f'{len(codecs) - 5} more codecs'])}"
    return listed(codecs) or "No codec"


def _sections(parts: dict[str, Any]) -> list[tuple[str, str]]:
    named = (
        ("curves", "curves", "Rate and quality"),
        ("frontiers", "frontier", "Frontier"),
        ("bd", "bd", "BD-rate"),
        ("paired", "paired", "At like bitrates"),
        ("codebooks", "codebooks", "Codebooks"),
        ("speed", "speed", "Speed"),
        ("listening", "listening", "Listening test"),
    )
    there = [(id_, words) for name, id_, words in named if parts[name]]
    last = [("listen", "Listen"), ("missing", "Missing"), ("provenance", "Provenance")]
    return [("summary", "Summary"), *there, *last]


def _frontiers(
    frontier: pd.DataFrame, metrics: list[ShownMetric]
) -> list[tuple[str, str, frontier_view.Strips]]:
    if frontier.empty:
        return []
    found = []
    layouts = layouts_of(frontier)
    for category in summary_view.categories_of(frontier):
        for channels in layouts:
            drawn = frontier_view.make_strips(frontier, metrics, category, channels)
            if drawn:
                several = f", {layout_words(channels)}" if len(layouts) > 1 else ""
                key = f"{category}|{channels}" if several else category
                found.append((key, f"{category_words(category)}{several}", drawn))
    return found


def _heroes(
    report: Report, frontier: pd.DataFrame, headlines: list[ShownMetric]
) -> list[tuple[str, frontier_view.Strips]]:
    """The headlines' strips, and of which layout: "" where there is one alone."""
    layouts = layouts_of(report.summary)
    found = []
    for channels in layouts:
        drawn = frontier_view.make_strips(frontier, headlines, EVERY, channels)
        if drawn:
            words = f", {layout_words(channels)}" if len(layouts) > 1 else ""
            found.append((words, drawn))
    return found
