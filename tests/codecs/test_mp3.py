"""MP3: the bits of the frame headers against the stated points, by ISO/IEC 11172-3, 2.4.2.3."""

from __future__ import annotations

import numpy as np
import pytest

from codecbench.codecs import mp3
from codecbench.codecs.contract import Bitstream, OperatingPoint, Samples
from codecbench.errors import BitstreamError, UsageError

POINTS = [(c, p) for c in (1, 2) for p in mp3.create("", {}, "cpu").points(c)]


def chord(channels: int, count: int, rate_hz: int) -> Samples:
    time_s = np.arange(count) / rate_hz
    tones = np.stack([np.sin(2 * np.pi * f * time_s) for f in (330.0, 554.0, 880.0)]).sum(0)
    return (0.2 * np.stack([tones, tones[::-1]])[:channels]).astype(np.float32)


@pytest.mark.parametrize(
    ("channels", "point"), POINTS, ids=[f"{c}ch-{p.bitrate_bps}" for c, p in POINTS]
)
def test_every_frame_says_the_stated_point(channels: int, point: OperatingPoint) -> None:
    assert point.bitrate_bps is not None
    samples = chord(channels, point.sample_rate_hz, point.sample_rate_hz)
    bitstream = mp3.create("", {}, "cpu").encode(samples, point)
    kbps, rate_hz = int(point.bitrate_bps) // 1000, point.sample_rate_hz
    slots = 144 if rate_hz >= 32_000 else 72
    version = "11" if rate_hz >= 32_000 else "10" if rate_hz >= 16_000 else "00"
    for packet in bitstream.packets:
        bits = f"{int.from_bytes(packet[:4], 'big'):032b}"
        assert bits[:11] == "1" * 11
        assert bits[11:16] == f"{version}011"  # Layer III, no checksum
        assert bits[16:20] == f"{bitrate_index(kbps, rate_hz):04b}"
        assert bits[20:22] == {0: "00", 1: "01", 2: "10"}[rate_index(rate_hz)]
        assert (bits[24:26] == "11") == (channels == 1)
        assert len(packet) == slots * kbps * 1000 // rate_hz + int(bits[22])
        assert packet[4:].find(b"Xing") == packet[4:].find(b"Info") == -1
    covered = len(bitstream.packets) * slots * 8
    assert 0 <= covered - samples.shape[1] - 1105 < slots * 8


def bitrate_index(kbps: int, rate_hz: int) -> int:
    """The place of a bitrate: MPEG-1 steps by 8 to 64, 16 to 128, 32 to 256; MPEG-2 starts at 8."""
    if rate_hz >= 32_000:
        steps = [8] * 4 + [16] * 4 + [32] * 4 + [64]
        ladder = np.cumsum([32, *steps])
    else:
        ladder = np.cumsum([8] * 8 + [16] * 6)
    return int(np.flatnonzero(ladder == kbps)[0]) + 1


def rate_index(rate_hz: int) -> int:
    return next(i for i, base in enumerate((11_025, 12_000, 8_000)) if rate_hz % base == 0)


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 2])
def test_the_measured_bitrate_is_nominal_over_the_frames(channels: int) -> None:
    codec = mp3.create("", {}, "cpu")
    for point in codec.points(channels):
        assert point.bitrate_bps is not None
        samples = chord(channels, 3 * point.sample_rate_hz, point.sample_rate_hz)
        bitstream = codec.encode(samples, point)
        frame_s = (1152 if point.sample_rate_hz >= 32_000 else 576) / point.sample_rate_hz
        coded_s = len(bitstream.packets) * frame_s
        assert 8 * bitstream.payload_bytes / coded_s == pytest.approx(point.bitrate_bps, rel=0.003)


def test_internal_rates_and_low_pass_are_lames() -> None:
    """As `lame_init_params` of LAME 3.100 answered for 44.1 kHz; mono has 1.5 times the stereo."""
    mono = {p.bitrate_bps: p for p in mp3.create("", {}, "cpu").points(1)}
    stereo = {p.bitrate_bps: p for p in mp3.create("", {}, "cpu").points(2)}
    lowpass_hz = {8: 2000, 16: 3700, 24: 3900, 32: 5500, 40: 7000, 48: 7500, 56: 10000, 64: 11000}
    lowpass_hz |= {80: 13500, 96: 15100, 112: 15600, 128: 17000, 160: 17500, 192: 18600}
    lowpass_hz |= {224: 19400, 256: 19700, 320: 20500}
    for kbps, frequency_hz in lowpass_hz.items():
        assert stereo[1000.0 * kbps].coded_bandwidth_hz == frequency_hz
        assert mono[1000.0 * kbps].coded_bandwidth_hz == min(1.5 * frequency_hz, 20_500)
    assert min(p.bitrate_bps or 0 for p in mono.values() if p.sample_rate_hz == 44_100) == 64_000
    assert min(p.bitrate_bps or 0 for p in stereo.values() if p.sample_rate_hz == 44_100) == 112_000


def test_the_stated_bandwidth_is_where_coded_noise_ends() -> None:
    codec = mp3.create("", {}, "cpu")
    rng = np.random.default_rng(5)
    for kbps in (32, 64, 96):
        point = codec.nearest_point(1000 * kbps, 1)
        samples = (0.1 * rng.standard_normal((1, 2 * point.sample_rate_hz))).astype(np.float32)
        power = np.abs(np.fft.rfft(codec.decode(codec.encode(samples, point))[0])) ** 2
        hz_per_bin = 0.5
        edge = int(point.coded_bandwidth_hz / hz_per_bin)
        inside, outside = int(0.85 * edge), int(1.07 * edge)
        assert power[:inside].mean() > 1000 * power[outside : outside + 500].mean()


def test_nearest_point_is_nearest_on_a_log_scale() -> None:
    codec = mp3.create("", {}, "cpu")
    assert codec.nearest_point(24_000, 1).bitrate_bps == 24_000
    assert codec.nearest_point(3_000, 1).bitrate_bps == 8_000
    assert codec.nearest_point(11_000, 2).bitrate_bps == 8_000
    assert codec.nearest_point(12_000, 2).bitrate_bps == 16_000


def test_frames_of_another_point_are_refused() -> None:
    codec = mp3.create("", {}, "cpu")
    samples = chord(1, 20_000, 44_100)
    low, high = (codec.encode(samples, codec.nearest_point(rate, 1)) for rate in (64_000, 96_000))
    mixed = (low.packets[0], *high.packets[1:])
    with pytest.raises(BitstreamError, match="several bitrates"):
        codec.decode(Bitstream(low.header, mixed))
    stereo = codec.encode(chord(2, 20_000, 44_100), codec.nearest_point(128_000, 2))
    with pytest.raises(BitstreamError, match="frame 0 says"):
        codec.decode(Bitstream(low.header, stereo.packets))


@pytest.mark.parametrize("head", ["", "fffb", "00000000", "fffbf0c0", "fffb9cc0", "fffd90c0"])
def test_what_begins_no_layer_3_frame_is_refused(head: str) -> None:
    with pytest.raises(BitstreamError, match="Layer III"):
        mp3.read_frame_header(bytes.fromhex(head))


def test_a_known_frame_header_is_read() -> None:
    """FF FB 90 64 begins most MP3 files: 128 kbps, 44.1 kHz, joint stereo, 417 bytes."""
    header = mp3.read_frame_header(bytes.fromhex("fffb9064"))
    assert header == mp3.FrameHeader(128_000, 44_100, 2, 1152, 417)


@pytest.mark.parametrize(("variant", "options"), [("vbr", {}), ("", {"quality": "2"})])
def test_what_does_not_exist_is_refused(variant: str, options: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="no variants and no options"):
        mp3.create(variant, options, "cpu")
