"""Containers of PCM written byte by byte, with whatever lengths a header may state."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RATE_HZ = 8_000
GUID = bytes.fromhex("f3acd3118cd100c04f8edb8a")

Make = Callable[..., bytes]


def ramp(count: int = 1000) -> npt.NDArray[np.int16]:
    """Samples that differ from each other and look like no chunk."""
    return np.arange(1000, 1000 + count, dtype=np.int16)


def expected(count: int = 1000) -> npt.NDArray[np.float32]:
    return (ramp(count) / 32768).astype(np.float32)[None]


def fmt(bits: int = 16, kind: int = 1) -> bytes:
    return struct.pack("<HHIIHH", kind, 1, RATE_HZ, RATE_HZ * bits // 8, bits // 8, bits)


def chunk(name: bytes, content: bytes, pad: bool = True) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2 * pad)


def riff(
    data: bytes, length: int | None = None, whole: int | None = None, before: bytes = b""
) -> bytes:
    body = b"WAVE" + before + chunk(b"fmt ", fmt()) + b"data"
    body += struct.pack("<I", len(data) if length is None else length) + data
    return b"RIFF" + struct.pack("<I", len(body) if whole is None else whole) + body


def wav(length: int | None = None, count: int = 1000) -> bytes:
    return riff(ramp(count).tobytes(), length, None if length is None else (length + 36) % 2**32)


def rf64(length: int | None = None, count: int = 1000) -> bytes:
    """RF64 with its lengths in ds64."""
    data = ramp(count).tobytes()
    stated = len(data) if length is None else length
    sizes = struct.pack("<QQQI", (stated + 72) % 2**64, stated, stated // 2, 0)
    body = b"WAVE" + chunk(b"ds64", sizes) + chunk(b"fmt ", fmt()) + b"data\xff\xff\xff\xff"
    return b"RF64\xff\xff\xff\xff" + body + data


def w64(length: int | None = None, count: int = 1000) -> bytes:
    data = ramp(count).tobytes()
    stated = 24 + len(data) if length is None else length
    head = b"wave" + GUID + b"fmt " + GUID + struct.pack("<Q", 40) + fmt()
    head += b"data" + GUID + struct.pack("<Q", stated)
    start = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
    return start + struct.pack("<Q", (24 + len(head) + stated - 24) % 2**64) + head + data


def aiff(length: int | None = None, count: int = 1000) -> bytes:
    """AIFF; length: of the samples, which SSND counts with 8 bytes before them."""
    data = ramp(count).astype(">i2").tobytes()
    stated = len(data) if length is None else length
    rate = struct.pack(">HQ", 16383 + 12, RATE_HZ << 51)  # 8000 Hz in 80 bits
    ssnd = stated + 8 if stated else 0
    body = b"AIFFCOMM" + struct.pack(">IhIh", 18, 1, stated // 2, 16) + rate
    body += b"SSND" + struct.pack(">III", ssnd % 2**32, 0, 0) + data
    whole = len(body) - len(data) + stated
    return b"FORM" + struct.pack(">I", whole % 2**32 if stated else 0) + body


def caf(length: int | None = None, count: int = 1000) -> bytes:
    """CAF; length: of the data chunk, 4 bytes of edit count among it."""
    data = ramp(count).astype(">i2").tobytes()
    stated = 4 + len(data) if length is None else length
    desc = struct.pack(">d4sIIIII", RATE_HZ, b"lpcm", 0, 2, 1, 1, 16)
    head = b"caff\0\1\0\0desc" + struct.pack(">q", 32) + desc
    return head + b"data" + struct.pack(">q", stated) + bytes(4) + data


def au(length: int | None = None, count: int = 1000) -> bytes:
    data = ramp(count).astype(">i2").tobytes()
    stated = len(data) if length is None else length
    return b".snd" + struct.pack(">IIIII", 24, stated, 3, RATE_HZ, 1) + data


FORMS: dict[str, Make] = {
    "wav": wav,
    "rf64": rf64,
    "w64": w64,
    "aiff": aiff,
    "caf": caf,
    "au": au,
}
