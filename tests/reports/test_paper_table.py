"""The paper's table and the ablation's, cell by cell."""

from __future__ import annotations

import io
import math
from copy import copy
from typing import Any

import pandas as pd
import pytest
from made_reports import Values, made_report

from codecbench.errors import UsageError
from codecbench.reports.tables.ablation import ablation_table
from codecbench.reports.tables.csv import to_csv
from codecbench.reports.tables.markdown import to_markdown
from codecbench.reports.tables.model import Cell, Table
from codecbench.reports.tables.paper import paper_table

SIX = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
POINTS: dict[tuple[str, float], dict[str, Values]] = {
    ("dac", 8.0): {"mel": [v - 1 for v in SIX], "visqol": SIX},
    ("dac", 2.5): {"mel": SIX, "visqol": [v - 2 for v in SIX]},
    ("opus", 24.0): {"mel": [v - 0.5 for v in SIX], "visqol": [v - 1 for v in SIX]},
}


def column(table: Table, key: str) -> list[Cell]:
    place = [column.key for column in table.columns].index(key)
    return [row.cells[place] for row in table.rows]


def texts(table: Table, key: str) -> list[str]:
    return [cell.text for cell in column(table, key)]


def notes(table: Table) -> dict[str, str]:
    return {note.mark: note.text for note in table.notes}


def test_codec_once_a_block_and_rates_upwards() -> None:
    table = paper_table(made_report(POINTS), ["bandwidth", "mel", "visqol"])
    names = [(cell.text, cell.repeats) for cell in column(table, "codec")]
    assert names == [("dac", False), ("dac", True), ("opus", False)]
    assert [row.starts_block for row in table.rows] == [True, False, True]
    assert texts(table, "bitrate_kbps") == ["2.50", "8.00", "24.00"]
    assert texts(table, "coded_bandwidth_khz") == ["22.05", "22.05", "12.00"]
    assert [column.title for column in table.columns][2:] == [
        "Bandwidth (kHz)",
        "Mel ↓",
        "ViSQOL ↑",
    ]


def test_best_and_second_are_over_all_rates_each_in_its_direction() -> None:
    table = paper_table(made_report(POINTS), ["mel", "visqol"])
    mel, visqol = column(table, "mel"), column(table, "visqol")
    assert [cell.text for cell in mel] == ["3.5", "2.5", "3.0"]
    assert [(c.best, c.second) for c in mel] == [(False, False), (True, False), (False, True)]
    assert [(c.best, c.second) for c in visqol] == [(False, False), (True, False), (False, True)]


def test_no_value_is_a_dash_with_its_reason_and_fewer_clips_are_not_ranked() -> None:
    points: dict[tuple[str, float], dict[str, Values]] = {
        ("a", 2.0): {"mel": SIX},
        ("b", 2.0): {"mel": [None, *(v - 9 for v in SIX[1:])]},
        ("c", 2.0): {"mel": [None] * 6},
        ("d", 2.0): {"stft": SIX},
    }
    table = paper_table(made_report(points), ["mel", "si_sdr"])
    mel = column(table, "mel")
    said = notes(table)
    assert [said[mark] for mark in mel[1].marks] == ["over 5 clips of 6, not ranked"]
    assert not any(cell.best for cell in mel)
    assert mel[2].text == mel[3].text == "–"
    assert [said[mark] for mark in mel[2].marks] == ["no value of Mel: the reference is silent"]
    assert [said[mark] for mark in mel[3].marks] == ["Mel was not measured here"]
    assert "si_sdr" not in [head.key for head in table.columns]
    assert table.notes[-1].text == "Not measured in these runs: SI-SDR."
    assert len(paper_table(made_report(points)).columns) == 5  # and no word of the usual ones


def test_layouts_are_ranked_apart() -> None:
    """The better value is of other clips."""
    report = made_report({("a", 2.0): {"mel": SIX}, ("b", 2.0): {"mel": [v + 1 for v in SIX]}})
    more = report.summary.assign(
        channels=2, series=report.summary["series"] + " 2", mean=report.summary["mean"] - 9
    )
    both: Any = copy(report)
    both.summary = pd.concat([report.summary, more], ignore_index=True)
    table = paper_table(both, ["mel"])
    assert texts(table, "codec") == ["a", "b", "a 2", "b 2"]
    assert [cell.best for cell in column(table, "mel")] == [True, False, True, False]
    assert "6 mono and 6 stereo clips" in table.title
    ablation = ablation_table(both, "a", columns=["mel"])
    assert texts(ablation, "series") == ["a", "b"]
    assert "Of another layout, and not compared: a 2, b 2." in [n.text for n in ablation.notes]


def test_rates_that_are_stated_or_miss_their_nominal_are_marked() -> None:
    stated = paper_table(made_report(POINTS, bitrate_is_measured=False), ["mel"])
    assert "bitrate as stated, not measured" in notes(stated).values()
    missed = paper_table(made_report(POINTS, bitrate_nominal_bps=5000.0), ["mel"])
    marked = [bool(cell.marks) for cell in column(missed, "bitrate_kbps")]
    assert marked == [True, True, True]
    assert "nominal bitrate 5 kbps" in notes(missed).values()


def test_anchors_stand_last_without_rank() -> None:
    anchors: dict[tuple[str, float], dict[str, Values]] = {
        ("lowpass", 3.5): {"mel": [v - 9 for v in SIX]}
    }
    table = paper_table(made_report(anchors | POINTS), ["mel"])
    assert texts(table, "codec")[-1] == "lowpass 3.5"
    assert texts(table, "bitrate_kbps")[-1] == "–"
    assert not column(table, "mel")[-1].best


def test_intervals_and_the_csv_carry_the_summary() -> None:
    report = made_report(POINTS)
    table = paper_table(report, ["mel"], intervals=True)
    frame = pd.read_csv(io.StringIO(to_csv(table)))
    summary = report.summary.query("metric == 'mel'").sort_values(["series", "bitrate_bps"])
    for ours, theirs in (("mel", "mean"), ("mel_low", "ci_low"), ("mel_high", "ci_high")):
        assert frame[ours].tolist() == pytest.approx(summary[theirs].tolist(), rel=1e-12)
    # The CSV names the codec in each row, the printed table once.
    assert frame["codec"].tolist() == ["dac", "dac", "opus"]
    low, high = (summary[end].iloc[0] for end in ("ci_low", "ci_high"))
    assert column(table, "mel")[0].interval == f"[{low:.1f}, {high:.1f}]"


def test_a_metric_of_two_protocols_has_two_columns() -> None:
    points: dict[tuple[str, float], dict[str, Values]]
    points = {("a", 2.0): {"mel": SIX, "mel:native": [v - 1 for v in SIX]}}
    report = made_report(points)
    table = paper_table(report, ["mel"])
    assert [c.key for c in table.columns][2:] == ["mel", "mel_native"]
    assert [texts(table, key) for key in ("mel", "mel_native")] == [["3.5"], ["2.5"]]
    assert [c.key for c in paper_table(report, ["mel:native"]).columns][2:] == ["mel_native"]


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda report: paper_table(report, ["visqul"]), '"visqol"'),
        (lambda report: paper_table(report, ["bandwith"]), '"bandwidth"'),
        (lambda report: paper_table(report, ["mel"], category="musik"), '"music"'),
        (lambda report: ablation_table(report, "dacc"), '"dac"'),
        (lambda report: ablation_table(report, columns=["mell"]), '"mel"'),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(call: Any, hint: str) -> None:
    report = made_report(POINTS, ["music"] * 3 + ["speech"] * 3)
    with pytest.raises(UsageError, match=f"Did you mean {hint}"):
        call(report)


def test_a_category_has_its_own_means() -> None:
    report = made_report(POINTS, ["music"] * 3 + ["speech"] * 3)
    table = paper_table(report, ["mel"], category="speech")
    assert texts(table, "mel") == ["5.00", "4.00", "4.50"]
    assert "3 clips of speech" in table.title


def test_one_codec_one_clip_still_makes_a_table() -> None:
    table = paper_table(made_report({("a", 2.0): {"mel": [1.25]}}), ["mel"], intervals=True)
    (cell,) = column(table, "mel")
    assert (cell.text, cell.interval, cell.best) == ("1.25", "", False)
    assert "over 1 clip" in table.title


def test_markdown_says_what_it_is_given() -> None:
    points: dict[tuple[str, float], dict[str, Values]]
    points = {("a|b_c*", 2.0): {"mel": SIX}, ("d", 2.0): {"mel": [v - 1 for v in SIX]}}
    lines = to_markdown(paper_table(made_report(points), ["mel"])).splitlines()
    assert r"| a\|b\_c\* | 2.00 | 3.5 |" in lines
    assert "| d | 2.00 | **2.5** |" in lines
    cells = [line.replace(r"\|", "").count("|") for line in lines if line.startswith("|")]
    assert set(cells) == {4}


ABLATION: dict[tuple[str, float], dict[str, Values]] = {
    ("base", 8.0): {"mel": SIX},
    ("base", 4.0): {"mel": [v + 1 for v in SIX]},
    ("alpha", 7.8): {"mel": [1.5, 2.4, 3.6, 4.5, 5.4, None]},
    ("zeta", 24.0): {"mel": SIX},
}


def test_an_ablation_has_its_baseline_first_at_the_nearest_points() -> None:
    table = ablation_table(made_report(ABLATION), "base", columns=["mel"])
    assert texts(table, "series") == ["base", "alpha"]
    assert texts(table, "bitrate_kbps") == ["8.00", "7.80"]
    assert "Without a point within a factor of 1.5 of 8 kbps: zeta" in table.notes[-1].text
    lower = ablation_table(made_report(ABLATION), "base", kbps=4, columns=["mel"])
    assert texts(lower, "bitrate_kbps") == ["4.00"]


def test_a_mean_over_fewer_clips_is_marked_and_not_ranked() -> None:
    table = ablation_table(made_report(ABLATION), "base", columns=["mel"])
    base, alpha = column(table, "mel")
    assert [notes(table)[mark] for mark in alpha.marks] == ["over 5 clips of 6, not ranked"]
    assert not base.marks
    assert not alpha.best


def test_a_column_without_any_value_is_left_to_a_note() -> None:
    table = ablation_table(made_report(ABLATION), "base", columns=["mel", "visqol"])
    assert [column.key for column in table.columns] == ["series", "bitrate_kbps", "mel"]
    assert table.notes[-1].text == "Left out, for no model has a value: ViSQOL."
    assert len(ablation_table(made_report(ABLATION), columns=["visqol"]).columns) == 2


@pytest.mark.parametrize("kbps", [-3.0, 0.0, math.nan, math.inf, 1000.0])
def test_an_ablation_is_at_a_rate_that_its_baseline_has(kbps: float) -> None:
    with pytest.raises(UsageError, match="it has 4, 8 kbps" if kbps == 1000 else "above 0"):
        ablation_table(made_report(ABLATION), "base", kbps=kbps)
    anchor = {("lowpass", 3.5): {"mel": SIX}} | ABLATION
    with pytest.raises(UsageError, match="lowpass has no bitrate"):
        ablation_table(made_report(anchor), "lowpass")


def test_differences_are_paired() -> None:
    """0.5, 0.4, 0.6, 0.5, 0.4 on the five clips that both have: 0.48, t(4) = 2.776."""
    table = ablation_table(
        made_report(ABLATION), "base", columns=["mel"], differences=True, intervals=True
    )
    base, alpha = column(table, "mel")
    assert base.text[0] not in "+−"
    assert alpha.mean == pytest.approx(0.48)
    half = 2.7764451 * (0.007 / 5) ** 0.5
    assert alpha.low <= 0.48 - half + 1e-6
    assert alpha.high >= 0.48 + half - 1e-6
    assert alpha.high - alpha.low < 4 * half
    assert alpha.text.startswith("+0.48")
    assert [notes(table)[mark] for mark in alpha.marks] == [
        "over the 5 clips that both have, 1 left out"
    ]
    assert not any(cell.best for cell in (base, alpha))
