"""Reports that are written by hand, and their pages as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from made_reports import made_measurements

from codecbench.reports.page.content import make_content
from codecbench.reports.page.page import render
from codecbench.reports.report import Report
from codecbench.reports.statistics.bd import bd_matrix
from codecbench.reports.statistics.codebook_use import codebook_table
from codecbench.reports.statistics.frontier import frontier
from codecbench.reports.statistics.paired import compare_at_like_bitrates
from codecbench.reports.statistics.speed import speed_table
from codecbench.reports.summary import summarise

Values = Sequence[float | None]
Points = Mapping[tuple[str, float], Mapping[str, Values]]

SIX = [1.0, 1.1, 1.2, 0.9, 0.8, 1.0]
TURNS: Points = {
    ("lyra", 3.0): {"visqol": [2.0] * 6, "mel": [2.0] * 6},
    ("lyra", 6.0): {"visqol": [2.2] * 6, "mel": [1.9] * 6},
    ("opus", 6.1): {"visqol": [1.5] * 6, "mel": [2.5] * 6},
    ("opus", 12.0): {"visqol": [3.5] * 6, "mel": [1.5] * 6},
    ("opus", 24.0): {"visqol": [4.2] * 6, "mel": [0.9] * 6},
    ("lyra", 23.0): {"visqol": [2.3] * 6, "mel": [1.8] * 6},
    ("opus", 3.1): {"visqol": [1.1] * 6, "mel": [2.9] * 6},
}


def report_of(points: Points, categories: Sequence[str] = (), **facts: object) -> Report:
    """A report of measurements that are written by hand."""
    measurements = made_measurements(points, categories, **facts)
    summary = summarise(measurements)
    return Report(
        measurements=measurements,
        summary=summary,
        frontier=frontier(summary),
        bd=bd_matrix(measurements, summary, bootstrap=0),
        paired=compare_at_like_bitrates(measurements, summary),
        codebooks=codebook_table(measurements),
        speed=speed_table(measurements, summary),
        ratings=None,
        trust=pd.DataFrame(),
        missing=(),
        command="bench report runs/first",
    )


def page_of(report: Report) -> str:
    return render(make_content(report)).decode()
