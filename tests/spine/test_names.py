"""Names of codecs as typed on the command line."""

from __future__ import annotations

import pytest

from codecbench.errors import UsageError
from codecbench.names import CodecName, parse_bitrates, parse_codec_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dac", CodecName("dac")),
        ("dac:24khz", CodecName("dac", "24khz")),
        ("encodec:48khz@6", CodecName("encodec", "48khz", (), 6000)),
        ("dac:runs/a@b/w.pth", CodecName("dac", "runs/a@b/w.pth")),
        ("dac:runs/w.pth@2.5", CodecName("dac", "runs/w.pth", (), 2500)),
        (
            "opus,vbr=cbr,complexity=5@24",
            CodecName("opus", "", (("complexity", "5"), ("vbr", "cbr")), 24000),
        ),
        (
            "folder:mine@6=some/dir",
            CodecName("folder", "mine", (("kbps", "6"), ("path", "some/dir")), 6000),
        ),
        ("folder:mine=some/dir", CodecName("folder", "mine", (("path", "some/dir"),))),
    ],
)
def test_one_name(text: str, expected: CodecName) -> None:
    assert parse_codec_names([text]) == (expected,)


def test_options_belong_to_the_codec_before_them() -> None:
    names = parse_codec_names(["dac,opus,vbr=cbr,complexity=5@24,mp3", "opus"])
    assert [name.canonical for name in names] == ["dac", "opus,complexity=5,vbr=cbr", "mp3", "opus"]


def test_two_spellings_of_one_codec_are_one() -> None:
    assert len(parse_codec_names(["opus,vbr=cbr,complexity=5,opus,complexity=5,vbr=cbr"])) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no codec is named"),
        ("vbr=cbr", "no codec stands before it"),
        ("opus@", "after the @"),
        ("opus@fast", "not a number"),
        ("opus@0", "above 0"),
        ("dac:", "is not a codec"),
        ("opus,vbr=a,vbr=b", "twice"),
        ("folder:x", "folder:NAME@KBPS=DIR"),
        ("folder:x@=dir", "after the @"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_codec_names([text])


def test_bitrates_rise_and_come_once() -> None:
    assert parse_bitrates("24,2, 8,2.67,8") == (2000, 2670, 8000, 24000)


@pytest.mark.parametrize("text", ["0", "-1", "fast", "", "nan", "inf", "8,,x"])
def test_bitrates_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_bitrates(text)
