"""What the headers of audio files claim, against the bytes that are there.

`find_extent` says which bytes are audio and why a file cannot be complete; decoders stop at the end
of a cut file without a word, and stumble over what others put behind the audio.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from codecbench.audio_au import au_extent
from codecbench.audio_chunks import form_of
from codecbench.audio_counted import chunks_extent
from codecbench.audio_extent import ANOTHER_FILE, Extent, Part, joined, left_out, what_follows
from codecbench.audio_frames import end_of_frames, starts_frames
from codecbench.audio_joined import find_second, find_second_mp3
from codecbench.audio_ogg import ogg_extent


def find_extent(path: Path) -> Extent:
    """Where a file's audio lies, as far as its container tells."""
    with path.open("rb") as file:
        try:
            return _extent(file, path.stat().st_size)
        except struct.error:  # fewer bytes than a header has
            return Extent(fault="truncated or damaged: its header is not whole")


def mp3_stated_frames(path: Path) -> int:
    """Number of frames in the Xing or Info header of an MP3 file; 0 where it has none."""
    with path.open("rb") as file:
        file.seek(_behind_id3(file))
        first = file.read(4096)
    at = max(first.find(b"Xing"), first.find(b"Info"))
    if at < 0 or len(first) < at + 12:
        return 0
    flags, frames = struct.unpack_from(">II", first, at + 4)
    return int(frames) if flags & 1 else 0


def _extent(file: BinaryIO, size: int) -> Extent:
    start = file.read(24)
    if form := form_of(start):
        return chunks_extent(file, size, form)
    if start[:4] == b".snd":
        return au_extent(file, size)
    if start[:4] == b"OggS":
        return ogg_extent(file, size)
    # Of joined FLAC FFmpeg decodes all.
    second = find_second(file) if start[:4] != b"fLaC" else None
    return _frames_extent(file, size) if second is None else joined(second)


def _frames_extent(file: BinaryIO, size: int) -> Extent:
    begin = _behind_id3(file)
    file.seek(begin)
    if file.read(1) not in (b"\xff", b"\x0b", b"w"):
        return Extent()
    file.seek(0)
    data = file.read()
    second = find_second_mp3(data, begin)
    if second is not None:
        return joined(second)
    end = end_of_frames(data, begin) if starts_frames(data, begin) else size
    if end == size:
        return Extent()
    what = what_follows(file, end, size)
    if what == ANOTHER_FILE:
        return joined(end)
    note = left_out(what, size - end) if what == "junk" else ""  # tags belong behind such audio
    return Extent((Part(0, end),), note=note)


def _behind_id3(file: BinaryIO) -> int:
    """Where the audio begins after an ID3 tag, which states its length in 7 bits a byte."""
    file.seek(0)
    tag = file.read(10)
    digits = zip(tag[6:], (21, 14, 7, 0), strict=False)
    return 10 + sum((d & 0x7F) << shift for d, shift in digits) if tag[:3] == b"ID3" else 0
