"""`bench show`: the summary of a stored run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

DIGITS = {"bandwidth_hz": 0, "l1": 4, "stoi": 3, "estoi": 3, "rtf_encode": 4, "rtf_decode": 4}
"""Digits after the point; two for all others."""

ARROWS = {"higher": "↑", "lower": "↓", "neither": ""}
QUIET = ("bitrate_bps", "header_bytes", "bandwidth_reference_hz")
"""Rows of the summary that the terminal leaves to summary.csv."""

CONTINUED = " (continued)"

LAST = ("codebook_usage", "bitrate_efficiency", "clipped_samples", "rtf_encode", "rtf_decode")
"""What stands behind the metrics, in this order."""


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--failures", is_flag=True, help="Show the cells that failed, with their tracebacks, alone."
)
def show(run: Path, failures: bool) -> None:
    """Show what a run holds: means with 95% intervals, what was skipped, what failed."""
    from codecbench.cli.show_standing import show_failures

    if failures:
        show_failures(run)
    else:
        show_run(run)


def show_run(folder: Path) -> None:
    """Print the summary tables of a run, over all clips and by category."""
    from codecbench.categories import EVERY
    from codecbench.cli.show_standing import print_standing
    from codecbench.reports.measurements import read_runs
    from codecbench.reports.summary import summarise

    measurements = read_runs([folder])
    (run,) = measurements.runs
    summary = summarise(measurements)
    if not summary.empty:
        for category in [EVERY, *sorted(set(summary.category) - {EVERY})]:
            _print_category(summary[summary.category == category], category)
    else:
        click.echo(f"{folder} holds no results yet")
    print_standing(folder, run.standing)


def _print_category(summary: pd.DataFrame, category: str) -> None:
    from codecbench.categories import EVERY
    from codecbench.cli.terminal import console, print_table
    from codecbench.reports.summary import POINT

    quiet = QUIET if category == EVERY else (*QUIET, *LAST)
    shown = summary[~summary.metric.isin(quiet)]
    triples = set(zip(shown.metric, shown.protocol, shown.direction, strict=True))
    order = _order(shown.metric)
    keys = sorted(triples, key=lambda triple: (order.index(triple[0]), triple[1]))
    rows: list[list[str]] = []
    for _, group in shown.groupby([*POINT, "bitrate_nominal_bps"], sort=False, dropna=False):
        first = group.iloc[0]
        by_metric = {(row["metric"], row["protocol"]): row for row in group.to_dict("records")}
        clips = int(group.clips.max())
        layout = {1: "", 2: " stereo"}.get(first.channels, f" {first.channels} ch")
        if first.series != first.codec:
            layout = ""  # the label tells layouts apart where a run has several
        rows.append(
            [f"{first.series}{layout}", _kbps(first), str(clips)]
            + [_cell(by_metric.get((metric, protocol)), clips) for metric, protocol, _ in keys]
        )
    protocols = " and ".join(sorted(set(shown.protocol) - {"fixed"}))
    title = "All clips" if category == EVERY else category.capitalize()
    if protocols:
        title += f", {protocols} protocol"
    headings = [_heading(metric, protocol, direction) for metric, protocol, direction in keys]
    for block in _blocks(headings, rows, console().width):
        names = ["codec", "kbps", "clips", *(headings[i] for i in block)]
        print_table(title, names, [row[:3] + [row[3 + i] for i in block] for row in rows])
        title = title.removesuffix(CONTINUED) + CONTINUED
    if category == EVERY:
        _print_notes(shown, rows)


def _print_notes(shown: pd.DataFrame, rows: Sequence[Sequence[str]]) -> None:
    from codecbench.plan import REACH
    from codecbench.reports.intervals import LEAST_CLIPS

    notes = []
    if (shown.clips < LEAST_CLIPS).any():
        notes.append(f"no interval under {LEAST_CLIPS} clips")
    if any("(nominal" in row[1] for row in rows):
        notes.append(f"(nominal …): the measured bitrate is beyond a factor of {REACH:g} from it")
    if any("(" in cell for row in rows for cell in row[3:]):
        notes.append("(n): over n clips alone")
    if notes:
        click.echo("; ".join(notes) + "\n")


def _heading(metric: str, protocol: str, direction: str) -> str:
    native = " (native)" if protocol == "native" else ""
    name = f"{metric.removesuffix('_hz')} Hz" if metric.endswith("_hz") else metric
    return f"{name}{native} {ARROWS[direction]}".strip()


def _blocks(
    headings: Sequence[str], rows: Sequence[Sequence[str]], width: int
) -> Iterator[list[int]]:
    """Share columns over as many tables as the terminal's width asks for."""
    gap = 3
    fixed = gap * 3 + 5 + sum(max([5, *(len(row[i]) for row in rows)]) for i in (0, 1))
    block: list[int] = []
    used = fixed
    for i, heading in enumerate(headings):
        needs = max(len(heading), *(len(row[3 + i]) for row in rows)) + gap
        if block and used + needs > width:
            yield block
            block, used = [], fixed
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
        mark += f" (nominal {first.bitrate_nominal_bps / 1000:.3g})"
    return f"{first.bitrate_bps / 1000:.2f}{mark}"


def _order(metrics: Iterable[str]) -> list[str]:
    from codecbench.metrics.table import metric_names

    ours = [*metric_names(), *LAST]
    first = ours.index("si_sdr") + 1
    ours.insert(first, "si_sdr_side")
    return [*ours, *sorted(set(metrics) - set(ours))]


def _cell(row: dict[Any, Any] | None, clips: int) -> str:
    """A mean, its interval where it has one, and on how many clips where they are fewer."""
    if row is None:
        return ""
    if math.isnan(row["mean"]):
        return "-"
    spec = f".{DIGITS.get(row['metric'], 2)}f"
    text = format(row["mean"], spec)
    if not math.isnan(row["ci_low"]) and row["metric"] not in LAST:
        text += f" [{row['ci_low']:{spec}}, {row['ci_high']:{spec}}]"
    few = row["clips"] < clips and row["metric"] not in LAST
    return f"{text} ({row['clips']})" if few else text
