"""Which bytes of a file are its audio, where that is not simply all of them, and a view of these.

A length that the writer could not know, into a pipe, is left open: 0, all ones, 2^31 or 0x7F000000,
each less what a header or whole frames take. That, chunks without their pad byte, and what others
put behind the audio (tags, zeros, junk) lead decoders astray: they are shown the file as it should
have been written.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from codecbench.audio_joined import holds_file

ANOTHER_FILE = "another file"

_TAGS = (b"ID3", b"3DI", b"TAG", b"APETAGEX", b"LYRICSBEGIN")

_OPEN = (0x7F000000, 1 << 31, 1 << 32)
_OPEN_WITHIN = 8192
_OPEN_FROM = 1 << 48
"""Of 64-bit lengths, what no file can have."""

READ_TO_THE_END = (
    "its header leaves the length of its audio open, so it was read to the end of the file"
)

_LOOKED_AT = 1 << 20
"""Bytes behind the audio that are read to tell what they are."""


@dataclass(frozen=True)
class Part:
    """Bytes that are decoded by themselves: `prefix`, then the file's from `start` to `end`.

    samples: what the container states of each channel, None where it states none that is exact to
    the sample. lead: how many an encoder put before them, None where FFmpeg's own trimming is
    right. is_first_empty: whether what FFmpeg makes of the first packet is no audio.
    """

    start: int = 0
    end: int | None = None
    prefix: bytes = b""
    samples: int | None = None
    lead: int | None = None
    is_first_empty: bool = False

    @property
    def is_whole_file(self) -> bool:
        """Whether the file can be read as it is."""
        return not (self.start or self.prefix) and self.end is None


@dataclass(frozen=True)
class Extent:
    """A file's parts, one after the other; or the fault that keeps it from being complete.

    remedy: what to do about the fault. note: what was made of an odd file, for whoever uses it.
    counts_bytes: whether the container says how many bytes of audio there are, and they were
    counted.
    """

    parts: tuple[Part, ...] = (Part(),)
    fault: str = ""
    remedy: str = "get a complete copy of it, or convert it again"
    note: str = ""
    counts_bytes: bool = False


class PartOfFile(io.RawIOBase):
    """A part as a file to read, with the file's name."""

    def __init__(self, path: Path, part: Part) -> None:
        self._file = path.open("rb")
        self._part = part
        self._end = path.stat().st_size if part.end is None else part.end
        self._at = 0
        self.name = str(path)

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Bytes before the next that is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a byte, as `io.IOBase.seek` does."""
        length = len(self._part.prefix) + self._end - self._part.start
        self._at = max(0, offset + {0: 0, 1: self._at, 2: length}[whence])
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; all that are left where it is negative."""
        prefix, start = self._part.prefix, self._part.start
        size = size if size >= 0 else len(prefix) + self._end - start
        data = prefix[self._at : self._at + size]
        position = start + max(0, self._at - len(prefix))
        self._file.seek(position)
        data += self._file.read(max(0, min(size - len(data), self._end - position)))
        self._at += len(data)
        return data

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Fill a buffer as far as it goes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def is_open(length: int) -> bool:
    """Whether a length that a file does not have is one that writers put for "unknown"."""
    return length >= _OPEN_FROM or any(abs(length - mark) <= _OPEN_WITHIN for mark in _OPEN)


def truncated(claimed: int, there: int) -> str:
    """The fault of a file that holds fewer bytes of audio than it claims."""
    return f"truncated: the header claims {claimed} bytes of samples, {claimed - there} are missing"


def lies(count: int) -> str:
    """The fault of a file that holds more than it claims, which may be audio."""
    return f"lying header: {count} bytes follow the samples that the header claims"


def joined(position: int) -> Extent:
    """That of a file in which another one begins behind a byte."""
    return Extent(
        fault=f"{ANOTHER_FILE} follows its end at byte {position}: they were joined end to end",
        remedy="join them with FFmpeg or SoX, or cut it off there",
    )


def what_follows(file: BinaryIO, start: int, end: int) -> str:
    """What the bytes behind the audio are or hold: "" for none or zeros, `ANOTHER_FILE`, "a tag" or
    "junk"."""
    file.seek(start)
    first = file.read(min(end - start, _LOOKED_AT)).lstrip(b"\0")
    if not first:
        return ""
    if holds_file(first):
        return ANOTHER_FILE
    return "a tag" if first.startswith(_TAGS) else "junk"


def left_out(what: str, count: int) -> str:
    """The note on bytes behind the audio; "" for padding."""
    return f"{what} of {count} bytes follows its audio and is left out" if what else ""
