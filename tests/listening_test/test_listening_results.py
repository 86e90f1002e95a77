"""From ratings to files: tables by hand, designs at their edges, webMUSHRA's layout."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rated_designs import QUALITY, STANDARD, design, no_events, one, ratings, who

from codecbench.categories import EVERY
from codecbench.listening_test.report import report
from codecbench.listening_test.results import Results, analyse, write
from codecbench.listening_test.simulated_raters import (
    Population,
    SimulatedRater,
    simulated_ratings,
)
from codecbench.listening_test.test_file import (
    AnalysisPlan,
    Condition,
    ListeningTest,
    Pages,
    Question,
    content_hash,
)

pytestmark = pytest.mark.slow

QUICK = AnalysisPlan(permutations=200)


def simulated(test: ListeningTest, *raters: SimulatedRater) -> pd.DataFrame:
    return simulated_ratings(test, raters, Population(QUALITY))


def good(count: int) -> list[SimulatedRater]:
    return [SimulatedRater(f"R{k}") for k in range(count)]


def analysed(test: ListeningTest, frame: pd.DataFrame) -> Results:
    return analyse(test, frame, no_events(), who(*sorted(set(frame.rater))))


def assert_every_gap_has_a_reason(results: Results) -> None:
    for table in (results.conditions, results.items, results.comparisons):
        needed = [name for name in ("ci_low", "ci_high", "mean", "wilcoxon_p") if name in table]
        gaps = table[table[needed].isna().any(axis=1)]
        assert (gaps.reason != "").all(), gaps
    if not results.anova or results.mixed is None or results.reliability is None:
        assert results.not_computed


def test_tables_by_hand() -> None:
    """Three raters of two items: means 15, 35, 70 of opus; t(0.975, 2) = 4.302653."""
    test = design(2, plan=QUICK)
    scores = {"a": [10, 20], "b": [30, 40], "c": [60, 80]}
    frame = ratings(test, {rater: {"opus@6": list(of)} for rater, of in scores.items()})
    row = one(analysed(test, frame).conditions, category=EVERY, condition="opus@6")
    assert row["mean"] == 40
    half = 4.302653 * np.sqrt(((25**2 + 5**2 + 30**2) / 2) / 3)
    assert row["ci_high"] == pytest.approx(40 + half, rel=1e-6)
    of_scores = ("median", "quartile_1", "quartile_3", "iqr")
    assert [row[name] for name in of_scores] == [35, 22.5, 55, 32.5]
    assert (row["raters"], row["items"], row["scores"]) == (3, 2, 6)
    assert row["bitrate_bps"] == 6000


def test_a_stimulus_heard_twice_counts_once() -> None:
    test = design(1, plan=QUICK)
    first = ratings(test, {"a": {"opus@6": [40]}, "b": {"opus@6": [50]}})
    second = ratings(test, {"a": {"opus@6": [60]}}).assign(presentation=1, page=1)
    results = analysed(test, pd.concat([first, second], ignore_index=True))
    row = one(results.conditions, category=EVERY, condition="opus@6")
    assert (row["mean"], row["scores"]) == (50, 2)
    assert one(results.raters, rater="a")["repeat_difference"] == 20
    assert one(results.raters, rater="b")["replicates"] == 0


def test_left_out_raters_are_named_and_not_counted() -> None:
    test = design(6, plan=QUICK)
    frame = simulated(test, *good(5), SimulatedRater("X", "careless"))
    results = analysed(test, frame)
    assert list(results.exclusions.rater) == ["X"]
    assert set(results.cells.rater) == {f"R{k}" for k in range(5)}
    assert set(results.ratings.rater) == {*results.cells.rater, "X"}
    assert len(results.raters) == 6
    text = report(results)
    assert "**Raters before screening**: 6" in text
    assert "**Raters after screening**: 5" in text
    assert re.search(r"X \(hidden reference under 90 on \d of 6 trials", text)
    assert content_hash(test) in text
    assert set(results.ratings[~results.ratings.kept].rater) == {"X"}


def test_all_files_are_written_and_say_the_same_twice(tmp_path: Path) -> None:
    test = design(5, plan=QUICK)
    results = analysed(test, simulated(test, *good(4)))
    written = write(results, tmp_path / "one")
    names = {path.relative_to(tmp_path / "one").as_posix() for path in written}
    tables = "ratings raters items conditions exclusions comparisons events answers mushra"
    plots = {f"plots/{p}.{k}" for p in ("boxes", "violins", "items") for k in ("svg", "pdf", "png")}
    assert names == {f"{table}.csv" for table in tables.split()} | {"report.md"} | plots
    write(analysed(test, simulated(test, *good(4))), tmp_path / "two")
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert not list(tmp_path.rglob(".part-*"))


def test_plots_that_no_longer_hold_are_removed(tmp_path: Path) -> None:
    test = design(5, plan=QUICK)
    write(analysed(test, simulated(test, *good(4))), tmp_path)
    (tmp_path / "plots" / "mine.png").write_bytes(b"")
    write(analysed(test, simulated(test, *good(4)).iloc[:0]), tmp_path)
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["mine.png"]


@pytest.mark.parametrize(
    ("items", "raters", "reason"),
    [
        (5, 0, "there are no ratings yet"),
        (5, 1, "mixed model: 1 rater,"),
        (1, 4, "at least 2 are needed|1 item"),
    ],
)
def test_small_tests_say_what_cannot_be_computed(items: int, raters: int, reason: str) -> None:
    test = design(items, plan=QUICK)
    results = analysed(test, simulated(test, *good(max(raters, 1))).iloc[: raters * items * 5])
    assert any(re.search(reason, line) for line in results.not_computed)
    assert_every_gap_has_a_reason(results)
    assert "nan" not in report(results).lower()


def test_nobody_is_left_after_screening() -> None:
    test = design(5, plan=QUICK)
    results = analysed(test, simulated(test, SimulatedRater("X", "reversed")))
    assert results.kept == 0
    assert results.not_computed == ("everything: every rater was left out by the screening",)
    assert_every_gap_has_a_reason(results)


def test_a_departed_design_without_anchors() -> None:
    test = design(5, STANDARD[3:], plan=QUICK)
    results = analysed(test, simulated(test, *good(4)))
    assert "screening by the hidden reference: the design has none" in results.not_computed
    assert "screening by the mid anchor: the design has none" in results.not_computed
    assert list(results.comparisons.family) == ["between codecs"]
    assert results.anova


def test_raters_who_stopped_still_count_where_they_can() -> None:
    """One of five rated two items of six: the two-way ANOVA is of the other four."""
    test = design(6, plan=QUICK)
    frame = simulated(test, *good(5))
    frame.loc[(frame.rater == "R0") & (frame.page >= 2), "completed"] = False
    results = analysed(test, frame)
    assert results.anova[0].df_error == 4 * 3
    assert results.mixed is not None
    assert (results.mixed.raters, results.mixed.ratings) == (5, 5 * (4 * 6 + 2))
    verdict = {v.rater: v for v in results.verdicts}["R0"]
    assert (verdict.kept, verdict.judged, verdict.trials) == (True, False, 2)
    assert_every_gap_has_a_reason(results)


def test_raters_with_different_items_have_a_one_way_anova() -> None:
    test = design(6, plan=QUICK)
    frame = simulated(test, *good(4))
    mine = {f"R{k}": {f"i{(k + j) % 6:02}" for j in range(3)} for k in range(4)}
    frame = frame[
        [item in mine[rater] for rater, item in zip(frame.rater, frame.item, strict=True)]
    ]
    results = analysed(test, frame)
    assert [effect.name for effect in results.anova] == ["condition"]
    assert any("all 6 items" in line for line in results.not_computed)


def test_acr_has_no_screening_but_means() -> None:
    conditions = (STANDARD[0], STANDARD[3])
    test = design(5, conditions, kind="acr", plan=QUICK)
    scores = {f"r{k}": {"reference": [5] * 5, "opus@6": [2, 3, 2, 3, 2 + k % 2]} for k in range(4)}
    results = analysed(test, ratings(test, scores))
    assert results.kept == 4
    assert any("not ACR" in line for line in results.not_computed)
    row = one(results.conditions, category=EVERY, condition="opus@6")
    assert row["mean"] == pytest.approx((12 / 5 + 13 / 5) / 2)


def test_questions_called_as_columns_of_webmushra(tmp_path: Path) -> None:
    names = ("uuid", "rating_score", "answer_uuid", "age")
    questions = tuple(Question(name, "text", {"en": name}) for name in names)
    test = design(1, plan=QUICK, pages=Pages(questions=questions))
    answers = pd.DataFrame({"rater": "a", "page": 1, "name": names, "value": names})
    write(
        analyse(test, ratings(test, {"a": {"dac@8": [61]}}), no_events(), who("a"), answers),
        tmp_path,
    )
    with (tmp_path / "mushra.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["uuid"], row["rating_score"], row["age"]) == ("a", "61", "age")
    assert [row[f"answer_{name}"] for name in names[:2]] == ["uuid", "rating_score"]
    assert row["answer_answer_uuid"] == "answer_uuid"


def test_a_category_called_all_is_one_of_them(tmp_path: Path) -> None:
    test = design(3, plan=QUICK)
    kinds = dict(zip([item.id for item in test.items], ("all", "all clips", "r&b"), strict=True))
    items = tuple(replace(item, category=kinds[item.id]) for item in test.items)
    test = replace(test, items=items)
    scores = {rater: {"opus@6": [10, 20, 60]} for rater in ("a", "b")}
    frame = ratings(test, scores)
    found = analysed(test, frame).conditions
    assert not found.duplicated(["category", "condition"]).any()
    means = {c: one(found, category=c, condition="opus@6")["mean"] for c in set(found.category)}
    assert means == {EVERY: 30, "all": 10, "all clips": 20, "r&b": 60}


def test_conditions_of_any_name_are_drawn_and_written(tmp_path: Path) -> None:
    names = ("_x", "$\\frac$", "a|b_c*<d>", "音乐")
    test = design(2, plan=QUICK)
    test = replace(test, conditions=tuple(Condition(name, "codec") for name in names))
    scores = {r: {name: [10 * i, 20 + i] for i, name in enumerate(names)} for r in ("a", "b")}
    written = write(analysed(test, ratings(test, scores)), tmp_path)
    assert {"boxes.svg", "items.svg"} <= {path.name for path in written}
    legend = (tmp_path / "plots" / "items.svg").read_text()
    assert all(name in legend for name in ("_x", "$\\frac$", "[U+97F3][U+4E50]"))
    rows = [line for line in (tmp_path / "report.md").read_text().splitlines() if "a\\|b" in line]
    assert rows
    assert all(r"a\|b\_c\*\<d\>" in row for row in rows)


def test_webmushra_layout(tmp_path: Path) -> None:
    """As webMUSHRA's write.php: session_test_id, the questionnaire's fields, then five columns."""
    questions = (Question("age", "number", {"en": "Age"}), Question("job", "text", {"en": "Job"}))
    test = design(1, plan=QUICK, pages=Pages(questions=questions))
    scores = {"a": {"reference": [100], "anchor35": [20], "dac@8": [61]}, "b": {"dac@8": [70]}}
    events = pd.DataFrame({"rater": ["a", "a"], "page": [0, 0], "at_s": [0.5, 12.25]})
    answers = pd.DataFrame(
        {"rater": ["a", "a"], "page": 1, "name": ["age", "job"], "value": ["31", 'a, "b"; ä']}
    )
    write(analyse(test, ratings(test, scores), events, who("a", "b"), answers), tmp_path)
    with (tmp_path / "mushra.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    last = ["trial_id", "rating_stimulus", "rating_score", "rating_time", "rating_comment"]
    assert head == ["session_test_id", "age", "job", "uuid", *last]
    assert rows[0] == ["t", "31", 'a, "b"; ä', "a", "i00", "reference", "100", "12250", ""]
    assert [row[5] for row in rows] == ["reference", "anchor35", "dac@8", "dac@8"]
    assert rows[3] == ["t", "", "", "b", "i00", "dac@8", "70", "", ""]
