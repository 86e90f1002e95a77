"""What the page says of reports that are written by hand: who leads, what is compared."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from made_reports import made_measurements
from written_reports import SIX, TURNS, Points, page_of, report_of

from codecbench.categories import EVERY
from codecbench.reports.missing import what_is_missing, without_bd_rate
from codecbench.reports.page.content import make_content
from codecbench.reports.page.findings import find
from codecbench.reports.page.frontier_view import WIDTH, make_strips
from codecbench.reports.page.metrics_shown import headline_metrics, shown_metrics
from codecbench.reports.page.summary_view import summary_panels
from codecbench.reports.page.view import kbps
from codecbench.reports.statistics.bd import bd_matrix
from codecbench.reports.statistics.frontier import frontier
from codecbench.reports.statistics.paired import compare_at_like_bitrates
from codecbench.reports.summary import summarise

pytestmark = pytest.mark.slow


def test_the_summary_names_who_is_best_from_which_bitrate_on() -> None:
    report = report_of(TURNS, ["speech"] * 3 + ["music"] * 3)
    findings = find(report, headline_metrics(shown_metrics(report.summary)))
    assert findings.measured == (
        "2 codecs at 7 operating points, from 3.00 to 24.0 kbps, coded 6 clips of music and speech "
        "(12 s of audio, mono; protocol paper, compared at 44.1 kHz)."
    )
    assert findings.main.startswith("By ViSQOL, lyra is best from 3.00 kbps on and opus from 12.0.")
    assert findings.main.endswith(
        "lyra is best by both metrics from 3.00 to 12.0 kbps and opus by both from 12.0 kbps on."
    )
    assert any(said.startswith("6 clips are few") for said in findings.sure)


def main_of(points: Points) -> str:
    report = report_of(points)
    return find(report, headline_metrics(shown_metrics(report.summary))).main


def test_a_codec_leads_only_where_another_was_measured() -> None:
    points: Points = {
        ("dac", 0.9): {"mel": [2.5] * 6},
        ("dac", 6.0): {"mel": [2.0] * 6},
        ("opus", 5.3): {"mel": [4.0] * 6},
        ("opus", 24.0): {"mel": [1.0] * 6},
        ("aac", 25.0): {"mel": [0.9] * 6},
        ("aac", 99.0): {"mel": [0.1] * 6},
    }
    assert main_of(points) == (
        "dac was measured alone below 5.30 kbps and aac was measured alone above 25.0 kbps. "
        "By Mel, dac is best from 5.30 kbps on and aac from 25.0."
    )
    apart: Points = {("a", 1.0): {"mel": SIX}, ("b", 9.0): {"mel": [0.1] * 6}}
    assert main_of(apart).startswith("No two codecs were measured at like bitrates")


def test_a_lead_between_two_points_that_miss_each_other_does_not_count() -> None:
    points: Points = {
        ("opus", 12.0): {"mel": [3.0] * 6},
        ("aac", 24.8): {"mel": [2.5] * 6},
        ("opus", 25.3): {"mel": [2.0] * 6},
        ("aac", 12.1): {"mel": [3.5] * 6},
    }
    assert main_of(points) == "By Mel, opus is best from 12.0 kbps on."
    strips = make_strips(
        report_of(points).frontier, shown_metrics(report_of(points).summary), EVERY, 1
    )
    assert strips is not None
    assert [block.series for block in strips.strips[0].blocks] == ["opus"]


def test_the_first_paragraph_says_what_the_strips_draw() -> None:
    """opus can be had for less than any other; of the rates above, each metric says its own."""
    points: Points = {
        ("opus", 5.3): {"mel": [5.0] * 6, "stft": [5.0] * 6, "si_sdr": [1.0] * 6},
        ("lyra", 6.0): {"mel": [3.0] * 6, "stft": [3.0] * 6, "si_sdr": [0.0] * 6},
        ("opus", 12.0): {"mel": [4.0] * 6, "stft": [2.5] * 6, "si_sdr": [2.0] * 6},
        ("opus", 24.0): {"mel": [1.0] * 6, "stft": [1.0] * 6, "si_sdr": [9.0] * 6},
        ("lyra", 9.2): {"mel": [2.9] * 6, "stft": [2.9] * 6, "si_sdr": [0.1] * 6},
        ("lyra", 24.5): {"mel": [2.8] * 6, "stft": [2.8] * 6, "si_sdr": [0.2] * 6},
    }
    report = report_of(points)
    metrics = headline_metrics(shown_metrics(report.summary))
    strips = make_strips(report.frontier, metrics, EVERY, 1)
    assert strips is not None
    by_metric = [[(block.series, block.words) for block in strip.blocks] for strip in strips.strips]
    assert by_metric == [
        [
            ("opus", "opus (5.30 kbps)"),
            ("lyra", "lyra (6.00 to 9.20 kbps)"),
            ("opus", "opus (24.0 kbps)"),
        ],
        [
            ("opus", "opus (5.30 kbps)"),
            ("lyra", "lyra (6.00 to 9.20 kbps)"),
            ("opus", "opus (12.0 to 24.0 kbps)"),
        ],
        [("opus", "opus (5.30 to 24.0 kbps)")],
    ]
    assert main_of(points).endswith(
        "lyra is best by 2 of the 3 metrics from 6.00 to 12.0 kbps and opus by at least 2 of the 3 "
        "from 12.0 kbps on."
    )


def test_layouts_are_neither_compared_nor_ranked_together() -> None:
    """b is better and takes less, but coded other clips: stereo ones."""
    mono = made_measurements({("a", 8.0): {"mel": [2.0, 2.1]}, ("c", 9.0): {"mel": [3.0, 3.1]}})
    stereo = made_measurements({("b", 6.0): {"mel": [1.0, 1.1]}, ("d", 6.5): {"mel": [0.5, 0.6]}})
    others = stereo.rows.assign(
        channels=2, **{name: "s" + stereo.rows[name].astype(str) for name in ("clip", "clip_hash")}
    )
    rows = pd.concat(
        [mono.rows, others.assign(encoding_key="s" + others["encoding_key"].astype(str))]
    )
    joined = replace(mono, rows=rows)
    summary = summarise(joined)
    ahead = frontier(summary)
    assert set(ahead[ahead.channels == 1]["series"]) == {"a"}
    assert set(ahead[ahead.channels == 2]["series"]) == {"b", "d"}
    paired = compare_at_like_bitrates(joined, summary)
    assert set(zip(paired.a, paired.b, strict=True)) == {("a", "c"), ("b", "d")}
    bd = bd_matrix(joined, summary, bootstrap=0)
    assert set(map(frozenset, zip(bd.anchor, bd.test, strict=True))) == {
        frozenset("ac"),
        frozenset("bd"),
    }
    ((_, table),) = summary_panels(summary, ahead, shown_metrics(summary)).tables
    assert "(2 mono and 2 stereo clips)" in table.caption
    assert [row[0].text for row in table.rows] == ["a", "c", "b", "d"]
    assert [row[2].mark for row in table.rows] == ["best", "second", "second", "best"]
    gaps = {gap.what: gap.reason for gap in what_is_missing(joined, summary)}
    assert not any("not coded" in reason for reason in gaps.values())
    assert gaps["comparisons between layouts"].startswith("2 mono and 2 stereo clips were coded")


def test_few_clips_are_not_tested_and_it_is_said() -> None:
    points = {(s, 8.0): {"mel": [1.0, 2.0, v]} for s, v in (("a", 3.0), ("b", 4.0))}
    report = report_of(points)
    sure = find(report, headline_metrics(shown_metrics(report.summary))).sure
    assert "Too few clips to test differences of codecs: 5 are needed, 3 are here." in sure
    assert not any("show a difference" in said for said in sure)
    panels = make_content(report).paired
    assert panels is not None
    (row,) = panels.tables[0][1].rows
    assert [row[place].text for place in (4, 5, 6)] == ["−0.333", "–", "–"]
    assert row[6].interval  # says why


def test_the_matrix_has_the_codec_compared_with_in_rows_as_the_tables_have() -> None:
    scores = [3.0, 3.2, 2.8, 3.1, 2.9, 3.0]
    points = {
        ("a", rate): {"mel": [score / rate for score in scores]} for rate in (8.0, 12.0, 16.0, 24.0)
    }
    for rate in (8.0, 12.0, 16.0, 24.0):  # b spends a tenth more for the same
        points["b", 1.1 * rate] = points["a", rate]
    panels = make_content(report_of(points)).bd
    assert panels is not None
    row_of_a = panels.tables[0][1].rows[0]
    assert [cell.text for cell in row_of_a] == ["a", "·", "+10.0 %"]


def test_a_codec_without_any_comparison_is_told_once_and_has_no_row() -> None:
    rates = (8.0, 12.0, 16.0, 24.0)
    points = {("a", rate): {"mel": [score / rate for score in SIX]} for rate in rates}
    points |= {("b", 1.1 * rate): points["a", rate] for rate in rates}
    points |= {("lyra", rate): points["a", rate] for rate in rates[:3]}
    panels = make_content(report_of(points)).bd
    assert panels is not None
    matrix = panels.tables[0][1]
    assert [row[0].text for row in matrix.rows] == ["a", "b"]
    why = "lyra has 3 operating points with a bitrate, and 4 are needed."
    assert matrix.notes == (why,)
    text = page_of(report_of(points))
    assert text.count(why) == 1


def test_without_two_codecs_of_enough_points_no_matrix_is_drawn() -> None:
    report = report_of(TURNS)
    assert make_content(report).bd is None
    text = page_of(replace(report, missing=tuple(without_bd_rate(report.bd))))
    assert "no two codecs of these runs can be compared by it" in text
    assert text.count("it has 3 operating points with a bitrate, and 4 are needed") == 1
    assert 'id="bd"' not in text


def test_a_codec_that_is_always_best_is_said_to_be() -> None:
    points = {("good", 8.0): {"mel": SIX}, ("bad", 9.0): {"mel": [9.0] * 6}}
    report = report_of(points)
    main = find(report, headline_metrics(shown_metrics(report.summary))).main
    assert main == "By Mel, no codec does better than good at any of its bitrates."


def test_strips_fill_their_axis_in_the_order_of_bitrate() -> None:
    report = report_of(TURNS)
    strips = make_strips(report.frontier, shown_metrics(report.summary), EVERY, 1)
    assert strips is not None
    for strip in strips.strips:
        assert [block.series for block in strip.blocks] == ["lyra", "opus"]
        assert strip.blocks[0].left == 0
        assert sum(block.width for block in strip.blocks) == pytest.approx(WIDTH, abs=0.2)


@pytest.mark.parametrize(
    ("bps", "words"), [(861.3, "0.86"), (6005, "6.00"), (24050, "24.1"), (128000, "128")]
)
def test_bitrates_have_three_digits(bps: float, words: str) -> None:
    assert kbps(bps) == words
