"""Opus by libopus, through PyAV: raw packets (RFC 6716), without Ogg, at 48 kHz.

The bitrate range is continuous, 6 to 256 kbps per channel: 6 to 256 mono, 6 to 512 stereo.
libopus takes 6 kbps for stereo too, but it sends one channel below about 18 kbps in total.
Pre-skip is dropped to the sample. CELT (64 kbps and up) then has lag 0; SILK and hybrid frames keep
-2 to +5 samples of their own, which belong to the codec (mono, by cross-correlation on real clips;
meaningless for a clip whose sound lies above the coded band).
"""

from __future__ import annotations

from collections.abc import Mapping

from codecbench.codecs import pyav_packets
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples
from codecbench.errors import BitstreamError, UsageError

SAMPLE_RATE_HZ = 48_000
MIN_BITRATE_BPS = 6_000.0
MAX_BITRATE_PER_CHANNEL_BPS = 256_000.0

_VALUES = {
    "vbr": ("on", "constrained", "cbr", "off"),
    "frame_duration": ("2.5", "5", "10", "20", "40", "60"),
    "application": ("audio", "voip", "lowdelay"),
    "complexity": tuple(str(n) for n in range(11)),
}
_DEFAULTS = {"vbr": "on", "frame_duration": "20", "application": "audio", "complexity": "10"}
_LADDER_BPS = (6e3, 8e3, 12e3, 14e3, 16e3, 24e3, 32e3, 48e3, 64e3, 96e3, 128e3, 192e3, 256e3, 512e3)
_PRE_SKIP = 312
_PRE_SKIP_LOW_DELAY = 120


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """`opus` with any of vbr, frame_duration (ms), application, complexity; runs on the CPU alone.

    vbr=off is another name of vbr=cbr. Raises `UsageError` for what does not exist.
    """
    if variant:
        raise UsageError(f'opus has no variant "{variant}": write opus, with options after a comma')
    for key, value in options.items():
        if key not in _VALUES:
            raise UsageError(f'opus has no option "{key}": it has {", ".join(_VALUES)}')
        if value not in _VALUES[key]:
            raise UsageError(f'opus: {key}="{value}" does not exist: {", ".join(_VALUES[key])} do')
    chosen = _DEFAULTS | dict(options)
    if chosen["vbr"] == "off":
        chosen["vbr"] = "cbr"
    if chosen["application"] == "voip" and float(chosen["frame_duration"]) < 10:
        raise UsageError("opus: application=voip needs frame_duration=10 or more, as SILK does")
    return Opus(chosen)


class Opus(Codec):
    """libopus with its options fixed. chosen: a value for each of the four options."""

    version = f"1 {pyav_packets.library_version()}"
    channels = (1, 2)

    def __init__(self, chosen: Mapping[str, str]) -> None:
        changed = [f",{key}={chosen[key]}" for key in _DEFAULTS if chosen[key] != _DEFAULTS[key]]
        self.name = "opus" + "".join(changed)
        self._frame_s = float(chosen["frame_duration"]) / 1000
        self._complexity = int(chosen["complexity"])
        self._constant = chosen["vbr"] == "cbr"
        # Below 10 ms there is no SILK, and FFmpeg sets the low-delay application by itself.
        low_delay = chosen["application"] == "lowdelay" or self._frame_s < 0.01
        self.delay_samples = _PRE_SKIP_LOW_DELAY if low_delay else _PRE_SKIP
        self._settings = {
            "vbr": "off" if self._constant else chosen["vbr"],
            "frame_duration": chosen["frame_duration"],
            "application": chosen["application"],
            "compression_level": chosen["complexity"],
        }

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        """Rates of a ladder, as examples: between them every rate is one."""
        lowest, highest = self._range_bps(channels)
        rates = [rate for rate in _LADDER_BPS if lowest <= rate <= highest]
        return tuple(dict.fromkeys(self.nearest_point(rate, channels) for rate in rates))

    def nearest_point(self, bitrate_bps: float, channels: int) -> OperatingPoint:
        """The rate itself, held to the range; for CBR to whole bytes per packet as well."""
        lowest, highest = self._range_bps(channels)
        rate = min(max(bitrate_bps, lowest), highest)
        if self._constant:
            rate = round(rate * self._frame_s / 8) * 8 / self._frame_s
        return OperatingPoint(rate, SAMPLE_RATE_HZ, self._bandwidth_hz(rate, channels))

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        """Code audio of shape (1 or 2, samples) at 48 kHz."""
        return pyav_packets.encode("libopus", samples, point, self._settings, sample_format="flt")

    def decode(self, bitstream: Bitstream) -> Samples:
        """Decode with libopus, the reference decoder, in float."""
        header = pyav_packets.StreamHeader.of(
            bitstream, "opus", delays_samples=(_PRE_SKIP, _PRE_SKIP_LOW_DELAY)
        )
        if header.sample_rate_hz != SAMPLE_RATE_HZ:
            raise BitstreamError(f"opus: it has no rate of {header.sample_rate_hz} Hz")
        return pyav_packets.decode("libopus", bitstream.packets, header)

    def _range_bps(self, channels: int) -> tuple[float, float]:
        if channels not in self.channels:
            raise UsageError(f"{self.name} codes 1 or 2 channels at once, not {channels}")
        # libopus sends frames without audio when 3 bytes a frame are out of reach.
        lowest = max(MIN_BITRATE_BPS, 24 / self._frame_s)
        return lowest, MAX_BITRATE_PER_CHANNEL_BPS * channels

    def _bandwidth_hz(self, bitrate_bps: float, channels: int) -> float:
        """Audio bandwidth (RFC 6716, table 1) that libopus 1.6 chooses at a bitrate.

        Found by reading the bandwidth out of the packets of 12 real clips and of white noise: with
        the default options 4 kHz below 9 kbps, 8 kHz below 13, 12 kHz below 14, else 20; mono and
        stereo alike. Between 12.5 and 14 kbps it varies with the signal; 12 kHz is what most frames
        have. Other options shift the edges, by the discounts that libopus itself makes
        (compute_equiv_rate in opus_encoder.c) for short frames, CBR and low complexity.
        """
        rate = bitrate_bps - 60 * max(0.0, 1 / self._frame_s - 50)
        rate *= 11 / 12 if self._constant else 1.0
        rate *= (90 + self._complexity) / 100
        if rate < 9_000:
            return 4_000.0
        if rate < 13_000:
            return 8_000.0
        return 12_000.0 if rate < 14_000 else 20_000.0
