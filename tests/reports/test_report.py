"""Reports of whole and of lame runs: each comes out, and says what is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_runs import Value, write_run

from codecbench import make_report
from codecbench.errors import UsageError
from codecbench.reports.output import (
    ablation_of,
    tables_of,
    write_figures,
    write_frames,
    write_tables,
)
from codecbench.reports.page.page import write_page
from codecbench.reports.report import Report

RISING = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
Scores = dict[str, dict[str, tuple[Value, ...]]]


def scores(codecs: tuple[str, ...] = ("opus", "mp3"), clips: int = 6) -> Scores:
    """Four rates each, better with the rate; the second codec a little worse."""
    return {
        f"{codec}@{kbps}": {
            "mel": tuple(9 - step + 0.1 * i * (1 + place) for i in range(clips)),
            "visqol": tuple(1 + step - 0.1 * i * (1 + place) for i in range(clips)),
        }
        for place, codec in enumerate(codecs)
        for step, kbps in enumerate((6, 12, 24, 48))
    }


def everything(report: Report, folder: Path) -> dict[str, str]:
    """Write all there is but figures; return the texts by name."""
    tables = tables_of(report, ["bandwidth", "mel", "visqol"], intervals=True)
    write_tables(tables, folder / "tables")
    write_frames(report, folder / "data")
    write_page(report, folder / "report.html")
    texts = [p for p in folder.rglob("*") if p.suffix in (".md", ".csv", ".html", ".tex")]
    return {path.name: path.read_text() for path in texts}


def said(report: Report) -> str:
    return "\n".join(f"{missing.what}: {missing.reason}" for missing in report.missing)


@pytest.mark.slow
def test_a_whole_run(tmp_path: Path) -> None:
    report = make_report([write_run(tmp_path / "run", scores())], bd_bootstrap=50)
    written = everything(report, tmp_path / "report")
    assert {"paper.tex", "paper.md", "bd-mel.csv", "report.html"} <= set(written)
    assert report.missing == ()
    assert set(report.bd["anchor"]) == {"opus", "mp3"}
    assert "**Codecs by measured bitrate, means over 6 clips**" in written["paper.md"]
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", written["report.html"])
    kinds = [path.suffix for path in write_figures(report, tmp_path / "figures")]
    assert kinds.count(".svg") == kinds.count(".pdf") == kinds.count(".png") >= 3


@pytest.mark.slow
def test_a_codec_that_is_missing(tmp_path: Path) -> None:
    skipped = [{"kind": "codec", "what": "encodec", "reason": "its weights are not here"}]
    run = write_run(tmp_path / "run", scores(), skipped=skipped)
    report = make_report([run], bd_bootstrap=0)
    assert said(report) == "encodec: its weights are not here"
    assert "its weights are not here" in everything(report, tmp_path / "report")["report.html"]


@pytest.mark.slow
def test_a_metric_that_one_codec_lacks(tmp_path: Path) -> None:
    values = scores()
    for name in values:
        if name.startswith("mp3"):
            del values[name]["visqol"]
    report = make_report([write_run(tmp_path / "run", values)], bd_bootstrap=0)
    assert "visqol of mp3: not scored" in said(report)
    written = everything(report, tmp_path / "report")
    assert "visqol of mp3" in written["report.html"]
    assert "–" in written["paper.md"]


@pytest.mark.slow
def test_one_clip(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", scores(clips=1), clips=("a",))
    report = make_report([run], bd_bootstrap=50)
    assert "there is 1 clip" in said(report)
    assert report.summary["ci_low"].isna().all()
    assert write_figures(report, tmp_path / "figures")
    assert "there is 1 clip" in everything(report, tmp_path / "report")["report.html"]


def test_one_codec(tmp_path: Path) -> None:
    report = make_report([write_run(tmp_path / "run", scores(("opus",)))], bd_bootstrap=50)
    assert report.bd.empty
    assert report.paired.empty
    assert "there is one codec alone" in said(report)
    everything(report, tmp_path / "report")


@pytest.mark.slow
def test_cells_without_a_value(tmp_path: Path) -> None:
    values = scores()
    values["opus@6"]["visqol"] = ("silent reference",) * 6
    values["mp3@6"]["visqol"] = ("silent reference", *RISING[1:])
    report = make_report([write_run(tmp_path / "run", values)], bd_bootstrap=50)
    assert "visqol of mp3, opus on 6 clips: silent reference" in said(report)
    written = everything(report, tmp_path / "report")
    assert "silent reference" in written["report.html"]
    assert "silent reference" in written["paper.md"]


def test_a_run_without_results(tmp_path: Path) -> None:
    report = make_report([write_run(tmp_path / "run", {})])
    assert report.summary.empty
    page = write_page(report, tmp_path / "report.html")
    assert page.players == 0


def test_runs_are_joined(tmp_path: Path) -> None:
    first = write_run(tmp_path / "first", scores(("opus",)))
    second = write_run(tmp_path / "second", scores(("opus", "mp3")))
    report = make_report([first, second], bd_bootstrap=0)
    assert sorted(set(report.summary["series"])) == ["mp3", "opus"]
    assert (report.summary.query("metric == 'mel'")["clips"] == 6).all()


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    report = make_report([write_run(tmp_path / "run", scores())], bd_bootstrap=0)
    with pytest.raises(UsageError, match="visqol"):
        tables_of(report, ["mel", "visqal"])
    with pytest.raises(UsageError, match='"native"'):
        tables_of(report, ["mel:nativ"])


def test_one_run_need_not_be_a_list(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", scores())
    for given in (run, str(run), [("mine", str(run))]):
        assert make_report(given, bd_bootstrap=0).measurements.series == ["mp3", "opus"]


def test_an_ablation_takes_the_metrics_of_the_columns(tmp_path: Path) -> None:
    report = make_report([write_run(tmp_path / "run", scores())], bd_bootstrap=0)
    table = ablation_of(report, "opus", 24, ["bandwidth", "visqol"])
    assert [column.key for column in table.columns] == ["series", "bitrate_kbps", "visqol"]
