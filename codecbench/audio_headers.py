"""What the headers of audio files claim, against the bytes that are there.

Decoders stop at the end of a cut file without a word; these checks read the containers' own
bookkeeping. Formats: RIFF/RF64 (WAV), Sony Wave64, Ogg (RFC 3533), the Xing header of MP3.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_OPEN_LENGTH = 0xFFFFFFFF
_WAVE64_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")


def find_fault(path: Path) -> str | None:
    """Why the file cannot be complete, or None where its container shows nothing wrong."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(24)
        if start[:4] in (b"RIFF", b"RF64", b"BW64") and start[8:12] == b"WAVE":
            return _wav_fault(file, size)
        if start[:16] == _WAVE64_RIFF:
            stated = int.from_bytes(start[16:24], "little")
            return f"truncated: {size} of {stated} bytes are there" if stated > size else None
        if start[:4] == b"OggS":
            return _ogg_fault(file, size)
    return None


def mp3_stated_frames(path: Path) -> int:
    """Number of frames in the Xing or Info header of an MP3 file; 0 where it has none."""
    with path.open("rb") as file:
        tag = file.read(10)
        # An ID3 tag before the audio states its length in 7 bits a byte.
        digits = zip(tag[6:], (21, 14, 7, 0), strict=False)
        file.seek(10 + sum((d & 0x7F) << shift for d, shift in digits) if tag[:3] == b"ID3" else 0)
        first = file.read(4096)
    at = max(first.find(b"Xing"), first.find(b"Info"))
    if at < 0 or len(first) < at + 12:
        return 0
    flags, frames = struct.unpack_from(">II", first, at + 4)
    return int(frames) if flags & 1 else 0


def _wav_fault(file: BinaryIO, size: int) -> str | None:
    """Walk the chunks: the data must be as long as claimed, and only chunks may follow it."""
    position, data_end, long_size = 12, 0, None
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        if data_end and not (name.isascii() and name.decode("ascii").isprintable()):
            break
        if name == b"ds64":
            long_size = struct.unpack("<8xQ", file.read(16))[0] if length >= 16 else None
        if name == b"data":
            if length == _OPEN_LENGTH:
                if long_size is None:
                    return None
                length = long_size
            missing = position + 8 + length - size
            if missing > 0:
                return (
                    f"truncated: the header claims {length} bytes of samples, {missing} are missing"
                )
            data_end = position + 8 + length
        position += 8 + length + length % 2
    if not data_end:
        return "is a WAV file without a data chunk"
    file.seek(min(position, size))
    rest = file.read()
    if len(rest) > 8 or any(rest):  # a few zeros are padding
        return f"lying header: {len(rest)} bytes follow the samples that the header claims"
    return None


def _ogg_fault(file: BinaryIO, size: int) -> str | None:
    """Walk the pages: the last one must be whole and be marked as the end of its stream."""
    position, flags = 0, 0
    while position < size:
        file.seek(position)
        head = file.read(27)
        if head[:4] != b"OggS":
            return f"damaged: no Ogg page where one should begin, at byte {position}"
        if len(head) < 27:
            return "truncated: it ends in the middle of an Ogg page"
        flags, segments = head[5], file.read(head[26])
        position = file.tell() + sum(segments)
    if position > size:
        return f"truncated: {position - size} bytes of its last Ogg page are missing"
    return None if flags & 4 else "truncated: its last Ogg page is not marked as the end"
