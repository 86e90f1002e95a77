"""Pages of reports that lack much, and what no page may hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from made_reports import ANCHOR
from written_reports import SIX, TURNS, Points, page_of, report_of

from codecbench.reports.page.clip_names import common_folder
from codecbench.reports.page.page import write_page

pytestmark = pytest.mark.slow

LACKING: dict[str, Points] = {
    "one clip": {("a", 8.0): {"mel": [1.0]}, ("b", 8.0): {"mel": [2.0]}},
    "one codec": {("a", 8.0): {"mel": SIX}, ("a", 16.0): {"mel": SIX}},
    "one point": {("a", 8.0): {"mel": SIX}},
    "no value": {("a", 8.0): {"mel": [None] * 6}, ("b", 8.0): {"mel": SIX}},
    "no value at all": {("a", 8.0): {"mel": [None] * 6}},
    "anchors": {(ANCHOR, 7.0): {"mel": SIX}, ("b", 8.0): {"mel": SIX}},
    "anchors alone": {(ANCHOR, 7.0): {"mel": SIX}},
}


@pytest.mark.parametrize("lack", LACKING)
def test_a_report_that_lacks_much_still_has_a_page(lack: str, tmp_path: Path) -> None:
    report = report_of(LACKING[lack])
    facts = write_page(report, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert facts.players == 0
    assert ">Missing</h2>" in text
    assert not re.search(r"\b(nan|None|inf)\b", re.sub(r"(?s)<(script|style).*?</\1>", "", text))


def test_what_a_page_leaves_out_is_said_with_its_reason() -> None:
    text = page_of(report_of(LACKING["one codec"]))
    assert 'id="paired"' not in text
    assert "no codec of these runs has tokens" in text
    assert "nothing was timed" in text


def test_data_cannot_end_the_script_that_holds_it() -> None:
    evil = "</script><script>alert(1)</script><!--"
    text = page_of(report_of({(evil, 8.0): {"mel": SIX}, ("b", 9.0): {"mel": SIX}}))
    assert evil not in text
    blocks = re.findall(r'<script type="application/json" id="rate-data">(.*?)</script>', text)
    assert [one["label"] for one in json.loads(blocks[0])["series"]] == [evil, "b"]
    assert len(re.findall(r"<script", text)) == len(re.findall(r"</script>", text)) == 2


def test_the_policy_lets_nothing_run_but_the_pages_own_script() -> None:
    text = page_of(report_of(TURNS))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    assert "unsafe" not in policy[1]
    assert "default-src &#39;none&#39;" in policy[1]
    assert not re.search(r'<[a-z]+[^>]*\s(style|on\w+)="', text)
    assert not re.search(r'(src|href)="(https?:)?//', text)


def test_names_that_are_not_unicode_do_not_stop_the_page() -> None:
    assert r"caf\xe9" in page_of(report_of({("a", 8.0): {"mel": SIX}}, clip="caf\udce9"))


def test_folders_that_all_clips_share_are_left_out_of_their_names() -> None:
    folder = common_folder(["my/audio/clips/speech/x", "my/audio/clips/music/y"])
    assert folder.shortened("my/audio/clips/speech/x") == "speech/x"
    assert folder.shortened("sound of the clip my/audio/clips/music/y") == (
        "sound of the clip music/y"
    )
    assert folder.shortened("/other/my/audio/clips/z") == "/other/my/audio/clips/z"
    assert common_folder(["speech/x", "music/y"]).path == ""
    assert common_folder(["x"]).shortened("x") == "x"


def test_what_makes_the_numbers_is_named_with_its_version() -> None:
    text = page_of(report_of(LACKING["one codec"]))
    assert re.search(
        r"Made with codecbench \S+, bjontegaard [\d.]+, scipy [\d.]+ and matplotlib", text
    )
