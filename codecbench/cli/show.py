"""`bench show`: the summary of a stored run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

FORMATS = {"bandwidth_hz": ".0f", "bandwidth_reference_hz": ".0f", "header_bytes": ".0f"}
ARROWS = {"higher": "↑", "lower": "↓", "neither": ""}
QUIET = ("bitrate_bps", "header_bytes")
"""Rows of the summary that the terminal leaves to summary.csv."""


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
def show(run: Path) -> None:
    """Show what a run holds: means with 95% intervals, what was skipped, what failed."""
    show_run(run)


def show_run(folder: Path) -> None:
    """Print the summary tables of a run, over all clips and by category."""
    from codecbench.reports.summary import EVERY, summarise
    from codecbench.schema import FAILURES, SESSIONS
    from codecbench.store import read_run

    with read_run(folder) as store:
        failures = store.rows(FAILURES)
        sessions = sorted(store.rows(SESSIONS), key=lambda row: str(row["started"]))
    summary = summarise(folder)
    if not summary.empty:
        for category in [EVERY, *sorted(set(summary.category) - {EVERY})]:
            _print_category(summary[summary.category == category], category)
    else:
        click.echo(f"{folder} holds no results yet")
    _print_sessions(sessions)
    for failure in failures:
        click.echo(
            f"failed: {failure['codec']}@{failure['point']} on {failure['clip']}, "
            f"{failure['stage']}: {failure['reason']}"
        )
    if failures:
        click.echo(f"{len(failures)} cells failed; running the same command again tries them again")


def _print_category(summary: pd.DataFrame, category: str) -> None:
    from codecbench.cli.terminal import console, print_table
    from codecbench.reports.summary import POINT

    shown = summary[~summary.metric.isin(QUIET)]
    keys = list(dict.fromkeys(zip(shown.metric, shown.protocol, shown.direction, strict=True)))
    rows: list[list[str]] = []
    for _, group in shown.groupby([*POINT, "bitrate_nominal_bps"], sort=False, dropna=False):
        first = group.iloc[0]
        by_metric = {(row["metric"], row["protocol"]): row for row in group.to_dict("records")}
        layout = {1: "", 2: " stereo"}.get(first.channels, f" {first.channels} ch")
        rows.append(
            [f"{first.codec}{layout}", _kbps(first), str(group.clips.max())]
            + [_cell(by_metric.get((metric, protocol))) for metric, protocol, _ in keys]
        )
    protocols = " and ".join(sorted(set(shown.protocol) - {"fixed"}))
    title = f"{'All clips' if category == 'all' else category.capitalize()} ({protocols} protocol)"
    headings = [_heading(metric, protocol, direction) for metric, protocol, direction in keys]
    for block in _blocks(headings, rows, console().width):
        names = ["codec", "kbps", "clips", *(headings[i] for i in block)]
        print_table(title, names, [row[:3] + [row[3 + i] for i in block] for row in rows])


def _heading(metric: str, protocol: str, direction: str) -> str:
    native = " (native)" if protocol == "native" else ""
    name = f"{metric.removesuffix('_hz')} Hz" if metric.endswith("_hz") else metric
    return f"{name}{native} {ARROWS[direction]}".strip()


def _blocks(
    headings: Sequence[str], rows: Sequence[Sequence[str]], width: int
) -> Iterator[list[int]]:
    """Share columns over as many tables as the terminal's width asks for."""
    names = max([5, *(len(row[0]) for row in rows)])
    block: list[int] = []
    used = names + 24
    for i, heading in enumerate(headings):
        needs = max(len(heading), *(len(row[3 + i]) for row in rows)) + 2
        if block and used + needs > width:
            yield block
            block, used = [], names + 24
        block.append(i)
        used += needs
    if block:
        yield block


def _kbps(first: Any) -> str:
    from codecbench.frames import misses_nominal

    if math.isnan(first.bitrate_bps):
        return str(first.point)
    mark = "" if first.bitrate_is_measured else " stated"
    if misses_nominal(first.bitrate_nominal_bps, first.bitrate_bps):
        mark += f" (asked {first.bitrate_nominal_bps / 1000:.3g}!)"
    return f"{first.bitrate_bps / 1000:.2f}{mark}"


def _cell(row: dict[Any, Any] | None) -> str:
    if row is None:
        return ""
    if math.isnan(row["mean"]):
        return "-"
    spec = FORMATS.get(row["metric"], _digits(row["mean"]))
    if math.isnan(row["ci_low"]):
        return format(row["mean"], spec)
    return f"{row['mean']:{spec}} ±{(row['ci_high'] - row['ci_low']) / 2:{spec}}"


def _digits(value: float) -> str:
    return ".4f" if abs(value) < 0.05 else ".1f" if abs(value) >= 100 else ".2f"


def _print_sessions(sessions: list[dict[str, Any]]) -> None:
    if not sessions:
        return
    last = sessions[-1]
    for skipped in last["skipped"]:
        click.echo(f"skipped: {skipped['what']}: {skipped['reason']}")
    if last["status"] == "running":
        click.echo("the last session did not end: run its command again to go on")
        click.echo(f"  {last['command']}")
    keys = set().union(*(session["versions"] for session in sessions))
    for name in sorted(keys):
        versions = sorted({str(session["versions"].get(name)) for session in sessions})
        if len(versions) > 1:
            click.echo(f"warning: this run mixes {name} {' and '.join(versions)}")
