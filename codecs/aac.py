"""AAC-LC by FFmpeg's own encoder, through PyAV: raw access units without ADTS.

The decoder's AudioSpecificConfig follows from the header. The range is continuous, 8 to 160 kbps
per channel: over 12 real clips each clip measures 0.75 to 1.4 times nominal there; above, the
encoder runs out of detail to code and misses it by more. The encoder turns frames with peaks above
0.95 down to 0.95, which belongs to the codec.
"""

from __future__ import annotations

from collections.abc import Mapping

from codecbench.codecs import pyav_packets
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples
from codecbench.errors import BitstreamError, UsageError

MIN_BITRATE_PER_CHANNEL_BPS = 8_000.0
MAX_BITRATE_PER_CHANNEL_BPS = 160_000.0

_RATES_HZ = (12_000, 16_000, 24_000, 32_000, 44_100)
"""Not 8 kHz: there castanets measured up to 1.63 times the nominal bitrate."""
_STANDARD_RATES_HZ = (
    *(96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000),
    *(22_050, 16_000, 12_000, 11_025, 8_000, 7_350),
)
_LOW_COMPLEXITY = 2
_NO_SBR = bytes.fromhex("56e500")
"""Sync word 0x2b7 (11 bits), object type 5 (5 bits), and the flag that SBR is absent."""
_LADDER_KBPS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 160)


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """`aac`: no variants, no options, on the CPU alone."""
    if variant or options:
        raise UsageError(f"aac has no variants and no options: {variant or ', '.join(options)}")
    return Aac()


class Aac(Codec):
    """FFmpeg's AAC-LC encoder at an average bitrate, with its defaults."""

    name = "aac"
    version = f"1 {pyav_packets.library_version()}"
    channels = (1, 2)
    delay_samples = 1024

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        """Rates of a ladder, as examples: between them every rate is one."""
        return tuple(
            self.nearest_point(1000.0 * kbps * channels, channels) for kbps in _LADDER_KBPS
        )

    def nearest_point(self, bitrate_bps: float, channels: int) -> OperatingPoint:
        """The rate itself, held to the range, at the lowest internal rate with room for it."""
        if channels not in self.channels:
            raise UsageError(f"aac codes 1 or 2 channels at once, not {channels}")
        per_channel = min(
            max(bitrate_bps / channels, MIN_BITRATE_PER_CHANNEL_BPS), MAX_BITRATE_PER_CHANNEL_BPS
        )
        cutoff_hz = default_cutoff_hz(per_channel)
        rate_hz = next((rate for rate in _RATES_HZ if rate >= 2 * cutoff_hz), _RATES_HZ[-1])
        return OperatingPoint(per_channel * channels, rate_hz, min(cutoff_hz, rate_hz / 2))

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        """Code audio of shape (1 or 2, samples) at the point's rate."""
        return pyav_packets.encode("aac", samples, point, {}, sample_format="fltp")

    def decode(self, bitstream: Bitstream) -> Samples:
        """Decode in float with FFmpeg's decoder."""
        header = pyav_packets.StreamHeader.of(
            bitstream, "aac", delays_samples=(self.delay_samples,)
        )
        config = audio_specific_config(header.sample_rate_hz, header.channels)
        return pyav_packets.decode("aac", bitstream.packets, header, extradata=config)


def audio_specific_config(sample_rate_hz: int, channels: int) -> bytes:
    """The AudioSpecificConfig of AAC-LC (ISO/IEC 14496-3, 1.6.2.1), saying that there is no SBR.

    Raises `BitstreamError` for a rate that the standard does not list.
    """
    if sample_rate_hz not in _STANDARD_RATES_HZ:
        raise BitstreamError(f"aac: it has no rate of {sample_rate_hz} Hz")
    rate_index = _STANDARD_RATES_HZ.index(sample_rate_hz)
    fields = _LOW_COMPLEXITY << 11 | rate_index << 7 | channels << 3
    return fields.to_bytes(2, "big") + _NO_SBR


def default_cutoff_hz(bitrate_per_channel_bps: float) -> float:
    """Bandwidth that FFmpeg's encoder gives a channel at a bitrate, where no cutoff is asked for.

    FFmpeg's rule: AAC_CUTOFF_FROM_BITRATE in libavcodec/psymodel.h, with the 15% that the encoder's
    two-loop coder adds for noise substitution and intensity stereo, and 3 kHz at least. The spectra
    of coded white noise agree with it to one scale factor band (of short blocks).
    """
    rate = 1.15 * bitrate_per_channel_bps
    slow = max(rate / 5, rate * 15 / 32 - 5_500)
    return max(3_000.0, min(slow, 3_000 + rate / 4, 12_000 + rate / 16, 22_000.0))
