"""Where a second audio file begins in a file: what joining whole files end to end leaves.

Decoders stop at the end of the first one, or play the second's header. Ogg, FLAC, and bare frames
of AAC and AC-3 may be joined so, and are read whole.
"""

from __future__ import annotations

import mmap
import re
from typing import BinaryIO

_INITIAL = "".join(f"\\x{byte:02x}" for byte in range(256) if byte & 8).encode()
"""The second byte of a WavPack block's flags where it is the first of its samples."""

_STARTS = [
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rb"RIFF.{4}WAVE",
        rb"RF64.{4}WAVE",
        rb"BW64.{4}WAVE",
        rb"RIFX.{4}WAVE",
        rb"FORM.{4}AIF[FC]",
        rb"caff\x00\x01\x00\x00desc",
        rb"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00",  # Wave64
        rb"\.snd\x00\x00[\x00\x01].{5}\x00{3}[\x01-\x1b]",
        rb"fLaC[\x00\x80]\x00\x00\x22",
        rb"OggS\x00\x02\x00{8}",
        rb"TTA1[\x01\x02]\x00[\x01-\x10]\x00[\x08\x10\x18\x20]\x00",
        rb"\x00{3}[\x08-\x60]ftyp[ -~]{4}",  # MP4
        rb"\x1a\x45\xdf\xa3.{1,60}?\x42\x82[\x80-\xff](?:webm|matroska)",
        rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",  # ASF, for WMA
        rb"MAC .\x0f\x00\x00",
        rb"#!AMR(?:-WB)?\n",
        rb"wvpk.{4}[\x02-\x10]\x04\x00.{5}\x00{4}(?!\x00{4}).{5}[" + _INITIAL + rb"]",
    )
]
"""What tells the beginning of each container from sound."""

_LAME = re.compile(rb"\xff[\xe0-\xff].{2}(?:.{2})?\x00{9,32}(?:Xing|Info)\x00{3}", re.DOTALL)
_FIRST_FRAME = 64


def begins_file(data: bytes) -> bool:
    """Whether an audio file of a known container begins with these bytes."""
    return any(start.match(data) for start in _STARTS)


def holds_file(data: bytes) -> bool:
    """Whether one begins among these bytes."""
    return any(start.search(data) for start in _STARTS)


def find_second(file: BinaryIO, begin: int = 1) -> int | None:
    """Where a second file of the first one's container begins, looked for from a byte on.

    None where there is none, and for containers that are not known.
    """
    file.seek(0)
    first = file.read(_FIRST_FRAME)
    start = next((start for start in _STARTS if start.match(first)), None)
    if start is None:
        return None
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = start.search(data, begin)
    return found.start() if found else None


def find_second_mp3(data: bytes, begin: int) -> int | None:
    """Where the header frame of a second MP3 file stands; `begin`: where that of the first may."""
    found = _LAME.search(data, begin + _FIRST_FRAME)
    return found.start() if found else None
