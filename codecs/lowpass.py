"""The low-pass anchors of a MUSHRA test (ITU-R BS.1534-3): 3.5 kHz and 7 kHz, no codec.

"Encoding" filters (`codecs/anchor_filter.py`) and stores the result as one packet of 24-bit FLAC,
so that it passes every stage as a codec does; its size means nothing as a bitrate.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping

import numpy as np

from codecbench.codecs.anchor_filter import LOW_HZ, MID_HZ, lowpassed
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples
from codecbench.errors import BitstreamError, CodingError, UsageError

SAMPLE_RATE_HZ = 48_000

_CUTOFFS_HZ = {"3.5khz": LOW_HZ, "7khz": MID_HZ}
_HEADER = struct.Struct("<QBf")
_FULL_SCALE = 2**23 - 1


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """`lowpass` (both anchors), `lowpass:3.5khz` or `lowpass:7khz`; no options, on the CPU."""
    if options:
        raise UsageError(f"lowpass has no options: {', '.join(options)}")
    if variant and variant not in _CUTOFFS_HZ:
        raise UsageError(f'lowpass has no variant "{variant}": it has {", ".join(_CUTOFFS_HZ)}')
    return Lowpass(variant)


class Lowpass(Codec):
    """One anchor, or both where `variant` is empty."""

    version = "1"
    channels = (1, 2)
    delay_samples = 208
    """Half the length of the longer filter."""
    bitrate_is_measured = False

    def __init__(self, variant: str) -> None:
        self.name = f"lowpass:{variant}" if variant else "lowpass"
        self._cutoffs_hz = (_CUTOFFS_HZ[variant],) if variant else tuple(_CUTOFFS_HZ.values())

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        """The anchors, lower first; they have a label in place of a bitrate."""
        return tuple(
            OperatingPoint(None, SAMPLE_RATE_HZ, cutoff_hz, label=f"{cutoff_hz / 1000:g} kHz")
            for cutoff_hz in self._cutoffs_hz
        )

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        """Filter audio of shape (1 or 2, samples) at 48 kHz, and keep 24 bits of it."""
        import soundfile

        if samples.ndim != 2 or samples.shape[0] not in self.channels or samples.shape[1] < 1:
            raise CodingError(f"lowpass codes 1 or 2 channels, not audio of shape {samples.shape}")
        filtered = lowpassed(samples, point.coded_bandwidth_hz, SAMPLE_RATE_HZ)
        scale = np.float32(max(1.0, np.abs(filtered).max()))
        codes = np.rint(filtered / float(scale) * _FULL_SCALE).astype(np.int32)
        # libsndfile takes 24 bits from the top of 32.
        file = io.BytesIO()
        soundfile.write(file, codes.T << 8, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_24")
        channels, sample_count = samples.shape
        return Bitstream(_HEADER.pack(sample_count, channels, scale), (file.getvalue(),))

    def decode(self, bitstream: Bitstream) -> Samples:
        """Read the filtered audio back, exact to 1e-7 of its scale."""
        import soundfile

        if len(bitstream.header) != _HEADER.size or len(bitstream.packets) != 1:
            raise BitstreamError("lowpass: a bitstream is a header of 13 bytes and one packet")
        sample_count, channels, scale = _HEADER.unpack(bitstream.header)
        try:
            codes, _ = soundfile.read(
                io.BytesIO(bitstream.packets[0]), dtype="int32", always_2d=True
            )
        except (soundfile.SoundFileError, ValueError) as error:
            raise BitstreamError(f"lowpass: the packet is no FLAC: {error}") from error
        if codes.shape != (sample_count, channels) or not 1.0 <= scale < np.inf:
            raise BitstreamError(
                f"lowpass: the packet holds {codes.shape} (samples, channels), "
                f"the header says {(sample_count, channels)} and scale {scale:g}"
            )
        audio = (codes.T >> 8) * (scale / _FULL_SCALE)
        return np.ascontiguousarray(audio, np.float32)
