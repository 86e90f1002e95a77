"""Rates, layouts and lengths around codecs, with small codecs made for it."""

from __future__ import annotations

import numpy as np
import pytest

from codecbench import coding
from codecbench.audio import Audio
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples
from codecbench.codecs.lossless import pack_samples, unpack_samples
from codecbench.errors import BitstreamError, CodingError


class Exact(Codec):
    """Keeps audio as it is, at 16 kHz, in the layouts that a test asks for."""

    name = "exact"
    version = "1"

    def __init__(self, channels: tuple[int, ...]) -> None:
        self.channels = channels
        self.seen: list[tuple[tuple[int, ...], float | None]] = []

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        return (OperatingPoint(8000, 16000, 8000), OperatingPoint(16000, 16000, 8000))

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        self.seen.append((samples.shape, point.bitrate_bps))
        return pack_samples(samples)

    def decode(self, bitstream: Bitstream) -> Samples:
        return unpack_samples(bitstream)


def noise(channels: int, count: int, rate_hz: int = 16000) -> Audio:
    sound = np.random.default_rng(1).standard_normal((channels, count)).astype(np.float32)
    return Audio(sound * 0.1, rate_hz)


@pytest.mark.parametrize(
    ("native", "channels", "shapes"),
    [
        ((1,), 1, [(1, 99)]),
        ((1,), 3, [(1, 99)] * 3),
        ((1, 2), 2, [(2, 99)]),
        ((1, 2), 8, [(1, 99)] * 8),
        ((2,), 1, [(2, 99)]),
        ((2,), 2, [(2, 99)]),
    ],
)
def test_layouts(native: tuple[int, ...], channels: int, shapes: list[tuple[int, int]]) -> None:
    codec, audio = Exact(native), noise(channels, 99)
    point = coding.operating_points(codec, channels)[1]
    decoded = coding.decode(codec, coding.encode(codec, audio, point))
    assert [shape for shape, _ in codec.seen] == shapes
    assert np.allclose(decoded.samples, audio.samples, atol=1e-7)
    # Channels coded one by one share the total bitrate, and each sees the codec's own point.
    assert {rate for _, rate in codec.seen} == {16000}
    assert point.bitrate_bps == 16000 * len(shapes)


def test_a_layout_that_cannot_be_coded_is_refused() -> None:
    with pytest.raises(CodingError, match=r"codes 2 channels, not 3.*--channels mono"):
        coding.operating_points(Exact((2,)), 3)


@pytest.mark.parametrize("rate_hz", [8000, 11025, 44100, 48000, 192000])
@pytest.mark.parametrize("count", [1, 2, 441, 4801])
def test_length_and_rate_come_back_at_any_rate(rate_hz: int, count: int) -> None:
    codec, audio = Exact((1,)), noise(1, count, rate_hz)
    decoded = coding.decode(codec, coding.encode(codec, audio, codec.points(1)[0]))
    assert decoded.samples.shape == audio.samples.shape
    assert decoded.sample_rate_hz == rate_hz


def test_a_header_that_lies_is_refused() -> None:
    codec, audio = Exact((1,)), noise(2, 99)
    good = coding.encode(codec, audio, coding.operating_points(codec, 2)[0])
    for header in (b"", good.header[:10], good.header[:-1], b"\x09" + good.header[1:]):
        with pytest.raises(BitstreamError):
            coding.decode(codec, Bitstream(header, good.packets))
    with pytest.raises(BitstreamError):
        coding.decode(codec, Bitstream(good.header, good.packets[:1]))


def test_a_codec_that_decodes_to_nan_is_named() -> None:
    codec = Exact((1,))
    sound = np.full((1, 50), np.nan, np.float32)
    with pytest.raises(CodingError, match="exact decoded to NaN"):
        coding.decode(codec, coding.encode(codec, Audio(sound, 16000), codec.points(1)[0]))
