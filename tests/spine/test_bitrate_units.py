"""Bitrates in bit/s where kbps are meant: refused with what was meant, and no other is."""

from __future__ import annotations

from pathlib import Path

import pytest

from codecbench.clips import find_clips
from codecbench.errors import UsageError
from codecbench.names import parse_bitrates, parse_codec_names
from codecbench.plan import Request, lay_plan


def plan(clips: Path, codecs: str, bitrates: str | None = None) -> list[float | None]:
    request = Request(parse_codec_names([codecs]), parse_bitrates(bitrates) if bitrates else ())
    return [coding.point.bitrate_bps for coding in lay_plan(request, find_clips(clips)).codings]


@pytest.mark.parametrize(
    ("codecs", "bitrates", "meant"),
    [
        ("opus", "24000", '"24"'),
        ("opus,mp3", "6000,24000", '"6,24"'),
        ("opus", "2000", '"2"'),  # which opus has not, but 2 Mbit/s are beyond any audio here
        ("opus@24000", None, '"opus@24"'),
        ("dac:small@8000", "24", '"dac:small@8"'),
        ("encodec", "1500", '"1.5"'),  # whose weights are not here
        ("folder:mine@24000=clips", None, '"folder:mine@24"'),
    ],
)
def test_bits_are_refused(
    clips: Path,
    codecs: str,
    bitrates: str | None,
    meant: str,
    monkeypatch: pytest.MonkeyPatch,
    cache: Path,
) -> None:
    monkeypatch.chdir(clips.parent)
    monkeypatch.setenv("CODECBENCH_CACHE", str(cache))
    with pytest.raises(UsageError, match="kbps") as error:
        plan(clips, codecs, bitrates)
    assert f"Did you mean {meant}?" in str(error.value)


@pytest.mark.parametrize(
    ("codecs", "bitrates"),
    [("opus", "24,600"), ("opus@256,mp3", "320"), ("folder:mine@1411=clips,opus@6", None)],
)
def test_kbps_are_not(
    clips: Path, codecs: str, bitrates: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clips.parent)
    assert plan(clips, codecs, bitrates)


def test_a_codec_that_codes_at_so_many_is_asked_for_them(
    clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain PCM has such bitrates: 44.1 kHz, 16 bits and two channels are 1411 kbps."""
    from codecbench.codecs import table
    from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples

    class Pcm(Codec):
        name, version = "pcm", "1"

        def points(self, channels: int) -> tuple[OperatingPoint, ...]:
            return (OperatingPoint(1_411_200, 44_100, 22_050),)

        def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
            raise NotImplementedError

        def decode(self, bitstream: Bitstream) -> Samples:
            raise NotImplementedError

    monkeypatch.setattr("codecbench.plan.create_codec", lambda family, *_: _made(family))
    monkeypatch.setitem(table.CODECS, "pcm", "unused:unused")
    create = table.create_codec

    def _made(family: str) -> Codec:
        return Pcm() if family == "pcm" else create(family, "", {}, "cpu")

    assert set(plan(clips, "pcm,opus", "24,1411")) == {1_411_200, 24_000}


@pytest.mark.parametrize("text", ["24k", "24kbps", "24 kbit/s", "24KB/s"])
def test_a_unit_is_taken_off(text: str) -> None:
    with pytest.raises(UsageError, match=r"Did you mean 24\?"):
        parse_bitrates(text)
