"""The low-pass anchors: their response against BS.1534-3's mask, and time alignment."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from codecbench.codecs import lowpass
from codecbench.codecs.anchor_filter import filter_taps
from codecbench.codecs.contract import Bitstream, Samples
from codecbench.errors import BitstreamError, CodingError, UsageError

ANCHORS = {"3.5khz": 3_500.0, "7khz": 7_000.0}


def coded(variant: str, samples: Samples) -> Samples:
    codec = lowpass.create(variant, {}, "cpu")
    return codec.decode(codec.encode(samples, codec.points(samples.shape[0])[0]))


@pytest.mark.parametrize("variant", ANCHORS)
def test_the_response_to_an_impulse_meets_the_mask(variant: str) -> None:
    impulse = np.zeros((1, 48_000), np.float32)
    impulse[0, 24_000] = 1.0
    response = coded(variant, impulse)[0].astype(float)
    level_db = 20 * np.log10(np.abs(np.fft.rfft(response)) + 1e-9)  # 1 Hz a bin
    scale = ANCHORS[variant] / 3_500
    edge, at_25_db, at_50_db = (int(scale * hz) for hz in (3_500, 4_000, 4_500))
    assert np.abs(level_db[: edge + 1]).max() <= 0.1
    assert level_db[at_25_db:].max() <= -25
    assert level_db[at_50_db:].max() <= -50
    # Symmetric about the impulse: linear phase, and a delay of exactly 0.
    assert response.argmax() == 24_000
    np.testing.assert_array_equal(response[24_000:24_500], response[24_000:23_500:-1])


@pytest.mark.parametrize("variant", ANCHORS)
def test_a_tone_in_the_pass_band_comes_back_in_place(variant: str) -> None:
    time_s = np.arange(48_000) / 48_000
    low = (0.5 * np.sin(2 * np.pi * 1_000 * time_s))[None].astype(np.float32)
    high = (0.4 * np.sin(2 * np.pi * 9_100 * time_s))[None].astype(np.float32)
    decoded = coded(variant, low + high)
    middle = slice(1_000, -1_000)
    assert np.abs(decoded - low)[:, middle].max() < 2e-3 * 0.5
    assert decoded.dtype == np.float32


@pytest.mark.parametrize("count", [1, 2, 100, 959, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_shape_comes_back(channels: int, count: int) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, (channels, count)).astype(np.float32)
    assert coded("", samples).shape == samples.shape
    assert not coded("", np.zeros_like(samples)).any()


@pytest.mark.parametrize("level", [1e-3, 1.0, 8.0])
def test_the_bitstream_is_exact_beyond_full_scale_too(level: float) -> None:
    codec = lowpass.create("7khz", {}, "cpu")
    point = codec.points(2)[0]
    rng = np.random.default_rng(4)
    samples = (level * rng.standard_normal((2, 10_000))).astype(np.float32)
    taps = filter_taps(7_000.0, 48_000)
    exact = np.stack([np.convolve(c, taps, mode="full") for c in samples.astype(float)])
    exact = exact[:, len(taps) // 2 :][:, :10_000]
    decoded = codec.decode(codec.encode(samples, point))
    assert np.abs(decoded - exact).max() < 2.0**-23 * max(1.0, np.abs(exact).max())


def test_nothing_passes_from_one_clip_to_the_next() -> None:
    codec = lowpass.create("", {}, "cpu")
    point = codec.points(1)[0]
    first, second = np.random.default_rng(9).uniform(-1, 1, (2, 1, 5_000)).astype(np.float32)
    before = codec.encode(first, point)
    codec.encode(second, point)
    assert codec.encode(first, point) == before


def test_points_and_names() -> None:
    both = lowpass.create("", {}, "cpu")
    assert [p.label for p in both.points(1)] == ["3.5 kHz", "7 kHz"]
    assert [p.coded_bandwidth_hz for p in both.points(2)] == [3_500.0, 7_000.0]
    assert all(p.bitrate_bps is None and p.sample_rate_hz == 48_000 for p in both.points(1))
    assert not both.bitrate_is_measured
    assert both.name == "lowpass"
    longest = max(len(filter_taps(cutoff_hz, 48_000)) for cutoff_hz in ANCHORS.values())
    assert longest // 2 == both.delay_samples
    for variant, cutoff_hz in ANCHORS.items():
        one = lowpass.create(variant, {}, "cpu")
        assert one.name == f"lowpass:{variant}"
        assert [p.coded_bandwidth_hz for p in one.points(1)] == [cutoff_hz]
    with pytest.raises(UsageError, match="no bitrate"):
        both.nearest_point(8_000, 1)


def test_damaged_bytes_are_refused() -> None:
    codec = lowpass.create("7khz", {}, "cpu")
    samples = np.random.default_rng(6).uniform(-1, 1, (1, 5_000)).astype(np.float32)
    bitstream = codec.encode(samples, codec.points(1)[0])
    header, (packet,) = bitstream.header, bitstream.packets
    flipped = bytearray(packet)
    flipped[len(packet) // 2] ^= 16
    cases = [
        Bitstream(header[:-1], (packet,)),
        Bitstream(header, ()),
        Bitstream(header, (packet, packet)),
        Bitstream(header, (packet[: len(packet) // 2],)),
        Bitstream(header, (b"",)),
        Bitstream(header, (b"noise" * 100,)),
        Bitstream(header, (bytes(flipped),)),
        Bitstream(struct.pack("<QBf", 4_999, 1, 1.0), (packet,)),
        Bitstream(struct.pack("<QBf", 5_000, 2, 1.0), (packet,)),
        Bitstream(struct.pack("<QBf", 5_000, 1, float("nan")), (packet,)),
    ]
    for damaged in cases:
        with pytest.raises(BitstreamError, match="lowpass"):
            codec.decode(damaged)


@pytest.mark.parametrize("shape", [(3, 100), (1, 0), (100,)])
def test_other_layouts_are_refused(shape: tuple[int, ...]) -> None:
    codec = lowpass.create("7khz", {}, "cpu")
    with pytest.raises(CodingError, match="1 or 2 channels"):
        codec.encode(np.zeros(shape, np.float32), codec.points(1)[0])


@pytest.mark.parametrize(
    ("variant", "options", "message"),
    [("4khz", {}, "3.5khz, 7khz"), ("", {"order": "3"}, "no options: order")],
)
def test_what_does_not_exist_is_refused(
    variant: str, options: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        lowpass.create(variant, options, "cpu")
