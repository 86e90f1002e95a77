"""Names that are the program's own words, or alike but for a sign, through all of a report."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from small_runs import write_run

from codecbench import make_report
from codecbench.categories import EVERY
from codecbench.files import file_name
from codecbench.reports.check.sides import Subject, names_apart
from codecbench.reports.figures.style import plain
from codecbench.reports.output import tables_of, write_figures, write_frames, write_tables
from codecbench.reports.page.page import write_page
from codecbench.reports.report import Report
from codecbench.reports.series import SeriesKey, label_series
from codecbench.reports.tables.bd import bd_table
from codecbench.reports.tables.csv import to_csv

pytestmark = pytest.mark.slow

CATEGORIES = ["all", "all clips", "", "native", "r&b", "r b", "音乐", "语音", "$x_{$", "r|<b>"]
CODECS = ["folder:net", "folder:net_low", "frontier"]
ODD = ["_x", "café", "cafe\u0301", "100%", "#1", "a~b", "back\\slash", "{", "[U+97F3]", "frontier"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A clip of each category by each codec, at four rates."""
    scores = {
        f"{codec}@{kbps}": {"mel": [9 - step + place / 5 + i / 100 for i in range(len(CATEGORIES))]}
        for place, codec in enumerate(CODECS)
        for step, kbps in enumerate((6, 12, 24, 48))
    }
    clips = ["nan", "manifest", *(f"clip {i}" for i in range(2, len(CATEGORIES)))]
    folder = tmp_path_factory.mktemp("stored") / "run"
    run = write_run(folder, scores, clips=clips, categories=CATEGORIES)
    return make_report([run], bd_bootstrap=0)


def test_no_row_of_the_summary_is_there_twice(report: Report) -> None:
    summary = report.summary
    keys = ["series", "point", "category", "metric", "protocol"]
    assert not summary.duplicated(keys).any()
    mel = summary[
        (summary.metric == "mel") & (summary["series"] == "frontier") & (summary.point == "6")
    ]
    clips = dict(zip(mel.category, mel.clips, strict=True))
    expected = {category: 1 for category in CATEGORIES if category}
    assert clips == expected | {EVERY: len(CATEGORIES)}


def test_each_category_has_its_table_and_its_label(report: Report, tmp_path: Path) -> None:
    tables = tables_of(report, ["mel"])
    assert (
        len(tables) == len(CATEGORIES) + 1
    )  # that of all clips, and BD-rates; none for clips without category
    written = write_tables(tables, tmp_path)
    assert len(list(tmp_path.iterdir())) == len(written) == 3 * len(tables)
    assert {f"paper-{file_name(c)}.csv" for c in ("all", "r&b")} <= {p.name for p in written}
    texts = [path.read_text() for path in written if path.suffix == ".tex"]
    labels = [label for text in texts for label in re.findall(r"\\label\{(.*)\}", text)]
    assert len(set(labels)) == len(tables)
    assert all(re.fullmatch(r"tab:[A-Za-z0-9.-]+", label) for label in labels)
    assert len({table.title for table in tables.values()}) == len(tables)


def test_a_table_of_bd_rates_has_a_label_for_each_metric_and_category(report: Report) -> None:
    tables = [bd_table(report, "mel", category=c) for c in (EVERY, "all", "native", "r&b", "r b")]
    assert len({table.label for table in tables}) == len(tables)
    native = replace(report, bd=report.bd.assign(protocol="native"))
    assert bd_table(native, "mel").label not in {table.label for table in tables}


def test_no_column_of_a_csv_is_there_twice(report: Report) -> None:
    head, first, *_ = csv.reader(io.StringIO(to_csv(bd_table(report, "mel"))))
    assert len(set(head)) == len(head) == len(first)
    assert {"folder:net", "folder:net_low", "notes"} <= set(head)
    # The column of the codec has its rate, and not an end of the other's interval.
    row = dict(zip(head, first, strict=True))
    assert row["compared_with"] == "folder:net"
    assert float(row["folder:net_low"]) != 0
    assert row["folder:net__low"] == ""


def test_categories_come_back_from_a_csv_as_they_are(report: Report, tmp_path: Path) -> None:
    write_frames(report, tmp_path)
    with (tmp_path / "summary.csv").open(newline="", encoding="utf-8") as file:
        found = {row["category"] for row in csv.DictReader(file)}
    assert found == {category for category in CATEGORIES if category} | {EVERY}


def test_figures_and_the_page_are_drawn(report: Report, tmp_path: Path) -> None:
    names = [path.name for path in write_figures(report, tmp_path / "figures")]
    assert len(set(names)) == len(names)
    legend = (tmp_path / "figures" / "rate-overview.svg").read_text()
    assert legend.count(">frontier<") + legend.count("\u200bfrontier") == 2
    write_page(report, tmp_path / "report.html", budget_bytes=0)
    page = (tmp_path / "report.html").read_text()
    assert "<b>&amp;amp;" not in page
    panels = re.findall(r'data-panel="([^"]*)"', page.partition('id="curves"')[0])
    assert len(panels) == len(set(panels)) == len(CATEGORIES)


def test_what_a_font_lacks_is_told_apart() -> None:
    assert plain("speech") == "speech"
    assert plain("音乐") == "[U+97F3][U+4E50]"
    assert len({plain(name) for name in ODD}) == len(ODD)


def test_a_codec_that_is_called_as_another_is_labelled() -> None:
    one = SeriesKey("x", "1", "0123456789", "cpu", 1, "a")
    alike = [one, replace(one, channels=2), replace(one, codec="x, mono")]
    lost = [replace(one, codec=f"folder:{name}") for name in ("\udce9", "\udcea")]
    numbered = [replace(one, weights_hash=f"012345{i}") for i in range(2)]
    labels = label_series([*alike, *lost, *numbered])
    assert len(set(labels.values())) == len(labels) == 7
    subjects = [Subject("x", "1", f"01234567{i}", "cpu") for i in range(3)]
    subjects += [Subject("x (weights 01234567)", "1", "", "cpu")]
    assert len(set(names_apart(subjects).values())) == 4
