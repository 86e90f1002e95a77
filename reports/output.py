"""The files of a report beside its page: tables, figures, and every frame as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY
from codecbench.errors import ReportError
from codecbench.files import file_name, write_text, write_whole
from codecbench.reports.figures.save import to_bytes
from codecbench.reports.metric_titles import metric_file
from codecbench.reports.tables.csv import to_csv
from codecbench.reports.tables.latex import is_wide, to_latex
from codecbench.reports.tables.markdown import to_markdown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from codecbench.reports.report import Report
    from codecbench.reports.tables.model import Table

FIGURE_KINDS = ("svg", "pdf", "png")


def tables_of(report: Report, columns: Sequence[str], intervals: bool = False) -> dict[str, Table]:
    """All tables of a report but the ablation's, by the names of their files.

    columns: of the paper's table. Raises `UsageError` for names that are not there.
    """
    from codecbench.reports.tables.bd import bd_table
    from codecbench.reports.tables.mushra import mushra_table, sorted_conditions
    from codecbench.reports.tables.paper import paper_table

    made = {}
    for category in [EVERY, *sorted(set(report.summary["category"]) - {EVERY})]:
        suffix = "" if category == EVERY else f"-{file_name(category)}"
        made[f"paper{suffix}"] = paper_table(report, columns, intervals, category)
    for metric, protocol in _with_bd_rates(report.bd):
        made[f"bd-{metric_file(metric, protocol)}"] = bd_table(report, metric, protocol)
    if report.ratings is not None and not sorted_conditions(report.ratings.conditions).empty:
        made["listening"] = mushra_table(report.ratings)
    return made


def ablation_of(
    report: Report,
    baseline: str,
    kbps: float | None,
    columns: Sequence[str],
    intervals: bool = False,
) -> Table:
    """The table of an ablation with the metrics of the paper's columns.

    Where any codec has codebooks, with their bitrate efficiency too. Raises `UsageError` as
    `ablation_table` does.
    """
    from codecbench.reports.tables.ablation import EFFICIENCY, ablation_table
    from codecbench.reports.tables.paper import BANDWIDTH

    metrics = [name for name in columns if name != BANDWIDTH]
    if (report.summary["metric"] == EFFICIENCY).any():
        metrics.append(EFFICIENCY)
    return ablation_table(report, baseline, kbps, metrics, intervals=intervals)


def write_tables(tables: Mapping[str, Table], folder: Path) -> list[Path]:
    """Write each table as NAME.tex, NAME.md and NAME.csv; return the files."""
    texts = {
        folder / f"{name}.{suffix}": text
        for name, table in tables.items()
        for suffix, text in (
            ("tex", to_latex(table, wide=is_wide(table))),
            ("md", to_markdown(table)),
            ("csv", to_csv(table)),
        )
    }
    for path, text in texts.items():
        write_text(path, text)
    return list(texts)


def write_figures(report: Report, folder: Path) -> list[Path]:
    """Write each figure as SVG, PDF and PNG; return the files."""
    written = []
    for name, figure in _figures(report):
        for kind in FIGURE_KINDS:
            path = folder / f"{name}.{kind}"
            write_whole(path, to_bytes(figure, kind))
            written.append(path)
    return written


def write_frames(report: Report, folder: Path) -> list[Path]:
    """Write what the report computed as CSV, one file a frame that is not empty; return them."""
    import pandas as pd

    frames: dict[str, pd.DataFrame] = {
        "summary": report.summary,
        "frontier": report.frontier,
        "bd": report.bd,
        "paired": report.paired,
        "codebooks": report.codebooks,
        "speed": report.speed,
        "trust": report.trust,
        "missing": pd.DataFrame([vars(missing) for missing in report.missing]),
    }
    if report.ratings is not None:
        frames["ratings"] = report.ratings.conditions
    written = []
    for name, frame in frames.items():
        if not frame.empty:
            path = folder / f"{name}.csv"
            write_text(path, frame.to_csv(index=False))
            written.append(path)
    return written


def _figures(report: Report) -> Iterator[tuple[str, Figure]]:
    from codecbench.reports.figures.bd import draw_bd
    from codecbench.reports.figures.codebooks import draw_codebooks
    from codecbench.reports.figures.listening import draw_mushra, draw_trust
    from codecbench.reports.figures.rate_quality import (
        by_category,
        main_metrics,
        overview,
        plotted_metrics,
        rate_quality,
    )
    from codecbench.reports.figures.speed import draw_speed

    for metric, protocol in plotted_metrics(report.summary):
        name = f"rate-{metric_file(metric, protocol)}"
        yield name, rate_quality(report.summary, metric, protocol)
    if plotted_metrics(report.summary):
        yield "rate-overview", overview(report.summary)
    if (report.summary["category"] != EVERY).any():
        yield "rate-by-category", by_category(report.summary)
    for metric, protocol in _with_bd_rates(report.bd):
        yield f"bd-{metric_file(metric, protocol)}", draw_bd(report.bd, metric, protocol)
    yield from _where_there(
        "codebooks", draw_codebooks, report.codebooks, report.measurements.series
    )
    for metric, protocol in main_metrics(report.summary):
        name = f"speed-{metric_file(metric, protocol)}"
        yield from _where_there(name, draw_speed, report.speed, report.summary, metric, protocol)
    if report.ratings is not None:
        heard = report.ratings
        yield from _where_there("listening", draw_mushra, heard, report.measurements.series)
        trust = (heard, report.summary, report.trust)
        yield from _where_there("listening-metrics", draw_trust, *trust)


def _where_there(
    name: str, draw: Callable[..., Figure], *arguments: Any
) -> Iterator[tuple[str, Figure]]:
    """A figure, if there is something to draw: what there is not stands in `Report.missing`."""
    try:
        yield name, draw(*arguments)
    except ReportError:
        return


def _with_bd_rates(bd: pd.DataFrame) -> list[tuple[str, str]]:
    """Metrics with at least one BD-rate that is defined."""
    if bd.empty:
        return []
    defined = bd[bd["bd_rate_percent"].notna() | bd["bd_quality"].notna()]
    return sorted(set(zip(defined["metric"], defined["protocol"], strict=True)))
