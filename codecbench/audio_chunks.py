"""Containers made of chunks, and where these lie: WAV as RIFF, RIFX and RF64; Wave64, AIFF, CAF.

Odd lengths are to be followed by a pad byte, which some writers forget.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from codecbench.audio_joined import begins_file


@dataclass(frozen=True)
class Form:
    """How a container lays out its chunks.

    first: where they begin. head: a chunk's name and length. whole: where and how the file states
    its own length, less `outside` bytes. audio_from: bytes of the audio's chunk before the samples.
    """

    first: int
    head: struct.Struct
    audio: bytes
    align: int
    whole: tuple[int, str] | None
    outside: int = 8
    counts_head: bool = False
    audio_from: int = 0


RIFF = Form(12, struct.Struct("<4sI"), b"data", 2, (4, "<I"))
RIFX = Form(12, struct.Struct(">4sI"), b"data", 2, (4, ">I"))
AIFF = Form(12, struct.Struct(">4sI"), b"SSND", 2, (4, ">I"), audio_from=8)
CAF = Form(8, struct.Struct(">4sQ"), b"data", 1, None, audio_from=4)
_W64_GUID = bytes.fromhex("f3acd3118cd100c04f8edb8a")
W64 = Form(
    40, struct.Struct("<16sQ"), b"data" + _W64_GUID, 8, (16, "<Q"), outside=0, counts_head=True
)
_W64_START = bytes.fromhex("726966662e91cf11a5d628db04c10000")


def form_of(start: bytes) -> Form | None:
    """The form of a file that begins with these 24 bytes, None for other containers."""
    kind, inside = start[:4], start[8:12]
    if inside == b"WAVE":
        return {b"RIFF": RIFF, b"RF64": RIFF, b"BW64": RIFF, b"RIFX": RIFX}.get(kind)
    if kind == b"FORM" and inside in (b"AIFF", b"AIFC"):
        return AIFF
    if kind == b"caff":
        return CAF
    return W64 if start[:16] == _W64_START else None


@dataclass(frozen=True)
class Chunk:
    """A chunk. head: where its name stands; begin: its content; length: of the content."""

    name: bytes
    head: int
    begin: int
    length: int


@dataclass(frozen=True)
class Layout:
    """Chunks up to the last that is sound, where the rest begins, and whether all are padded."""

    chunks: tuple[Chunk, ...]
    rest: int
    is_even: bool

    def named(self, name: bytes) -> Chunk | None:
        """The first chunk of a name."""
        return next((chunk for chunk in self.chunks if chunk.name == name), None)


def lay_out(file: BinaryIO, size: int, form: Form) -> Layout:
    """Walk the chunks. Behind the audio, only what is a whole chunk counts as one."""
    chunks: list[Chunk] = []
    position, is_even, long_length = form.first, True, None
    while (chunk := _read_chunk(file, position, size, form, long_length)) is not None:
        after_audio = any(before.name == form.audio for before in chunks)
        if after_audio and (
            not _is_name(chunk.name, form)
            or chunk.begin + chunk.length > size
            or _begins_file(file, position)
        ):
            break
        if chunk.name == b"ds64" and chunk.length >= 16:
            file.seek(chunk.begin + 8)
            (long_length,) = struct.unpack("<Q", file.read(8))
        chunks.append(chunk)
        end = chunk.begin + chunk.length
        position = end + -chunk.length % form.align
        if end >= size:
            break
        if (
            position != end
            and begins_chunk(file, end, form)
            and not (begins_chunk(file, position, form))
        ):
            position, is_even = end, False
    return Layout(tuple(chunks), min(position, size), is_even)


def _read_chunk(
    file: BinaryIO, position: int, size: int, form: Form, long_length: int | None
) -> Chunk | None:
    if position + form.head.size > size:
        return None
    file.seek(position)
    name, length = form.head.unpack(file.read(form.head.size))
    if form.counts_head:
        length = max(0, length - form.head.size)
    if name == form.audio and length == 0xFFFFFFFF and long_length is not None:
        length = long_length  # RF64 keeps it in ds64
    return Chunk(name, position, position + form.head.size, length)


def _begins_file(file: BinaryIO, position: int) -> bool:
    file.seek(position)
    return begins_file(file.read(64))


def _is_name(name: bytes, form: Form) -> bool:
    letters = name[:4]
    # Wave64's names are GUIDs made from these letters, of version 1.
    is_guid = form is not W64 or name[7:8] == b"\x11"
    return letters.isascii() and letters.decode("ascii").isprintable() and is_guid


def begins_chunk(file: BinaryIO, position: int, form: Form) -> bool:
    """Whether the bytes there can be a chunk's name."""
    file.seek(position)
    name = file.read(form.head.size)
    return len(name) == form.head.size and _is_name(name, form)


def count_audio(file: BinaryIO, size: int, form: Form, layout: Layout) -> int:
    """How many chunks hold samples, one that is cut behind the others among them."""
    last = _read_chunk(file, layout.rest, size, form, None)
    chunks = [*layout.chunks, last] if last is not None else layout.chunks
    return sum(chunk.name == form.audio and chunk.length > form.audio_from for chunk in chunks)
