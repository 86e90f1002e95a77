"""How long the audio of an MP4, M4A or QuickTime file is without its encoder's padding.

Encoders work in whole frames, and the last one holds more than there was. What is audio is said by
Apple's tag iTunSMPB; or by the edit list, in units of the movie's timescale, if these are as fine
as samples; or else by the duration of the last packet.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import av

FORMAT = "mov,mp4,m4a,3gp,3g2,mj2"
"""The container as FFmpeg calls it."""


def unpadded_samples(
    file: Path,
    container: av.container.InputContainer,
    stream: av.AudioStream,
    last: av.Packet[av.AudioStream],
    rate_hz: int,
) -> int | None:
    """Samples of a channel from the first that is played; None where nothing says it exactly."""
    if valid := _of_tag(container.metadata.get("iTunSMPB", "")):
        return valid
    if stream.time_base is None:
        return None
    timescale = _movie_timescale(file)
    # AAC with spectral bands replicated is coded, and counted, at half its rate.
    if stream.duration and timescale and 2 * timescale % rate_hz == 0:
        return round(stream.duration * stream.time_base * rate_hz)
    if last.pts is None or not last.duration:
        return None
    return round((last.pts + last.duration) * stream.time_base * rate_hz)


def _of_tag(tag: str) -> int:
    """The samples that iTunSMPB states: its fourth number, hexadecimal; 0 where there is none."""
    try:
        return int(tag.split()[3], 16)
    except (IndexError, ValueError):
        return 0


def _movie_timescale(file: Path) -> int:
    """Units in a second of the movie's header (mvhd); 0 where there is none."""
    with file.open("rb") as opened:
        size = file.stat().st_size
        movie = _find(opened, b"moov", 0, size)
        header = _find(opened, b"mvhd", *movie) if movie else None
        if header is None:
            return 0
        opened.seek(header[0])
        content = opened.read(24)
    # Version 1 has two times of 8 bytes before it, version 0 of 4.
    at = 20 if content[:1] == b"\1" else 12
    return int.from_bytes(content[at : at + 4], "big")


def _find(file: BinaryIO, name: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Where the content of a box begins and ends, among those between two bytes."""
    position = start
    while position + 8 <= end:
        file.seek(position)
        length, found = struct.unpack(">I4s", file.read(8))
        head = 8
        if length == 1:
            length, head = int.from_bytes(file.read(8), "big"), 16
        if length == 0:  # to the end of the file
            length = end - position
        if found == name:
            return position + head, position + length
        if length < head:
            return None
        position += length
    return None
