"""The plan: which points answer which bitrates, keys, what is skipped and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codecbench.clips import Clip, ClipSet
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples
from codecbench.errors import CodecbenchError, UsageError
from codecbench.names import parse_codec_names
from codecbench.plan import (
    PlannedCodec,
    Request,
    encoding_key,
    lay_plan,
    require_something,
    resolve_metrics,
)
from codecbench.point_choice import resolve_points


class Ladder(Codec):
    """A codec of which only the ladder matters."""

    name = "ladder"
    version = "1"

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        return tuple(OperatingPoint(kbps * 1000, 24000, 12000) for kbps in (1.5, 3, 6, 12, 24))

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        raise NotImplementedError

    def decode(self, bitstream: Bitstream) -> Samples:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ((2000, 8000, 24000), (1500, 6000, 24000)),  # log-nearest: 8/6 is less than 12/8
        ((6000, 6100), (6000,)),  # each point once
        ((36000,), (24000,)),  # a factor of 1.5 sharp
        ((36100,), ()),
        ((1000,), (1500,)),
        ((999,), ()),
        ((), (1500, 3000, 6000, 12000, 24000)),
    ],
)
def test_bitrates_are_answered_by_the_nearest_point_in_reach(
    asked: tuple[float, ...], answered: tuple[float, ...]
) -> None:
    points, _ = resolve_points(Ladder(), asked, 1)
    assert tuple(point.bitrate_bps for point in points) == answered


def test_what_is_out_of_reach_is_said_with_the_range() -> None:
    _, missed = resolve_points(Ladder(), (50000,), 1)
    assert missed[0].what == "at 50 kbps"
    assert "1.5 to 24 kbps in mono" in missed[0].reason


def test_bitrates_of_channels_coded_one_by_one_add_up() -> None:
    points, _ = resolve_points(Ladder(), (12000,), 2)
    assert [point.bitrate_bps for point in points] == [12000]


def test_a_key_names_all_that_makes_an_encoding() -> None:
    codec = PlannedCodec(parse_codec_names(["opus"])[0], "opus", "1", "", "cpu", True)
    point = OperatingPoint(8000, 48000, 4000)
    key = encoding_key("clip", codec, point, 1)
    assert key == encoding_key("clip", codec, point, 1)
    others = {
        encoding_key("other", codec, point, 1),
        encoding_key("clip", replace(codec, name="opus,vbr=cbr"), point, 1),
        encoding_key("clip", replace(codec, version="2"), point, 1),
        encoding_key("clip", replace(codec, weights_hash="w"), point, 1),
        encoding_key("clip", replace(codec, device="cuda"), point, 1),
        encoding_key("clip", codec, replace(point, bitrate_bps=9000), 1),
        encoding_key("clip", codec, point, 2),
    }
    assert len(others | {key}) == 8


def test_metrics_are_asked_for_by_name() -> None:
    assert resolve_metrics(["mel", "stoi:all"]) == (("mel", False), ("stoi", True))
    assert "visqol" in [name for name, _ in resolve_metrics([])]
    with pytest.raises(UsageError, match='Did you mean "visqol"'):
        resolve_metrics(["visquol"])
    with pytest.raises(UsageError, match=":all"):
        resolve_metrics(["stoi:some"])


def clip(name: str, channels: int) -> Clip:
    return Clip(name, Path(f"{name}.wav"), "music", "", "", "", name, 44100, channels, 5.0)


def test_layouts_are_planned_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    clip_set = ClipSet((clip("mono", 1), clip("stereo", 2)), (), 0)
    names = parse_codec_names(["opus", "lowpass"])
    request = Request(names, (8000, 64000), channels="keep", metrics=("mel",))
    plan = lay_plan(request, clip_set)
    planned = [(c.codec.name, c.clip.name, c.channels, c.point.bitrate_bps) for c in plan.codings]
    assert ("opus", "mono", 1, 8000) in planned
    assert ("opus", "stereo", 2, 64000) in planned
    # An anchor has no bitrate and belongs whatever was asked.
    assert [entry[3] for entry in planned if entry[0] == "lowpass"] == [None] * 4
    mono = lay_plan(replace(request, channels="mono"), clip_set)
    assert {coding.channels for coding in mono.codings} == {1}


def test_what_a_downmix_silences_is_refused_by_name() -> None:
    cancelled = replace(clip("opposed", 2), cancels=True)
    request = Request(parse_codec_names(["opus@24"]), metrics=("mel",))
    plan = lay_plan(request, ClipSet((clip("one", 1), cancelled)))
    assert [c.name for c in plan.clips] == [coding.clip.name for coding in plan.codings] == ["one"]
    (skipped,) = plan.skipped
    assert (skipped.kind, skipped.what) == ("clip", "opposed.wav")
    assert "cancel in the downmix" in skipped.reason
    assert "--channels keep" in skipped.reason
    kept = lay_plan(replace(request, channels="keep"), ClipSet((clip("one", 1), cancelled)))
    assert [coding.clip.name for coding in kept.codings] == ["one", "opposed"]
    assert kept.skipped == ()
    with pytest.raises(CodecbenchError, match=r"nothing to measure\. opposed\.wav"):
        require_something(lay_plan(request, ClipSet((cancelled,))))


def test_a_codec_without_weights_is_skipped_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CODECBENCH_CACHE", str(tmp_path))
    monkeypatch.setenv("CODECBENCH_OFFLINE", "1")
    clip_set = ClipSet((clip("one", 1),), (), 0)
    request = Request(parse_codec_names(["lyra", "opus@24"]), (9200,), metrics=("mel",))
    plan = lay_plan(request, clip_set)
    assert [coding.codec.name for coding in plan.codings] == ["opus"]
    (skipped,) = plan.skipped
    assert (skipped.kind, skipped.what) == ("codec", "lyra")
    assert "bench fetch lyra" in skipped.reason
    with pytest.raises(Exception, match="bench fetch lyra"):
        lay_plan(replace(request, strict=True), clip_set)


def test_unknown_codecs_are_guessed_at() -> None:
    clip_set = ClipSet((clip("one", 1),), (), 0)
    with pytest.raises(UsageError, match='Did you mean "opus"'):
        lay_plan(Request(parse_codec_names(["opsu"])), clip_set)


def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    from spread_weights import SMALL, spread_model

    from codecbench.dac.checkpoint import save_checkpoint

    save_checkpoint(spread_model(SMALL, fit_samples=20_000), tmp_path / "w.pth")
    clip_set = ClipSet((clip("one", 1),), (), 0)
    request = Request(parse_codec_names([f"dac:{tmp_path}/w.pth"]), metrics=("l1",), device="nope")
    with pytest.raises(UsageError, match="--device nope"):
        lay_plan(request, clip_set)
    # Codecs that never leave the CPU are keyed as of the CPU, whatever was asked.
    plan = lay_plan(replace(request, codecs=parse_codec_names(["opus@24"])), clip_set)
    assert plan.codecs[0].device == "cpu"
