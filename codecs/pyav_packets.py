"""Raw packets of FFmpeg's audio codecs, through PyAV: samples to packets and back, no container.

The encoder's delay, which FFmpeg gives as the negative time stamp of the first packet, is stored in
the header, and the decoder drops it: what comes out lines up with what went in, to the sample.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from importlib.metadata import version as package_version

import numpy as np

from codecbench.codecs.contract import Bitstream, OperatingPoint, Samples
from codecbench.errors import BitstreamError, CodingError

_FIXED = struct.Struct("<QIBHH")
_LAYOUTS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True)
class StreamHeader:
    """What a decoder must know beside the packets.

    sample_count, delay_samples and frame_samples (per packet) are per channel, at `sample_rate_hz`.
    """

    sample_count: int
    sample_rate_hz: int
    channels: int
    delay_samples: int
    frame_samples: int

    @property
    def packet_count(self) -> int:
        """Packets that cover the delay and the clip, and not one more."""
        return -(-(self.sample_count + self.delay_samples) // self.frame_samples)

    def to_bytes(self) -> bytes:
        """17 bytes, little-endian."""
        return _FIXED.pack(*astuple(self))

    @classmethod
    def of(
        cls, bitstream: Bitstream, codec: str, *, delays_samples: tuple[int, ...]
    ) -> StreamHeader:
        """Read a header and hold it against the packets and the delays that the codec can have.

        Raises `BitstreamError`.
        """
        if len(bitstream.header) != _FIXED.size:
            raise BitstreamError(
                f"{codec}: a header takes {_FIXED.size} bytes, not {len(bitstream.header)}"
            )
        header = cls(*_FIXED.unpack(bitstream.header))
        if (
            header.sample_count < 1
            or header.sample_rate_hz < 1
            or header.channels not in _LAYOUTS
            or header.delay_samples not in delays_samples
            or header.frame_samples < 1
        ):
            raise BitstreamError(f"{codec}: the header is damaged: {header}")
        if header.packet_count != len(bitstream.packets):
            raise BitstreamError(
                f"{codec}: {header.sample_count} samples take {header.packet_count} packets, "
                f"the bitstream has {len(bitstream.packets)}"
            )
        return header


def library_version() -> str:
    """PyAV's version: its wheels pin FFmpeg, libopus and LAME. Imports nothing heavy."""
    return f"PyAV {package_version('av')}"


def encode(
    encoder: str,
    samples: Samples,
    point: OperatingPoint,
    options: Mapping[str, str],
    *,
    sample_format: str,
) -> Bitstream:
    """Code audio of shape (channels, samples) with a new context of one of FFmpeg's encoders.

    sample_format: "flt" (interleaved) or "fltp" (planar), whichever the encoder takes.
    Raises `CodingError` for a layout or a setting that the encoder refuses.
    """
    import av
    from av.audio.codeccontext import AudioCodecContext

    channels, sample_count = samples.shape if samples.ndim == 2 else (0, 0)
    if channels not in _LAYOUTS or sample_count < 1:
        raise CodingError(
            f"{encoder}: it codes 1 or 2 channels, not audio of shape {samples.shape}"
        )
    if point.bitrate_bps is None:
        raise CodingError(f"{encoder}: the operating point has no bitrate")
    context = av.CodecContext.create(encoder, "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate = point.sample_rate_hz
    context.layout = _LAYOUTS[channels]
    context.format = sample_format
    context.bit_rate = round(point.bitrate_bps)
    context.options = dict(options)
    try:
        context.open()
        frame = context.frame_size
        padded = np.zeros((channels, -(-sample_count // frame) * frame), np.float32)
        padded[:, :sample_count] = samples
        packets = []
        for start in range(0, padded.shape[1], frame):
            piece = padded[:, start : start + frame]
            plane = piece if sample_format.endswith("p") else piece.T.reshape(1, -1)
            audio = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(plane), format=sample_format, layout=_LAYOUTS[channels]
            )
            audio.sample_rate = point.sample_rate_hz
            audio.pts = start
            packets += context.encode(audio)
        packets += context.encode(None)
    except av.FFmpegError as error:
        raise CodingError(
            f"{encoder}: refused {point.bitrate_bps:.0f} bps at {point.sample_rate_hz} Hz, "
            f"{channels} channel(s): {error}"
        ) from error
    header = StreamHeader(
        sample_count,
        point.sample_rate_hz,
        channels,
        -(packets[0].pts or 0),
        frame,
    )
    if len(packets) < header.packet_count:
        raise CodingError(
            f"{encoder}: gave {len(packets)} packets where the clip takes {header.packet_count}"
        )
    return Bitstream(header.to_bytes(), tuple(bytes(p) for p in packets[: header.packet_count]))


def decode(
    decoder: str, packets: tuple[bytes, ...], header: StreamHeader, *, extradata: bytes = b""
) -> Samples:
    """Decode all packets in sequence to shape (channels, sample_count), delay dropped, unclipped.

    extradata: the configuration that the decoder asks for, in FFmpeg's layout.
    Raises `BitstreamError` for a packet that the decoder refuses, or whose audio has another
    length, rate or layout than the header says.
    """
    import av
    from av.audio.codeccontext import AudioCodecContext

    context = av.CodecContext.create(decoder, "r")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate = header.sample_rate_hz
    context.layout = _LAYOUTS[header.channels]
    context.options = {"request_sample_fmt": "flt"}  # libopus would give 16 bits, clipped
    if extradata:
        context.extradata = extradata
    expected = (header.frame_samples, header.sample_rate_hz, header.channels)
    pieces = []
    for number, packet in enumerate(packets):
        if not packet:  # FFmpeg would take it for the end of the stream
            raise BitstreamError(f"{decoder}: packet {number} is empty")
        try:
            frames = context.decode(av.Packet(packet))
        except (av.FFmpegError, ValueError) as error:
            raise BitstreamError(f"{decoder}: packet {number} is damaged: {error}") from error
        got = [(f.samples, f.sample_rate, f.layout.nb_channels) for f in frames]
        if got != [expected]:
            raise BitstreamError(
                f"{decoder}: packet {number} holds {got}, the header says {expected} "
                "(samples, Hz, channels)"
            )
        if not frames[0].format.name.startswith("flt"):
            raise CodingError(f"{decoder}: decodes to {frames[0].format.name}, which would clip")
        plane = frames[0].to_ndarray()
        if not frames[0].format.is_planar:
            plane = plane.reshape(-1, header.channels).T
        pieces.append(plane)
    audio = np.concatenate(pieces, axis=1)
    end = header.delay_samples + header.sample_count
    return np.ascontiguousarray(audio[:, header.delay_samples : end], np.float32)
