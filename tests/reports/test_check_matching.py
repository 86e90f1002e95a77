"""What is compared with what: codecs, definitions, protocols, tolerances."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_sides import make_side

from codecbench.errors import ReportError, UsageError
from codecbench.reports.check.checking import check_sides
from codecbench.reports.check.codec_pairs import match_codecs
from codecbench.reports.check.settings import Settings, Tolerance, read_settings, with_flags

VALUES = np.linspace(1, 2, 8)
KNOWN = ["mel", "stft", "visqol", "my_metric"]


def test_codecs_are_matched_by_name_or_as_the_only_ones() -> None:
    assert match_codecs(["dac:a.pth"], ["dac:b.pth"], [], []) == [("dac:a.pth", "dac:b.pth")]
    assert match_codecs(["opus", "mp3"], ["mp3", "opus"], [], []) == [
        ("opus", "opus"),
        ("mp3",) * 2,
    ]
    notes: list[str] = []
    found = match_codecs(["opus", "dac:a.pth"], ["opus", "dac:b.pth"], [], notes)
    assert ("dac:a.pth", "dac:b.pth") in found
    assert notes == ["dac:a.pth is compared with dac:b.pth"]


def test_codecs_are_matched_as_asked_though_their_names_hold_equals_signs() -> None:
    old, new = ["opus", "opus,complexity=10"], ["opus,complexity=0", "mp3"]
    asked = "opus,complexity=10=opus,complexity=0"
    assert match_codecs(old, new, [asked], []) == [("opus,complexity=10", "opus,complexity=0")]
    assert match_codecs(["opus", "mp3"], ["mp3", "aac"], ["mp3"], []) == [("mp3", "mp3")]


@pytest.mark.parametrize("matches", [[], ["opuz=mp3"], ["opus=nothing"]])
def test_what_does_not_match_says_how_to_say_it(matches: list[str]) -> None:
    with pytest.raises(UsageError, match="--match") as caught:
        match_codecs(["opus", "aac"], ["mp3", "lyra"], matches, [])
    assert "opus" in str(caught.value)
    assert "lyra" in str(caught.value)


def test_a_codec_that_the_candidate_lacks_is_not_passed_over() -> None:
    before = make_side({"opus": {"mel@6": VALUES}, "mp3": {"mel@6": VALUES}})
    verdict = check_sides(before, make_side({"opus": {"mel@6": VALUES}, "aac": {"mel@6": VALUES}}))
    assert verdict.outcome == "could not judge"
    assert [c.reason for c in verdict.having("could not judge")] == ["the candidate has no mp3"]
    assert "aac" in verdict.notes[0]
    asked = make_side({"opus": {"mel@6": VALUES}})
    assert check_sides(before, asked, matches=["opus"]).outcome == "pass"


def test_other_definitions_and_protocols_are_refused() -> None:
    before = make_side({"one": {"mel@6": VALUES}})
    with pytest.raises(ReportError, match="definition 1 in the baseline and 2"):
        check_sides(before, make_side({"one": {"mel@6": VALUES}}, version=2))
    with pytest.raises(ReportError, match="--protocol paper"):
        check_sides(before, make_side({"one": {"mel@6": VALUES}}, protocol="native"))


def test_a_metric_without_a_tolerance_is_refused() -> None:
    side = make_side({"one": {"my_metric@6": VALUES}})
    with pytest.raises(UsageError, match="my_metric has no tolerance: give one, --tolerance"):
        check_sides(side, side)
    given = with_flags(Settings(), ["my_metric=3%"], [], KNOWN)
    assert check_sides(side, side, given).cells[0].pairing.tolerance == pytest.approx(0.045)


def test_metrics_that_are_asked_for_must_be_there() -> None:
    side = make_side({"one": {"mel@6": VALUES, "stft@6": VALUES, "bitrate@6": VALUES}})
    verdict = check_sides(side, side, Settings(metrics=("mel",)))
    assert [cell.pairing.quantity.metric for cell in verdict.cells] == ["mel", "bitrate"]
    with pytest.raises(UsageError, match="the baseline has no visqol"):
        check_sides(side, side, Settings(metrics=("visqol",)))


def test_a_file_of_tolerances(tmp_path: Path) -> None:
    path = tmp_path / "check.toml"
    path.write_text(
        '[check]\nmetrics = ["mel", "visqol"]\nerror_rate = 0.01\n'
        '[tolerance]\nmel = 0.5\nstft = "2%"\n'
        '[point."6".tolerance]\nmel = 0.6\n[point."opus@6".tolerance]\nmel = 0.7\n'
    )
    settings = read_settings(path, KNOWN)
    assert (settings.metrics, settings.error_rate) == (("mel", "visqol"), 0.01)
    assert settings.tolerance("mp3", "12", "mel") == Tolerance(0.5)
    assert settings.tolerance("mp3", "6", "mel") == Tolerance(0.6)
    assert settings.tolerance("opus", "6", "mel") == Tolerance(0.7)
    assert settings.tolerance("opus", "6", "stft") == Tolerance(0.02, relative=True)
    assert settings.tolerance("opus", "6", "visqol") == Settings().tolerances["visqol"]
    flagged = with_flags(settings, ["mel=0.1"], ["stft"], KNOWN)
    assert flagged.tolerance("mp3", "12", "mel") == Tolerance(0.1)
    assert flagged.metrics == ("stft",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tolerances]\nmel = 1", 'Did you mean "tolerance"'),
        ("[tolerance]\nmell = 1", 'Did you mean "mel"'),
        ("[tolerance]\nmel = -1", "write 0 or more"),
        ("[tolerance]\nmel = true", "write 0 or more"),
        ('[tolerance]\nmel = "x%"', "no number"),
        ("[tolerance]\nbitrate = 3", 'such as "1%"'),
        ("[check]\nmetric = []", 'Did you mean "metrics"'),
        ("[check]\nerror_rate = 2", "from 0.001 to 0.2"),
        ("[point.6]\nmel = 1", '"mel" is unknown'),
        ("tolerance = 3", "must be a table"),
        ("[tolerance", "not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "check.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_settings(path, KNOWN)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_other_versions_of_packages_are_told() -> None:
    sides = [
        replace(make_side({"one": {"mel@6": VALUES}}), versions={"torch": torch, "numpy": "2"})
        for torch in ("2.12", "2.13")
    ]
    verdict = check_sides(sides[0], sides[1])
    assert verdict.notes == ("versions differ: torch 2.12 in the baseline, 2.13 in the candidate",)
