"""A compact file of codes: a header of 40 bytes, then the codes in no more bits than they need.

All numbers are little-endian. Byte by byte:

     0  4  magic "DACc"
     4  1  version of this layout, 1
     5  1  channels, each coded as mono: 1 to 255
     6  2  codebooks
     8  4  codebook size, 2 to 65536
    12  4  sample rate of the codec in Hz
    16  4  hop in samples per frame
    20  4  frames
    24  8  samples per channel at the codec's rate, at most frames · hop
    32  4  loudness of the original in LUFS, float32; NaN where it is not known
    36  4  CRC-32 of all other bytes, header and codes
    40     codes, each of ceil(log2(codebook size)) bits, most significant bit first: frame by
           frame, in it channel by channel, in it codebook by codebook; zeros fill the last byte

The codes take ceil(frames · channels · codebooks · bits / 8) bytes: the nominal bitrate exactly.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from codecbench.errors import BitstreamError, UsageError
from codecbench.files import read_whole, write_whole

MAGIC = b"DACc"
VERSION = 1
_HEADER = struct.Struct("<4sBBHIIIIQf")
_CRC = struct.Struct("<I")
HEADER_BYTES = _HEADER.size + _CRC.size


@dataclass(frozen=True, eq=False)
class CompactCodes:
    """Codes of one recording and what decoding them needs to know.

    codes: integers (channels, codebooks, frames), each below `codebook_size`.
    sample_rate_hz: of the codec; hop_length: its samples per frame.
    samples: length per channel at that rate, 1 to frames · hop.
    input_lufs: loudness of the original, None where it is not known.

    Raises `UsageError` for values that the layout cannot hold.
    """

    codes: npt.NDArray[np.integer]
    sample_rate_hz: int
    hop_length: int
    codebook_size: int
    samples: int
    input_lufs: float | None = None

    def __post_init__(self) -> None:
        codes = self.codes
        if codes.ndim != 3 or codes.dtype.kind not in "iu" or not codes.size:
            raise UsageError(
                "codes must be integers (channels, codebooks, frames), got "
                f"{codes.dtype} {codes.shape}"
            )
        fields = {
            "channels": (codes.shape[0], 1, 255),
            "codebooks": (codes.shape[1], 1, (1 << 16) - 1),
            "frames": (codes.shape[2], 1, (1 << 32) - 1),
            "codebook_size": (self.codebook_size, 2, 1 << 16),
            "sample_rate_hz": (self.sample_rate_hz, 1, (1 << 32) - 1),
            "hop_length": (self.hop_length, 1, (1 << 32) - 1),
            "samples": (self.samples, 1, codes.shape[2] * self.hop_length),
        }
        for name, (value, least, most) in fields.items():
            if not least <= value <= most:
                raise UsageError(f"{name} must lie in {least}..{most}, got {value}")
        if codes.min() < 0 or codes.max() >= self.codebook_size:
            raise UsageError(
                f"codes from {codes.min()} to {codes.max()} for a codebook of {self.codebook_size}"
            )
        if self.input_lufs is not None and not math.isfinite(self.input_lufs):
            raise UsageError(f"input_lufs must be finite or None, got {self.input_lufs}")


def pack(content: CompactCodes) -> bytes:
    """The bytes of a file; equal contents give equal bytes."""
    channels, codebooks, frames = content.codes.shape
    header = _HEADER.pack(
        MAGIC,
        VERSION,
        channels,
        codebooks,
        content.codebook_size,
        content.sample_rate_hz,
        content.hop_length,
        frames,
        content.samples,
        math.nan if content.input_lufs is None else content.input_lufs,
    )
    payload = _pack_codes(content.codes.transpose(2, 0, 1), _bits(content.codebook_size))
    return header + _CRC.pack(zlib.crc32(payload, zlib.crc32(header))) + payload


def unpack(data: bytes) -> CompactCodes:
    """Undo `pack`: codes are uint16. Raises `BitstreamError` for other, damaged or cut bytes."""
    if data[:4] != MAGIC:
        raise BitstreamError("not a compact file of codes: it does not begin with DACc")
    if len(data) < HEADER_BYTES:
        raise BitstreamError(f"cut short: {len(data)} bytes, and its header has {HEADER_BYTES}")
    if data[4] != VERSION:
        raise BitstreamError(f"version {data[4]} of the layout: this reads {VERSION}")
    header, payload = data[: _HEADER.size], data[HEADER_BYTES:]
    if zlib.crc32(payload, zlib.crc32(header)) != _CRC.unpack_from(data, _HEADER.size)[0]:
        raise BitstreamError("damaged or cut short: its checksum does not fit")
    _, _, channels, codebooks, size, rate_hz, hop, frames, samples, lufs = _HEADER.unpack(header)
    count, bits = frames * channels * codebooks, _bits(size)
    if len(payload) != math.ceil(count * bits / 8) or not count or not bits:
        raise BitstreamError(f"{len(payload)} bytes of codes, which is not what its header says")
    codes = _unpack_codes(payload, count, bits).reshape(frames, channels, codebooks)
    try:
        return CompactCodes(
            codes=np.ascontiguousarray(codes.transpose(1, 2, 0)),
            sample_rate_hz=rate_hz,
            hop_length=hop,
            codebook_size=size,
            samples=samples,
            input_lufs=None if math.isnan(lufs) else lufs,
        )
    except UsageError as error:
        raise BitstreamError(f"its header cannot be: {error}") from error


def write_compact(path: Path, content: CompactCodes) -> None:
    """Write a file, whole or not at all. Raises `BitstreamError` where it cannot be written."""
    write_whole(path, pack(content), BitstreamError)


def read_compact(path: Path) -> CompactCodes:
    """Read a file. Raises `BitstreamError` that names the file and the cause."""
    data = read_whole(path, BitstreamError)
    try:
        return unpack(data)
    except BitstreamError as error:
        raise BitstreamError(f"{path}: {error}") from error


def _bits(codebook_size: int) -> int:
    """Bits of one code; 0 for sizes that cannot be."""
    return (codebook_size - 1).bit_length() if 2 <= codebook_size <= 1 << 16 else 0


def _pack_codes(codes: npt.NDArray[np.integer], bits: int) -> bytes:
    sixteen = np.unpackbits(codes.astype(">u2").ravel().view(np.uint8)).reshape(-1, 16)
    return np.packbits(sixteen[:, 16 - bits :]).tobytes()


def _unpack_codes(payload: bytes, count: int, bits: int) -> npt.NDArray[np.uint16]:
    packed = np.unpackbits(np.frombuffer(payload, np.uint8), count=count * bits)
    sixteen = np.pad(packed.reshape(count, bits), ((0, 0), (16 - bits, 0)))
    return np.packbits(sixteen).view(">u2").astype(np.uint16)
