"""MP3 by LAME, through PyAV: constant bitrate, bare frames (no ID3 tag, no Xing or LAME frame).

The bitrates are MPEG's ladder, and each has the internal rate that LAME 3.100 itself picks for
44.1 kHz input: MPEG-1 (32 kHz and up) starts at 32 kbps, so low rates run at MPEG-2's 16 to 24 kHz,
the lowest at MPEG-2.5's 8 kHz. The coded bandwidth is LAME's own low-pass. LAME's presets also turn
the level down, by 0.95 up to 160 kbps, 0.97 at 192, 0.98 at 224; that belongs to the codec and is
left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codecbench.codecs import pyav_packets
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples
from codecbench.errors import BitstreamError, UsageError

# (kbps, internal rate in Hz, low-pass in Hz), as `lame_init_params` of LAME 3.100 answers for CBR
# of 44.1 kHz input, mono and joint stereo.
_POINTS = {
    1: (
        (8, 8_000, 3_000),
        (16, 16_000, 5_550),
        (24, 16_000, 5_850),
        (32, 22_050, 8_250),
        (40, 24_000, 10_500),
        (48, 32_000, 11_250),
        (56, 32_000, 15_000),
        (64, 44_100, 16_500),
        (80, 44_100, 20_250),
        (96, 44_100, 20_500),
        (112, 44_100, 20_500),
        (128, 44_100, 20_500),
        (160, 44_100, 20_500),
        (192, 44_100, 20_500),
        (224, 44_100, 20_500),
        (256, 44_100, 20_500),
        (320, 44_100, 20_500),
    ),
    2: (
        (8, 8_000, 2_000),
        (16, 8_000, 3_700),
        (24, 8_000, 3_900),
        (32, 16_000, 5_500),
        (40, 16_000, 7_000),
        (48, 22_050, 7_500),
        (56, 24_000, 10_000),
        (64, 24_000, 11_000),
        (80, 32_000, 13_500),
        (96, 32_000, 15_100),
        (112, 44_100, 15_600),
        (128, 44_100, 17_000),
        (160, 44_100, 17_500),
        (192, 44_100, 18_600),
        (224, 44_100, 19_400),
        (256, 44_100, 19_700),
        (320, 44_100, 20_500),
    ),
}

# Layer III by the two version bits of the frame header: 3 is MPEG-1, 2 MPEG-2, 0 MPEG-2.5
# (ISO/IEC 11172-3 and 13818-3; MPEG-2.5 is Fraunhofer's extension).
_KBPS_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_HZ = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """`mp3`: no variants, no options, on the CPU alone."""
    if variant or options:
        raise UsageError(f"mp3 has no variants and no options: {variant or ', '.join(options)}")
    return Mp3()


class Mp3(Codec):
    """LAME at constant bitrate, joint stereo, its default quality."""

    name = "mp3"
    version = f"1 {pyav_packets.library_version()}"
    channels = (1, 2)
    delay_samples = 1105
    """576 of the encoder and 529 of the decoder, the same at all rates."""

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        """The ladder of LAME's constant bitrates, 8 to 320 kbps in total."""
        if channels not in _POINTS:
            raise UsageError(f"mp3 codes 1 or 2 channels at once, not {channels}")
        return tuple(
            OperatingPoint(1000.0 * kbps, rate_hz, float(lowpass_hz))
            for kbps, rate_hz, lowpass_hz in _POINTS[channels]
        )

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        """Code audio of shape (1 or 2, samples) at the point's rate."""
        return pyav_packets.encode("libmp3lame", samples, point, {}, sample_format="fltp")

    def decode(self, bitstream: Bitstream) -> Samples:
        """Decode in float, all frames in sequence, as the bit reservoir reaches back over them."""
        header = pyav_packets.StreamHeader.of(
            bitstream, "mp3", delays_samples=(self.delay_samples,)
        )
        bitrates = set()
        for number, packet in enumerate(bitstream.packets):
            frame = read_frame_header(packet)
            found = (frame.sample_rate_hz, frame.channels, frame.samples, frame.length)
            stated = (header.sample_rate_hz, header.channels, header.frame_samples, len(packet))
            if found != stated:
                raise BitstreamError(
                    f"mp3: frame {number} says {found} (Hz, channels, samples, bytes), "
                    f"it should be {stated}"
                )
            bitrates.add(frame.bitrate_bps)
        if len(bitrates) != 1:
            raise BitstreamError(f"mp3: the frames state several bitrates: {sorted(bitrates)}")
        return pyav_packets.decode("mp3float", bitstream.packets, header)


@dataclass(frozen=True)
class FrameHeader:
    """The first four bytes of a Layer III frame. samples: per channel; length: in bytes."""

    bitrate_bps: int
    sample_rate_hz: int
    channels: int
    samples: int
    length: int


def read_frame_header(packet: bytes) -> FrameHeader:
    """Read a Layer III frame header (ISO/IEC 11172-3, 2.4.1.3). Raises `BitstreamError`."""
    word = int.from_bytes(packet[:4], "big")
    version, layer = word >> 19 & 3, word >> 17 & 3
    bitrate_index, rate_index, padding, mode = (
        word >> 12 & 15,
        word >> 10 & 3,
        word >> 9 & 1,
        word >> 6 & 3,
    )
    if (
        len(packet) < 4
        or word >> 21 != 0x7FF
        or layer != 1
        or version == 1
        or bitrate_index in {0, 15}
        or rate_index == 3
    ):
        raise BitstreamError(f"mp3: {packet[:4].hex()} does not begin a Layer III frame")
    kbps = (_KBPS_MPEG1 if version == 3 else _KBPS_MPEG2)[bitrate_index]
    rate_hz = _RATES_HZ[version][rate_index]
    samples = 1152 if version == 3 else 576
    length = samples // 8 * 1000 * kbps // rate_hz + padding
    return FrameHeader(1000 * kbps, rate_hz, 1 if mode == 3 else 2, samples, length)
