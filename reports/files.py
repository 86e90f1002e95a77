"""The files of a run that people open: results.csv, summary.csv and the plots.

Plots are drawn anew only where what they show has changed, or the code that draws them: that is
half of what a command costs which finds everything there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from codecbench.files import write_whole
from codecbench.frames import clip_rows
from codecbench.reports.figures.rate_quality import Key, overview, plotted_metrics, rate_quality
from codecbench.reports.figures.save import to_bytes
from codecbench.reports.measurements import read_runs
from codecbench.reports.metric_titles import metric_file
from codecbench.reports.summary import summarise

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DRAWN = ".drawn.json"
"""In plots/: what each plot was made from, as a hash."""


def write_files(run: Path) -> list[Path]:
    """Write `results.csv`, `summary.csv` and `plots/METRIC.png` into a run; return the plots."""
    write_whole(run / "results.csv", clip_rows(run).to_csv(index=False).encode())
    summary = summarise(read_runs([run]))
    table = summary.to_csv(index=False).encode()
    write_whole(run / "summary.csv", table)
    return _plots(summary, run / "plots", _source(table))


def _plots(summary: pd.DataFrame, folder: Path, source: str) -> list[Path]:
    """Draw what is not there as of this source."""
    drawn = _drawn(folder)
    files = {folder / name: key for name, key in _names(summary)}
    due = {
        path: key
        for path, key in files.items()
        if drawn.get(path.name) != source or not path.is_file()
    }
    if due:
        # Noted before anything is drawn: what is cut short is not taken for the new one.
        _note(folder, {name: of for name, of in drawn.items() if folder / name not in due})
        for path, key in due.items():
            write_whole(path, to_bytes(_draw(summary, key), "png"))
        _note(folder, {path.name: source for path in files})
    return list(files)


def _names(summary: pd.DataFrame) -> Iterator[tuple[str, Key | None]]:
    """Plots by the names of their files; None for the overview."""
    plotted = plotted_metrics(summary)
    for metric, protocol in plotted:
        yield f"{metric_file(metric, protocol)}.png", (metric, protocol)
    if plotted:
        yield "overview.png", None


def _draw(summary: pd.DataFrame, key: Key | None) -> Figure:
    return overview(summary) if key is None else rate_quality(summary, *key)


def _source(table: bytes) -> str:
    """A hash of what plots are made from: the summary, our code that draws, and matplotlib."""
    here = Path(__file__).parent
    code = [*sorted((here / "figures").glob("*.py")), *sorted(here.glob("*.py"))]
    digest = hashlib.sha256(table)
    for path in code:
        digest.update(path.read_bytes())
    digest.update(metadata.version("matplotlib").encode())
    return digest.hexdigest()


def _drawn(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / DRAWN).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _note(folder: Path, drawn: dict[str, str]) -> None:
    write_whole(folder / DRAWN, json.dumps(drawn, indent=0, sort_keys=True).encode())
