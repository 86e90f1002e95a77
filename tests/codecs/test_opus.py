"""Opus: bitrates against closed forms, pre-skip, and packets against RFC 6716, section 3.1."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from scipy.signal import correlate

from codecbench.codecs import opus
from codecbench.codecs.contract import Samples
from codecbench.errors import UsageError

CLIPS = Path(__file__).parents[2].parent / "shared" / "audio" / "clips"
RATE_HZ = 48_000


def noise(channels: int, count: int) -> Samples:
    rng = np.random.default_rng(1)
    return (0.1 * rng.standard_normal((channels, count))).astype(np.float32)


def toc(packet: bytes) -> tuple[str, float, float, bool]:
    """Mode, bandwidth in Hz, milliseconds and stereo of a packet, by RFC 6716, section 3.1."""
    config, stereo, code = packet[0] >> 3, bool(packet[0] & 4), packet[0] & 3
    frames = {0: 1, 1: 2, 2: 2}.get(code) or packet[1] & 63
    if config < 12:
        mode, bandwidth_hz, frame_ms = "SILK", (4e3, 6e3, 8e3)[config // 4], (10, 20, 40, 60)
        duration_ms = float(frame_ms[config % 4])
    elif config < 16:
        mode, bandwidth_hz, duration_ms = "hybrid", (12e3, 20e3)[(config - 12) // 2], 10.0
        duration_ms += 10 * (config % 2)
    else:
        mode, bandwidth_hz = "CELT", (4e3, 8e3, 12e3, 20e3)[(config - 16) // 4]
        duration_ms = (2.5, 5.0, 10.0, 20.0)[config % 4]
    return mode, bandwidth_hz, frames * duration_ms, stereo


@pytest.mark.slow
@pytest.mark.parametrize("bitrate_bps", [8_000, 24_000, 64_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frame_duration", ["2.5", "10", "20", "60"])
def test_constant_bitrate_is_within_1_percent_of_nominal(
    bitrate_bps: int, channels: int, frame_duration: str
) -> None:
    codec = opus.create("", {"vbr": "cbr", "frame_duration": frame_duration}, "cpu")
    point = codec.nearest_point(bitrate_bps, channels)
    # A whole number of frames but for the pre-skip, which costs one packet more.
    samples = noise(channels, int(6.0 * RATE_HZ) - 312)
    bitstream = codec.encode(samples, point)
    assert len({len(packet) for packet in bitstream.packets}) == 1
    measured_bps = 8 * bitstream.payload_bytes / samples.shape[1] * RATE_HZ
    assert measured_bps == pytest.approx(point.bitrate_bps, rel=0.01)
    if bitrate_bps >= 24_000:
        assert point.bitrate_bps == pytest.approx(bitrate_bps, rel=0.07)


@pytest.mark.parametrize("bitrate_bps", [8_000, 24_000, 64_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_constant_packets_have_the_size_of_the_closed_form(bitrate_bps: int, channels: int) -> None:
    codec = opus.create("", {"vbr": "cbr"}, "cpu")
    point = codec.nearest_point(bitrate_bps, channels)
    assert point.bitrate_bps == bitrate_bps
    for packet in codec.encode(noise(channels, 20_000), point).packets:
        assert len(packet) == bitrate_bps * 0.02 / 8


def test_a_constant_bitrate_is_a_whole_number_of_bytes_per_packet() -> None:
    codec = opus.create("", {"vbr": "cbr"}, "cpu")
    assert codec.nearest_point(9_900, 1).bitrate_bps == 10_000  # steps of 400 bps at 20 ms
    assert opus.create("", {}, "cpu").nearest_point(9_900, 1).bitrate_bps == 9_900


@pytest.mark.parametrize(
    ("options", "pre_skip"),
    [
        ({}, 312),
        ({"application": "voip"}, 312),
        ({"frame_duration": "10"}, 312),
        ({"frame_duration": "60"}, 312),
        ({"application": "lowdelay"}, 120),
        ({"frame_duration": "5"}, 120),
    ],
)
def test_pre_skip(options: dict[str, str], pre_skip: int) -> None:
    codec = opus.create("", options, "cpu")
    assert codec.delay_samples == pre_skip
    bitstream = codec.encode(noise(1, 5_000), codec.nearest_point(64_000, 1))
    assert int.from_bytes(bitstream.header[13:15], "little") == pre_skip


@pytest.mark.parametrize("frame_duration", ["2.5", "5", "10", "20", "40", "60"])
@pytest.mark.parametrize("channels", [1, 2])
def test_packets_have_the_frame_duration_and_cover_the_clip(
    frame_duration: str, channels: int
) -> None:
    codec = opus.create("", {"frame_duration": frame_duration}, "cpu")
    samples = noise(channels, 30_001)
    bitstream = codec.encode(samples, codec.nearest_point(64_000 * channels, channels))
    heads = [toc(packet) for packet in bitstream.packets]
    assert {duration_ms for _, _, duration_ms, _ in heads} == {float(frame_duration)}
    assert {stereo for *_, stereo in heads} == {channels == 2}
    covered = len(heads) * float(frame_duration) * 48
    assert 0 <= covered - samples.shape[1] - codec.delay_samples < float(frame_duration) * 48


@pytest.mark.parametrize(
    ("options", "bitrate_bps", "mode"),
    [
        ({}, 8_000, "SILK"),
        ({"application": "voip"}, 20_000, "hybrid"),
        ({}, 64_000, "CELT"),
        ({"application": "lowdelay"}, 12_000, "CELT"),
        ({"frame_duration": "5"}, 12_000, "CELT"),
    ],
)
def test_modes(options: dict[str, str], bitrate_bps: int, mode: str) -> None:
    codec = opus.create("", options, "cpu")
    packets = codec.encode(noise(1, 30_000), codec.nearest_point(bitrate_bps, 1)).packets
    assert {toc(packet)[0] for packet in packets[2:]} == {mode}


@pytest.mark.parametrize("bitrate_bps", [6_000, 8_000, 10_000, 12_000, 16_000, 24_000, 64_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    "options", [{}, {"vbr": "constrained"}, {"vbr": "cbr"}, {"frame_duration": "40"}]
)
def test_the_stated_bandwidth_is_that_of_most_packets(
    bitrate_bps: int, channels: int, options: dict[str, str]
) -> None:
    codec = opus.create("", options, "cpu")
    point = codec.nearest_point(bitrate_bps, channels)
    packets = codec.encode(noise(channels, 24_000), point).packets
    found_hz = Counter(toc(packet)[1] for packet in packets).most_common(1)[0][0]
    assert point.coded_bandwidth_hz == found_hz


@pytest.mark.slow
@pytest.mark.skipif(not CLIPS.is_dir(), reason="needs the clips of ../shared")
@pytest.mark.parametrize("clip", ["speech/sentence_48k", "music/guitar", "music/castanets"])
@pytest.mark.parametrize("bitrate_bps", [8_000, 24_000, 96_000])
def test_lag_on_real_clips(clip: str, bitrate_bps: int) -> None:
    audio, rate_hz = soundfile.read(CLIPS / f"{clip}.flac", dtype="float32", always_2d=True)
    samples = soxr.resample(audio.mean(1), rate_hz, RATE_HZ)[None].astype(np.float32)
    codec = opus.create("", {"vbr": "cbr"}, "cpu")
    point = codec.nearest_point(bitrate_bps, 1)
    bitstream = codec.encode(samples, point)
    decoded = codec.decode(bitstream)
    full = correlate(decoded[0].astype(float), samples[0].astype(float), method="fft")
    lag = int(np.argmax(full)) - (samples.shape[1] - 1)
    assert abs(lag) <= (0 if bitrate_bps >= 64_000 else 5)
    measured_bps = 8 * bitstream.payload_bytes / samples.shape[1] * RATE_HZ
    assert measured_bps == pytest.approx(bitrate_bps, rel=0.01)


def test_the_range_is_continuous_and_held_to_its_ends() -> None:
    codec = opus.create("", {}, "cpu")
    assert codec.nearest_point(23_456.0, 1).bitrate_bps == 23_456.0
    for channels, highest in ((1, 256_000.0), (2, 512_000.0)):
        assert codec.nearest_point(1.0, channels).bitrate_bps == 6_000.0
        assert codec.nearest_point(1e9, channels).bitrate_bps == highest
        rates = [point.bitrate_bps for point in codec.points(channels)]
        assert (rates[0], rates[-1]) == (6_000.0, highest)
    short = opus.create("", {"frame_duration": "2.5"}, "cpu")
    assert short.nearest_point(1.0, 1).bitrate_bps == 9_600.0  # 3 bytes, 400 times a second


def test_names_are_canonical() -> None:
    def name(**options: str) -> str:
        return opus.create("", options, "cpu").name

    assert name() == "opus"
    assert name(vbr="on", complexity="10", application="audio", frame_duration="20") == "opus"
    assert name(vbr="off") == name(vbr="cbr") == "opus,vbr=cbr"
    assert name(complexity="5", vbr="constrained") == "opus,vbr=constrained,complexity=5"


def test_options_change_the_bytes() -> None:
    samples = noise(1, 20_000)
    streams = set()
    for options in ({}, {"vbr": "cbr"}, {"application": "lowdelay"}, {"complexity": "0"}):
        codec = opus.create("", options, "cpu")
        streams.add(codec.encode(samples, codec.nearest_point(24_000, 1)).packets)
    assert len(streams) == 4


@pytest.mark.parametrize(
    ("variant", "options", "message"),
    [
        ("fast", {}, "no variant"),
        ("", {"bitrate": "6"}, "vbr, frame_duration, application, complexity"),
        ("", {"vbr": "maybe"}, "on, constrained, cbr"),
        ("", {"complexity": "11"}, "9, 10 do"),
        ("", {"frame_duration": "30"}, "2.5, 5, 10, 20, 40, 60"),
        ("", {"application": "voip", "frame_duration": "5"}, "needs frame_duration=10"),
    ],
)
def test_what_does_not_exist_is_refused(
    variant: str, options: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        opus.create(variant, options, "cpu")
