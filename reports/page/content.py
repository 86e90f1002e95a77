"""All that the page shows, gathered from a report: what its templates are given."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY, category_words
from codecbench.reports.page import (
    clip_choice,
    codec_views,
    curve_data,
    frontier_view,
    listening_views,
    pair_views,
    sound_plan,
    summary_view,
)
from codecbench.reports.page.clip_names import CommonFolder, common_folder
from codecbench.reports.page.findings import Findings, find
from codecbench.reports.page.gaps import by_reason, gaps_of
from codecbench.reports.page.listen_view import PlayerView, Values, player_views, worst_table
from codecbench.reports.page.looks import Look, looks_of
from codecbench.reports.page.metrics_shown import (
    BETTER,
    ShownMetric,
    headline_metrics,
    in_shown_units,
    of_metric,
    shown_metrics,
)
from codecbench.reports.page.provenance_view import Provenance, provenance_of
from codecbench.reports.page.sound import Player, choose, make_sounds
from codecbench.reports.page.spectrogram import RANGE_DB
from codecbench.reports.page.view import Panels, TableView, counted, listed

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.report import Report

MEANS = ("mean", "ci_low", "ci_high")

SPARE_BYTES = 15_000_000
"""Of sound that is decoded beyond the budget: something small may fit where the first does not."""


@dataclass(frozen=True)
class Content:
    """What the templates are given; names as they use them."""

    title: str
    findings: Findings
    sections: list[tuple[str, str]]
    looks: dict[str, Look]
    hero: frontier_view.Strips | None
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
    choice_words: str
    worst: TableView | None
    players: list[PlayerView]
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
    metric, chosen = _chosen(report, metrics)
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
        sections=_sections(parts, bool(chosen)),
        looks=looks,
        hero=frontier_view.make_strips(frontier, headlines, EVERY) if len(looks) > 1 else None,
        summary=summary_view.summary_panels(summary, frontier, metrics),
        has_directions=any(metric.direction in BETTER for metric in metrics),
        has_intervals=bool(len(summary) and summary.ci_low.notna().any()),
        has_bd_intervals=bool(len(bd) and bd.rate_low.notna().any()),
        still=_still(report.summary) if rate["panels"] else "",
        speed_curves=pace is not None,
        choice_words=_choice_words(metric) if metric else "",
        worst=worst_table(chosen, metric, folder) if metric and chosen else None,
        players=[],
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


@dataclass(frozen=True)
class Sounds:
    """What there is to hear. left_out: versions that were not even decoded, for lack of room."""

    players: tuple[Player, ...]
    missing: tuple[tuple[str, str], ...]
    left_out: int
    metric: ShownMetric
    values: Values


def decode_sounds(
    report: Report, sound_bytes: int, clips_folder: Path | None, device: str
) -> Sounds | None:
    """About as much sound as there is room for, or somewhat more; None without anything to hear."""
    rows = report.measurements.rows
    metric, chosen = _chosen(report, shown_metrics(report.summary))
    if metric is None or not chosen:
        return None
    planned = sound_plan.plan_players(rows, chosen)
    hashes = {player.clip_hash for player in planned}
    rates = {c["clip_hash"]: c["sample_rate_hz"] for r in report.measurements.runs for c in r.clips}
    fitting, left_out = sound_plan.fit(planned, rates, sound_bytes + SPARE_BYTES)
    heard = make_sounds(report.measurements.runs, fitting, clips_folder, device)
    judged = of_metric(rows, metric)
    judged = judged[judged.clip_hash.isin(hashes)]
    keys = zip(judged.clip_hash, judged["series"], judged.point, strict=True)
    values = dict(zip(keys, judged.value.astype(float), strict=True))
    return Sounds(heard.players, heard.missing, left_out, metric, values)


def add_sound(content: Content, sounds: Sounds, sound_bytes: int) -> Content:
    """The content with the sound that fits, and with what is missing of it."""
    chosen, without_room = choose(sounds.players, sound_bytes)
    players = player_views(chosen, sounds.metric, sounds.values, content.folder)
    left_out = sounds.left_out + without_room
    missing = [(content.folder.shortened(what), why) for what, why in sounds.missing]
    return replace(
        content,
        players=players,
        left_out=left_out,
        left_out_words=_left_out(left_out),
        missing=[*content.missing, *by_reason(missing)],
        data_blocks=[*content.data_blocks, *((player.id, player.data) for player in players)],
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


def _sections(parts: dict[str, Any], listens: bool) -> list[tuple[str, str]]:
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
    heard = [("listen", "Listen")] if listens else []
    last = [("missing", "Missing"), ("provenance", "Provenance")]
    return [("summary", "Summary"), *there, *heard, *last]


def _frontiers(
    frontier: pd.DataFrame, metrics: list[ShownMetric]
) -> list[tuple[str, str, frontier_view.Strips]]:
    if frontier.empty:
        return []
    found = []
    for category in summary_view.categories_of(frontier):
        drawn = frontier_view.make_strips(frontier, metrics, category)
        if drawn:
            found.append((category, category_words(category), drawn))
    return found


def _chosen(
    report: Report, metrics: list[ShownMetric]
) -> tuple[ShownMetric | None, list[clip_choice.OfSeries]]:
    metric = clip_choice.judging_metric(metrics)
    return metric, clip_choice.choose_clips(report.measurements.rows, metric) if metric else []


def _choice_words(metric: ShownMetric) -> str:
    return (
        f"For each codec its worst and its median clip by {metric.title}, at the codec's middle "
        "bitrate. Beside it are the other codecs at the point nearest in bitrate, and the same "
        "codec at its lowest and highest. Bitrates in a player are of that clip alone."
    )


def _left_out(count: int) -> str:
    if not count:
        return ""
    verb = "was" if count == 1 else "were"
    return (
        f"{counted(count, 'version')} {verb} left out for lack of room: the least important ones, "
        "lowest and highest bitrates first. Make the page with a larger budget to have them."
    )
