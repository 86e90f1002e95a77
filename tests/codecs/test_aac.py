"""AAC: the configuration against the standard and FFmpeg, bitrates and bandwidth as measured."""

from __future__ import annotations

import av
import numpy as np
import pytest

from codecbench.codecs import aac
from codecbench.codecs.contract import Samples
from codecbench.errors import BitstreamError, UsageError


def noise(channels: int, count: int) -> Samples:
    rng = np.random.default_rng(2)
    return (0.1 * rng.standard_normal((channels, count))).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [8_000, 12_000, 16_000, 24_000, 32_000, 44_100])
def test_the_configuration_is_what_ffmpegs_encoder_states(rate_hz: int, channels: int) -> None:
    context = av.CodecContext.create("aac", "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate = rate_hz
    context.layout = {1: "mono", 2: "stereo"}[channels]
    context.format = "fltp"
    context.open()
    assert aac.audio_specific_config(rate_hz, channels) == context.extradata


def test_a_known_configuration() -> None:
    """0x1210 is the AudioSpecificConfig of nearly all AAC files: LC, 44.1 kHz, stereo."""
    assert aac.audio_specific_config(44_100, 2)[:2].hex() == "1210"
    with pytest.raises(BitstreamError, match="44101"):
        aac.audio_specific_config(44_101, 2)


@pytest.mark.parametrize("channels", [1, 2])
def test_packets_are_bare_and_cover_the_clip(channels: int) -> None:
    codec = aac.create("", {}, "cpu")
    point = codec.nearest_point(64_000 * channels, channels)
    bitstream = codec.encode(noise(channels, 30_001), point)
    assert len(bitstream.packets) == -(-(30_001 + 1024) // 1024)
    for packet in bitstream.packets:
        assert packet[:2] not in {b"\xff\xf1", b"\xff\xf9"}  # no ADTS
        # The first element (3 bits): one channel (0), a pair (1), or fill (6) with libav's name.
        assert packet[0] >> 5 in {channels - 1, 6}


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 2])
def test_the_measured_bitrate_is_near_nominal_over_the_range(channels: int) -> None:
    codec = aac.create("", {}, "cpu")
    for point in codec.points(channels):
        samples = noise(channels, 3 * point.sample_rate_hz)
        measured_bps = 8 * codec.encode(samples, point).payload_bytes / 3
        assert measured_bps == pytest.approx(point.bitrate_bps, rel=0.2)


def test_the_range_is_continuous_and_held_to_its_ends() -> None:
    codec = aac.create("", {}, "cpu")
    assert codec.nearest_point(23_456.0, 1).bitrate_bps == 23_456.0
    for channels in (1, 2):
        assert codec.nearest_point(1.0, channels).bitrate_bps == 8_000.0 * channels
        assert codec.nearest_point(1e9, channels).bitrate_bps == 160_000.0 * channels


def test_the_internal_rate_rises_with_the_bitrate_and_holds_the_bandwidth() -> None:
    codec = aac.create("", {}, "cpu")
    rates_hz = [codec.nearest_point(1000 * kbps, 1).sample_rate_hz for kbps in range(8, 161)]
    assert rates_hz == sorted(rates_hz)
    assert set(rates_hz) == {12_000, 16_000, 24_000, 32_000, 44_100}
    for kbps in (8, 16, 24, 32, 48, 64, 128, 160):
        point = codec.nearest_point(1000 * kbps, 1)
        assert point.coded_bandwidth_hz <= point.sample_rate_hz / 2
        assert point == type(point)(
            1000 * kbps,
            point.sample_rate_hz,
            codec.nearest_point(2000 * kbps, 2).coded_bandwidth_hz,
        )


@pytest.mark.parametrize("kbps", [12, 16, 20, 48, 64, 96])
def test_the_stated_bandwidth_is_where_coded_noise_ends(kbps: int) -> None:
    codec = aac.create("", {}, "cpu")
    point = codec.nearest_point(1000 * kbps, 1)
    samples = noise(1, 2 * point.sample_rate_hz)
    power = np.abs(np.fft.rfft(codec.decode(codec.encode(samples, point))[0])) ** 2
    bands = power[: len(power) // 100 * 100].reshape(-1, 100).mean(1)  # of 50 Hz
    highest_hz = 50 * (np.flatnonzero(bands > bands.max() / 1000)[-1] + 1)
    # FFmpeg codes the scale factor band that the cutoff lies in: of 128 lines, up to 20 wide.
    band_hz = point.sample_rate_hz / 2 * 20 / 128
    assert -50 <= highest_hz - point.coded_bandwidth_hz <= band_hz


@pytest.mark.parametrize(("variant", "options"), [("he", {}), ("", {"profile": "lc"})])
def test_what_does_not_exist_is_refused(variant: str, options: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="no variants and no options"):
        aac.create(variant, options, "cpu")
