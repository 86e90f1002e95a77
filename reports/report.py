"""A report: everything that is computed from runs and ratings, once, as frames.

Tables, figures and the page are made from a `Report`; a notebook takes its frames.

from codecbench import make_report
report = make_report(["runs/first", "runs/second"])
report.paired[report.paired.metric == "visqol"]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codecbench.reports.measurements import Measurements, read_runs
from codecbench.reports.missing import Missing, what_is_missing, without_bd_rate
from codecbench.reports.statistics.bd import bd_matrix
from codecbench.reports.statistics.codebook_use import codebook_table
from codecbench.reports.statistics.frontier import frontier
from codecbench.reports.statistics.listening import Ratings, metric_trust, read_ratings
from codecbench.reports.statistics.paired import compare_at_like_bitrates
from codecbench.reports.statistics.speed import speed_table
from codecbench.reports.summary import summarise

if TYPE_CHECKING:
    import pandas as pd

BD_BOOTSTRAP = 500
"""Draws of the bootstrap of BD-rates, where nothing else is asked for."""


@dataclass(frozen=True, eq=False)
class Report:
    """Frames of a report; the functions that make them say what their columns are.

    ratings, trust: of a listening test, None and empty where there is none. command: what makes
    this report again.
    """

    measurements: Measurements
    summary: pd.DataFrame
    frontier: pd.DataFrame
    bd: pd.DataFrame
    paired: pd.DataFrame
    codebooks: pd.DataFrame
    speed: pd.DataFrame
    ratings: Ratings | None
    trust: pd.DataFrame
    missing: tuple[Missing, ...]
    command: str


def make_report(
    runs: str | Path | Sequence[str | Path | tuple[str, str | Path]],
    ratings: str | Path | None = None,
    ratings_database: str | None = None,
    bd_bootstrap: int = BD_BOOTSTRAP,
    command: str = "",
) -> Report:
    """Read runs, and a listening test's folder where one is given, and compute everything.

    runs: folders, one alone or several, each with a name of your own where it is (name, folder).
    ratings_database: the address of the ratings, where they are not in the test's folder.
    bd_bootstrap: draws for the intervals of BD-rates, 0 for none. Raises `UsageError` for what is
    not there, `StoreError`, `ListeningTestError` for what can't be read.
    """
    import pandas as pd

    several = [runs] if isinstance(runs, str | Path) else runs
    measurements = read_runs(
        [(run[0], Path(run[1])) if isinstance(run, tuple) else Path(run) for run in several]
    )
    summary = summarise(measurements)
    heard = None
    if ratings is not None:
        heard = read_ratings(Path(ratings), summary, ratings_database)
    bd = bd_matrix(measurements, summary, bootstrap=bd_bootstrap)
    return Report(
        measurements=measurements,
        summary=summary,
        frontier=frontier(summary),
        bd=bd,
        paired=compare_at_like_bitrates(measurements, summary),
        codebooks=codebook_table(measurements),
        speed=speed_table(measurements, summary),
        ratings=heard,
        trust=metric_trust(heard, measurements, summary) if heard else pd.DataFrame(),
        missing=(*what_is_missing(measurements, summary), *without_bd_rate(bd)),
        command=command,
    )
