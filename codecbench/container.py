"""The file around a bitstream: says which codec made it, keeps packets apart, notices damage.

    "CBS1" · length of the description · description (JSON) · length of the header · header ·
    number of packets · length of each packet · packets · CRC-32 of all before

All numbers are little-endian 32-bit. `bench encode` writes such files, a run stores them, and
`bench decode` needs nothing else (and the codec's weights).
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass

from codecbench.codecs.contract import Bitstream, OperatingPoint
from codecbench.errors import BitstreamError

_MAGIC = b"CBS1"
_U32 = struct.Struct("<I")


@dataclass(frozen=True)
class Description:
    """Who made a bitstream: the codec's canonical name, its version, its weights, its point."""

    codec: str
    codec_version: str
    weights_hash: str
    point: OperatingPoint


def pack_file(description: Description, bitstream: Bitstream) -> bytes:
    """Return the bytes of a file; the same arguments give the same bytes."""
    text = json.dumps(asdict(description), sort_keys=True, separators=(",", ":")).encode()
    lengths = struct.pack(f"<{len(bitstream.packets)}I", *map(len, bitstream.packets))
    body = b"".join(
        (
            _MAGIC,
            _U32.pack(len(text)) + text,
            _U32.pack(len(bitstream.header)) + bitstream.header,
            _U32.pack(len(bitstream.packets)) + lengths,
            *bitstream.packets,
        )
    )
    return body + _U32.pack(zlib.crc32(body))


def unpack_file(data: bytes, name: str) -> tuple[Description, Bitstream]:
    """Undo `pack_file`. Raises `BitstreamError` that names the file where it is not a sound one."""
    if data[:4] != _MAGIC:
        raise BitstreamError(f"{name} is not a codecbench bitstream (it does not begin with CBS1)")
    if len(data) < 8 or zlib.crc32(data[:-4]) != _U32.unpack(data[-4:])[0]:
        raise BitstreamError(f"{name} is damaged: it is cut short or its checksum does not fit")
    try:
        text, offset = _field(data, 4)
        header, offset = _field(data, offset)
        (count,) = _U32.unpack_from(data, offset)
        lengths = struct.unpack_from(f"<{count}I", data, offset + 4)
        fields = json.loads(text)
        point = OperatingPoint(**fields.pop("point"))
        description = Description(point=point, **fields)
    except (struct.error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BitstreamError(f"{name} is of a layout that this codecbench does not read") from error
    packets, offset = [], offset + 4 + 4 * count
    for length in lengths:
        packets.append(data[offset : offset + length])
        offset += length
    if offset != len(data) - 4:
        raise BitstreamError(f"{name} is damaged: its packets do not fill it")
    return description, Bitstream(header, tuple(packets))


def _field(data: bytes, offset: int) -> tuple[bytes, int]:
    (length,) = _U32.unpack_from(data, offset)
    end = offset + 4 + length
    if end > len(data) - 4:
        raise ValueError("a length points past the end")
    return data[offset + 4 : end], end
