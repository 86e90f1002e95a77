"""Where everything came from: sessions, versions, machines, metrics' definitions, clips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from codecbench import __version__
from codecbench.reports.page.clip_names import CommonFolder
from codecbench.reports.page.metrics_shown import ShownMetric, metric_definition
from codecbench.reports.page.view import (
    Cell,
    Column,
    TableView,
    counted,
    listed,
    number,
    number_cell,
    text_cell,
)

if TYPE_CHECKING:
    from codecbench.reports.measurements import Measurements, RunInfo
    from codecbench.store import Row

TOOLS = ("bjontegaard", "scipy", "matplotlib")
"""Packages that the report's numbers and pictures depend on."""

MANY_CLIPS = 40
"""More clips than that are counted by category and licence, and not listed."""


@dataclass(frozen=True)
class Provenance:
    """Tables of the page's last section; machines, tools: one sentence each."""

    sessions: TableView
    metrics: TableView
    clips: TableView
    versions: TableView
    machines: str
    tools: str


def provenance_of(
    measurements: Measurements, metrics: Sequence[ShownMetric], folder: CommonFolder
) -> Provenance:
    """Collect what the runs say of themselves."""
    return Provenance(
        _sessions(measurements.runs),
        _metrics(measurements, metrics),
        _clips(measurements.runs, folder),
        _versions(measurements.runs),
        _machines(measurements.runs),
        _tools(),
    )


def _sessions(runs: Sequence[RunInfo]) -> TableView:
    columns = tuple(
        Column(name, numeric=False) for name in ("Run", "Started", "Status", "Protocol", "Command")
    )
    once: dict[str, tuple[RunInfo, Row]] = {}
    for run in runs:
        for session in run.standing.sessions:
            once.setdefault(session["id"], (run, session))  # runs that were merged share some
    rows = tuple(
        (
            text_cell(run.name),
            text_cell(str(session["started"])[:16].replace("T", " ")),
            text_cell(_status(run, session)),
            text_cell(session["protocol"]),
            text_cell(session["command"]),
        )
        for run, session in once.values()
    )
    return TableView("Sessions that measured", columns, rows)


def _status(run: RunInfo, session: Row) -> str:
    if session["status"] == "finished":
        return "finished"
    still = {(stopped.started, stopped.command) for stopped in run.standing.stopped}
    if (str(session["started"]), session["command"]) in still:
        return "stopped"
    return "stopped, and made good later"


def _metrics(measurements: Measurements, metrics: Sequence[ShownMetric]) -> TableView:
    versions = measurements.rows.groupby("metric").metric_version.max()
    columns = (
        *(Column(name, numeric=False) for name in ("Metric", "Name", "Protocol")),
        Column("Definition", "version"),
        *(Column(name, numeric=False) for name in ("Measures", "Source")),
    )
    rows = []
    for metric in metrics:
        summary, source = metric_definition(metric.name)
        version = str(versions.get(metric.name, "–"))
        names = (metric.title, metric.name, metric.protocol)
        rows.append(
            (*map(text_cell, names), Cell(version, None), text_cell(summary), text_cell(source))
        )
    return TableView("Definitions of the metrics", columns, tuple(rows))


def _clips(runs: Sequence[RunInfo], folder: CommonFolder) -> TableView:
    clips: dict[str, Any] = {}
    for run in runs:
        for clip in run.clips:
            clips.setdefault(clip["clip_hash"], clip)
    if len(clips) > MANY_CLIPS:
        return _clips_counted(list(clips.values()))
    columns = (
        Column("Clip", numeric=False),
        Column("Category", numeric=False),
        Column("Length", "s"),
        Column("Rate", "Hz"),
        Column("Licence", numeric=False),
        Column("Source", numeric=False),
    )
    rows = tuple(
        (
            text_cell(folder.shortened(clip["clip"])),
            text_cell(clip["category"]),
            number_cell(clip["duration_s"], number(clip["duration_s"], 1)),
            number_cell(clip["sample_rate_hz"], str(clip["sample_rate_hz"])),
            text_cell(clip["licence"] or "not stated"),
            text_cell(clip["source"] or "not stated"),
        )
        for clip in sorted(clips.values(), key=lambda clip: str(clip["clip"]))
    )
    seconds = sum(clip["duration_s"] for clip in clips.values())
    return TableView(f"{counted(len(clips), 'clip')}, {seconds:.0f} s", columns, rows)


def _clips_counted(clips: list[Any]) -> TableView:
    columns = (
        Column("Category", numeric=False),
        Column("Licence", numeric=False),
        Column("Clips"),
        Column("Length", "min"),
        Column("Sources", "some of them", numeric=False),
    )
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for clip in clips:
        groups[clip["category"], clip["licence"]].append(clip)
    rows = []
    for (category, licence), members in sorted(groups.items()):
        minutes = sum(clip["duration_s"] for clip in members) / 60
        sources = sorted({clip["source"] for clip in members} - {""})
        more = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
        rows.append(
            (
                text_cell(category or "–"),
                text_cell(licence or "not stated"),
                Cell(str(len(members)), float(len(members))),
                Cell(number(minutes, 1), minutes),
                text_cell((", ".join(sources[:3]) + more) or "not stated"),
            )
        )
    return TableView(
        f"{counted(len(clips), 'clip')}, by category and licence", columns, tuple(rows)
    )


def _versions(runs: Sequence[RunInfo]) -> TableView:
    found: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        for session in run.standing.sessions:
            for name, version in session["versions"].items():
                found[name].add(str(version))
    columns = (Column("Package", numeric=False), Column("Version", numeric=False))
    rows = tuple(
        (text_cell(name), text_cell(listed(sorted(versions))))
        for name, versions in sorted(found.items())
    )
    return TableView("Versions of what results depend on", columns, rows)


def _machines(runs: Sequence[RunInfo]) -> str:
    found: dict[str, None] = {}
    for run in runs:
        for session in run.standing.sessions:
            machine = session["machine"]
            words = [str(machine.get(name, "")) for name in ("processor", "system")]
            if machine.get("cores"):
                words.insert(1, f"{machine['cores']} cores")
            found[", ".join(filter(None, words))] = None
    return f"Measured on {listed(sorted(found))}." if found else ""


def _tools() -> str:
    others = [f"{name} {metadata.version(name)}" for name in TOOLS]
    return f"Made with {listed([f'codecbench {__version__}', *others])}."
