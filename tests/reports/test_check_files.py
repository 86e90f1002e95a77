"""Baseline files, and verdicts as Markdown, JUnit XML and JSON."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from made_sides import make_side

from codecbench.errors import ReportError
from codecbench.reports.check.baseline_file import read_baseline, write_baseline
from codecbench.reports.check.checking import check_sides
from codecbench.reports.check.course import make_course
from codecbench.reports.check.json_file import to_json
from codecbench.reports.check.junit import to_junit
from codecbench.reports.check.markdown import to_markdown
from codecbench.reports.check.verdict import Verdict

GENERATOR = np.random.default_rng(1)
VALUES = 2 + GENERATOR.standard_normal(10)
NOISE = GENERATOR.standard_normal(10)


@pytest.fixture
def verdict() -> Verdict:
    """One cell of each kind, under names that need care."""
    codec = "dac:a_b|<c>.pth"
    before = {"mel@7.75": VALUES, "stft@7.75": VALUES, "visqol@7.75": VALUES, "l1@2": VALUES}
    after = {
        "mel@7.75": VALUES + 0.5 + 0.01 * NOISE,
        "stft@7.75": VALUES + 0.2 * NOISE,
        "visqol@7.75": VALUES,
        "l1@2": VALUES,
    }
    return check_sides(make_side({codec: before}), make_side({codec: after}))


def test_a_baseline_file_gives_back_what_it_was_given(tmp_path: Path) -> None:
    values = VALUES.copy()
    values[3] = np.nan
    side = make_side(
        {"one": {"mel@6": values, "bitrate@6": 6000 + VALUES}}, groups=list("aabbccdddd")
    )
    path = tmp_path / "baselines" / "base.json"
    write_baseline(side, path)
    again = read_baseline(path)
    assert again.clips == side.clips
    for quantity, measured in side.series["one"].cells.items():
        found = again.series["one"].cells[quantity]
        assert found.reasons == measured.reasons
        np.testing.assert_equal(dict(found.values), dict(measured.values))
    assert again.series["one"].subject == side.series["one"].subject
    assert check_sides(again, side).outcome == "pass"
    first = path.read_bytes()
    write_baseline(again, path)
    assert path.read_bytes() == first


def test_a_baseline_file_has_one_line_a_cell_so_that_its_diff_can_be_read(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("old.json", "new.json")]
    for path, shift in zip(paths, (0.0, 0.25), strict=True):
        write_baseline(make_side({"one": {"mel@6": VALUES + shift, "l1@6": VALUES}}), path)
    old, new = (path.read_text().splitlines() for path in paths)
    changed = [line for line in new if line not in old]
    assert len(old) == len(new)
    assert len(changed) == 1
    assert f'"mean": {np.mean(VALUES + 0.25):.7g}' in changed[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "neither a run nor a baseline file"),
        ("[]", "not a baseline file"),
        ('{"format": "codecbench baseline", "version": 99}', "of version 99"),
        ('{"format": "codecbench baseline", "version": 1, "clips": []}', "damaged"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "base.json"
    path.write_text(text)
    with pytest.raises(ReportError, match=said) as caught:
        read_baseline(path)
    assert str(path) in str(caught.value)


def test_junit_has_a_case_a_cell_and_what_ci_systems_count(verdict: Verdict) -> None:
    root = ET.fromstring(to_junit(verdict))
    assert root.tag == "testsuites"
    suites = list(root)
    assert [suite.tag for suite in suites] == ["testsuite"] * 2  # two operating points
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == 4
    for element in (root, *suites):
        inside = element.findall(".//testcase")
        assert int(element.attrib["tests"]) == len(inside)
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.attrib[kind]) == len(element.findall(f".//{tag}"))
    for case in cases:
        assert case.attrib["name"]
        assert case.attrib["classname"].count(".") == 1  # a package and a class, as Jenkins has it
        assert len(case) <= 1
    kinds = {case.attrib["name"]: [said.tag for said in case] for case in cases}
    assert kinds == {"mel": ["failure"], "stft": ["error"], "visqol": [], "l1": []}
    said = root.find(".//failure")
    assert said is not None
    assert "worse by 0.499" in said.attrib["message"]
    assert said.text is not None
    assert "clip/" in said.text


def test_junit_tells_codecs_apart_whose_names_differ_in_a_sign() -> None:
    names = ("dac:a.b", "dac:a_b", "dac:a-b", "dac:a\x01b", "dac:a\x02b", "dac:a\udce9b", "a.b~c")
    before, after = (
        make_side({name: {"mel@7.75": VALUES + worse} for name in names}) for worse in (0, 1)
    )
    root = ET.fromstring(to_junit(check_sides(before, after)))
    places = [case.attrib["classname"] for case in root.findall("./testsuite/testcase")]
    assert len(set(places)) == len(places) == len(names)
    assert all(place.count(".") == 1 and place.endswith("@7_75") for place in places)


def test_markdown_shows_the_worst_first_and_keeps_its_tables_whole(verdict: Verdict) -> None:
    text = to_markdown(verdict)
    first = text.splitlines()[0]
    assert first.startswith("### ✘")
    assert "1 of 4 cells" in first
    assert "1 could not be judged" in first
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == 3
    for table in tables:
        columns = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(columns) == 1
    assert text.count("<details>") == text.count("</details>") == 2
    assert "<c>" not in text.replace("\\<c\\>", "")


def test_json_says_what_the_verdict_says(verdict: Verdict) -> None:
    content = json.loads(to_json(verdict))
    assert (content["verdict"], content["exit_status"]) == ("regression", 1)
    by_metric = {cell["metric"]: cell for cell in content["cells"]}
    mel = by_metric["mel"]
    assert mel["low"] > 0
    assert mel["candidate_mean"] - mel["baseline_mean"] == pytest.approx(mel["worse_by"])
    assert mel["clips_needed"] is None
    assert by_metric["stft"]["clips_needed"] > 10
    assert [change["worse_by"] for change in mel["worst"]] == sorted(
        (change["worse_by"] for change in mel["worst"]), reverse=True
    )


def test_a_course_shows_means_over_steps_and_each_verdict() -> None:
    before = make_side({"dac": {"mel@6": VALUES, "visqol@6": VALUES, "bitrate@6": 6000 + VALUES}})
    verdicts = []
    for shift in (0.5, 0.25, 0.0):
        after = {"mel@6": VALUES + shift, "visqol@6": VALUES - shift, "bitrate@6": 6000 + VALUES}
        verdicts.append(check_sides(before, make_side({"new": after})))
    course = make_course(["1", "2", "3"], [1, 2, 3], verdicts)
    by_metric = {line.metric: line for line in course.lines}
    mel, visqol = by_metric["mel"], by_metric["visqol"]
    assert mel.means == pytest.approx(VALUES.mean() + np.array([0.5, 0.25, 0]))
    assert mel.outcomes == ("regression", "regression", "pass")
    assert visqol.tolerated == pytest.approx(VALUES.mean() - 0.02)
    assert visqol.highs[0] == pytest.approx(visqol.means[0])  # all clips worse by the same
    assert by_metric["bitrate"].tolerated == pytest.approx((6000 + VALUES.mean()) * 1.01)
    text = to_markdown(verdicts[-1], course)
    assert "Over the steps of the training" in text
    assert json.loads(to_json(verdicts[-1], course))["course"]["steps"] == [1, 2, 3]
    assert not any(math.isnan(mean) for line in course.lines for mean in line.means)
