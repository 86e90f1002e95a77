"""Sun's AU: a header that says how many bytes of samples follow, and the samples."""

from __future__ import annotations

import struct
from typing import BinaryIO

from codecbench.audio_extent import (
    ANOTHER_FILE,
    READ_TO_THE_END,
    Extent,
    Part,
    is_open,
    joined,
    left_out,
    lies,
    truncated,
    what_follows,
)
from codecbench.audio_joined import find_second


def au_extent(file: BinaryIO, size: int) -> Extent:
    """Where the audio of a file of `size` bytes lies, or why it is not whole."""
    file.seek(0)
    head = file.read(24)
    begin, length = struct.unpack(">II", head[4:12]) if len(head) == 24 else (size, 0)
    there = size - begin
    if there <= 0:
        return Extent(fault="holds no samples")
    if length == 0 or (length > there and is_open(length)):
        second = find_second(file, begin)
        if second is not None:
            return joined(second)
        file.seek(0)
        header = file.read(begin)
        closed = header[:8] + struct.pack(">I", min(there, 0xFFFFFFFF)) + header[12:]
        return Extent((Part(begin, size, closed),), note=READ_TO_THE_END, counts_bytes=True)
    if length > there:
        return Extent(fault=truncated(length, there))
    return _up_to(file, begin + length, size, length)


def _up_to(file: BinaryIO, end: int, size: int, length: int) -> Extent:
    count = size - end
    what = what_follows(file, end, size)
    if what == ANOTHER_FILE:
        return joined(end)
    if what == "junk" and count >= length:
        return Extent(fault=lies(count))
    part = Part(0, end) if count else Part()
    return Extent((part,), note=left_out(what, count), counts_bytes=True)
