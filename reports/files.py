"""The files of a run that people open: results.csv, summary.csv and the plots."""

from __future__ import annotations

from pathlib import Path

from codecbench.files import write_text, write_whole
from codecbench.frames import load
from codecbench.reports.figures.rate_quality import overview, plotted_metrics, rate_quality
from codecbench.reports.figures.save import to_bytes
from codecbench.reports.measurements import read_runs
from codecbench.reports.metric_titles import metric_file
from codecbench.reports.summary import summarise


def write_files(run: Path) -> list[Path]:
    """Write `results.csv`, `summary.csv` and `plots/METRIC.png` into a run; return the plots."""
    write_text(run / "results.csv", load(run).to_csv(index=False))
    summary = summarise(read_runs([run]))
    write_text(run / "summary.csv", summary.to_csv(index=False))
    pictures = []
    for metric, protocol in plotted_metrics(summary):
        path = run / "plots" / f"{metric_file(metric, protocol)}.png"
        write_whole(path, to_bytes(rate_quality(summary, metric, protocol), "png"))
        pictures.append(path)
    if pictures:
        path = run / "plots" / "overview.png"
        write_whole(path, to_bytes(overview(summary), "png"))
        pictures.append(path)
    return pictures
