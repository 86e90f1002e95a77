"""Coding of any audio by any codec: rates, channel layouts, lengths, and the envelope around it.

A codec works at the rate of its operating point and on a layout of its own (`codecs/contract.py`).
Here audio is brought there and back, so that decoding gives the input's rate, layout and exact
length, from the bytes alone. The envelope is part of the bitstream's header: it does not vary with
the signal and does not count as bitrate.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from codecbench.audio import Audio, fit_length, resample
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples, Tokens
from codecbench.errors import BitstreamError, CodingError

PREPROCESSING_VERSION = 1
"""Part of every result's key; raised when what happens around encoding and decoding changes."""

_ENVELOPE = struct.Struct("<BIIQBB")  # version, rate, internal rate, samples, channels, streams
_STREAM = struct.Struct("<II")  # header bytes, packets
_ENVELOPE_VERSION = 1


def stream_layout(codec: Codec, channels: int) -> tuple[int, int]:
    """How a layout is coded: (streams, channels in each).

    Natively where the codec can, else one channel at a time; mono goes twice into a codec that has
    stereo alone. Raises `CodingError` where none of these is possible.
    """
    if channels in codec.channels:
        return 1, channels
    if 1 in codec.channels:
        return channels, 1
    if channels == 1 and 2 in codec.channels:
        return 1, 2
    native = " or ".join(map(str, codec.channels))
    raise CodingError(f"{codec.name} codes {native} channels, not {channels}: use --channels mono")


def operating_points(codec: Codec, channels: int) -> tuple[OperatingPoint, ...]:
    """The codec's points for a layout, with bitrates in total over its channels."""
    streams, native = stream_layout(codec, channels)
    return tuple(_scaled(point, streams) for point in codec.points(native))


def nearest_point(codec: Codec, bitrate_bps: float, channels: int) -> OperatingPoint:
    """The point of a layout nearest to a total bitrate, on a log scale, however far."""
    streams, native = stream_layout(codec, channels)
    return _scaled(codec.nearest_point(bitrate_bps / streams, native), streams)


def _scaled(point: OperatingPoint, factor: float) -> OperatingPoint:
    if point.bitrate_bps is None or factor == 1:
        return point
    return replace(point, bitrate_bps=point.bitrate_bps * factor)


def to_streams(codec: Codec, audio: Audio, point: OperatingPoint) -> list[Samples]:
    """Bring audio to what the codec's encoder takes: one array a stream, at the internal rate."""
    streams, native = stream_layout(codec, audio.channels)
    inside = resample(audio.samples, audio.sample_rate_hz, point.sample_rate_hz)
    if native > audio.channels:
        inside = np.repeat(inside, native, axis=0)
    return [inside[i * native : (i + 1) * native] for i in range(streams)]


def stream_point(codec: Codec, point: OperatingPoint, channels: int) -> OperatingPoint:
    """The point as one stream sees it: its share of the total bitrate."""
    streams, _ = stream_layout(codec, channels)
    return _scaled(point, 1 / streams)


def encode(codec: Codec, audio: Audio, point: OperatingPoint) -> Bitstream:
    """Encode audio of any rate and layout at a point of that layout (`operating_points`)."""
    own_point = stream_point(codec, point, audio.channels)
    parts = [codec.encode(stream, own_point) for stream in to_streams(codec, audio, point)]
    header = _ENVELOPE.pack(
        _ENVELOPE_VERSION,
        audio.sample_rate_hz,
        point.sample_rate_hz,
        audio.samples.shape[1],
        audio.channels,
        len(parts),
    )
    header += b"".join(_STREAM.pack(len(part.header), len(part.packets)) for part in parts)
    header += b"".join(part.header for part in parts)
    return Bitstream(header, tuple(packet for part in parts for packet in part.packets))


def decode(codec: Codec, bitstream: Bitstream) -> Audio:
    """Decode to the rate, layout and length of the original. Raises `BitstreamError` for damage."""
    rate_hz, inside_hz, length, channels, parts = _open(bitstream)
    decoded = [codec.decode(part) for part in parts]
    if len({stream.shape for stream in decoded}) != 1:
        raise BitstreamError(f"{codec.name}: the bitstream's channels have different lengths")
    samples = np.concatenate(decoded, axis=0)
    if channels == 1 and samples.shape[0] > 1:
        samples = samples.mean(axis=0, keepdims=True)
    if samples.shape[0] != channels:
        raise BitstreamError(
            f"{codec.name}: {samples.shape[0]} channels decoded where the header says {channels}"
        )
    if not np.isfinite(samples).all():
        raise CodingError(f"{codec.name} decoded to NaN or infinity")
    outside = resample(samples.astype(np.float32, copy=False), inside_hz, rate_hz)
    return Audio(fit_length(outside, length), rate_hz)


def tokens(codec: Codec, bitstream: Bitstream) -> Tokens | None:
    """The codes of all streams, (codebooks, frames); one stream's codebooks after the other's."""
    parts = [codec.tokens(part) for part in _open(bitstream)[-1]]
    found = [part for part in parts if part is not None]
    return np.concatenate(found, axis=0) if found else None


def _open(bitstream: Bitstream) -> tuple[int, int, int, int, list[Bitstream]]:
    try:
        version, rate_hz, inside_hz, length, channels, streams = _ENVELOPE.unpack_from(
            bitstream.header
        )
        offset = _ENVELOPE.size
        sizes = list(_sizes(bitstream.header, offset, streams))
    except struct.error:
        raise BitstreamError("the bitstream's header is cut short") from None
    offset += streams * _STREAM.size
    if version != _ENVELOPE_VERSION:
        raise BitstreamError(
            f"the bitstream has version {version}; this codecbench reads version 1"
        )
    if sum(s[0] for s in sizes) != len(bitstream.header) - offset or (
        sum(s[1] for s in sizes) != len(bitstream.packets)
    ):
        raise BitstreamError("the bitstream's header does not fit its packets")
    if not (rate_hz and inside_hz and length and channels and streams):
        raise BitstreamError("the bitstream's header says that there is no audio")
    parts, first = [], 0
    for header_bytes, packets in sizes:
        header = bitstream.header[offset : offset + header_bytes]
        parts.append(Bitstream(header, bitstream.packets[first : first + packets]))
        offset, first = offset + header_bytes, first + packets
    return rate_hz, inside_hz, length, channels, parts


def _sizes(header: bytes, offset: int, streams: int) -> Iterator[tuple[int, int]]:
    for i in range(streams):
        header_bytes, packets = _STREAM.unpack_from(header, offset + i * _STREAM.size)
        yield header_bytes, packets
