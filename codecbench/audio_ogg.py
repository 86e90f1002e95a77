"""Ogg files (RFC 3533): whether the pages are all there, and the streams chained one after another.

Each link of a chain is a stream of its own: decoders must start anew, and what the last page's
position cuts off its last packet belongs to it alone. FFmpeg decodes on across the seam, so links
are decoded one by one.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from codecbench.audio_extent import ANOTHER_FILE, Extent, Part, joined, left_out, what_follows

_FIRST, _LAST = 2, 4
_NO_POSITION = (1 << 64) - 1
_VORBIS = b"\x01vorbis"


class _Link:
    """One stream of a chain: where it lies, and the sample at which its audio ends."""

    def __init__(self, start: int) -> None:
        self.start, self.end = start, start
        self.pre_skip: dict[int, int] = {}
        """By serial number of each audio stream."""
        self.position: dict[int, int] = {}
        self.pages_of_audio = 0
        self.is_vorbis = self.is_beginning = True

    def take(self, flags: int, position: int, serial: int, packet: bytes) -> None:
        """A page: its flags, its position and, where it is a stream's first, how it begins."""
        if flags & _FIRST:
            skip = _pre_skip(packet)
            if skip is not None:
                self.pre_skip[serial] = skip
            self.is_vorbis &= packet.startswith(_VORBIS)
        else:
            self.is_beginning = False
        if position != _NO_POSITION:
            self.position[serial] = position
            self.pages_of_audio += position > 0

    def part(self, end: int | None) -> Part:
        """What is decoded of it."""
        counts = [self.position.get(serial, 0) - skip for serial, skip in self.pre_skip.items()]
        samples = counts[0] if len(counts) == 1 and counts[0] > 0 else None
        if samples is not None and self.is_vorbis and self.pages_of_audio == 1:
            # FFmpeg counts the first packet, which is none, and cuts as much off the end.
            return Part(self.start, end, samples=samples, lead=0, is_first_empty=True)
        return Part(self.start, end, samples=samples)


def ogg_extent(file: BinaryIO, size: int) -> Extent:
    """The links of a file of `size` bytes, or why it is not whole."""
    position, flags = 0, 0
    links = [_Link(0)]
    while position < size:
        file.seek(position)
        head = file.read(27)
        if head[:4] != b"OggS":
            if flags & _LAST:
                break
            return Extent(fault=f"damaged: no Ogg page where one should begin, at byte {position}")
        if len(head) < 27:
            return Extent(fault="truncated: it ends in the middle of an Ogg page")
        flags, granule, serial = struct.unpack("<5xBQI9x", head)
        segments = file.read(head[26])
        body = file.tell()
        if flags & _FIRST and not links[-1].is_beginning:
            links.append(_Link(position))
        links[-1].take(flags, granule, serial, file.read(19) if flags & _FIRST else b"")
        position = body + sum(segments)
        links[-1].end = position
    if position > size:
        return Extent(fault=f"truncated: {position - size} bytes of its last Ogg page are missing")
    if not flags & _LAST:
        return Extent(fault="truncated: its last Ogg page is not marked as the end")
    return _behind(file, position, size, links)


def _behind(file: BinaryIO, end: int, size: int, links: list[_Link]) -> Extent:
    """A file whose pages are all there, up to a byte: what follows them."""
    what = what_follows(file, end, size)
    if what == ANOTHER_FILE:
        return joined(end)
    if len(links) == 1 and end == size:
        return Extent((links[0].part(None),))
    parts = tuple(link.part(link.end) for link in links)
    return Extent(parts, note=left_out(what, size - end))


def _pre_skip(packet: bytes) -> int | None:
    """Samples before the audio of a stream that begins so; None where it is no audio of a kind
    whose positions are samples."""
    if packet.startswith(b"OpusHead") and len(packet) >= 12:
        return int(struct.unpack_from("<H", packet, 10)[0])
    return 0 if packet.startswith((_VORBIS, b"\x7fFLAC", b"Speex   ")) else None
