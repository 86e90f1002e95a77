"""How many bytes of audio a file made of chunks claims and has: WAV, RF64, Wave64, AIFF, CAF.

Decoders stop at the end of a cut file without a word; here the bytes are counted.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from codecbench.audio_chunks import (
    CAF,
    RIFF,
    RIFX,
    Chunk,
    Form,
    Layout,
    begins_chunk,
    count_audio,
    lay_out,
)
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

_KEPT_BYTES = 1 << 24
"""A chunk of more than this beside the audio is not needed to decode it."""


_SEVERAL = "has several chunks of samples, of which decoders play the first alone"

_ONE_BYTE_AIFC = (b"ulaw", b"alaw", b"ULAW", b"ALAW")
_PCM_AIFC = (
    *(b"NONE", b"twos", b"sowt", b"raw ", b"in24", b"in32", b"42ni", b"23ni"),
    *(b"fl32", b"fl64", b"FL32", b"FL64"),
)
_PCM_WAV = (1, 3, 6, 7, 0xFFFE)  # integer, float, A-law, µ-law, extensible


def chunks_extent(file: BinaryIO, size: int, form: Form) -> Extent:
    """Where the audio of a file of `size` bytes lies, or why it is not whole."""
    layout = lay_out(file, size, form)
    audio = layout.named(form.audio)
    if audio is None:
        fault = "is a WAV file without a data chunk" if form in (RIFF, RIFX) else ""
        return Extent(fault=fault)
    length, there = audio.length, size - audio.begin
    if length <= form.audio_from and (there <= form.audio_from or layout.rest == size):
        return Extent(fault="holds no samples")
    if length <= form.audio_from or (length > there and is_open(length)):
        return _open(file, size, form, layout, audio)
    if length > there:
        return Extent(fault=truncated(length, there))
    return _behind(file, size, form, layout, audio)


def _open(file: BinaryIO, size: int, form: Form, layout: Layout, audio: Chunk) -> Extent:
    """A file whose length was left open: what follows its header is audio."""
    if _begins_again(file, form, audio):
        return Extent(fault="its header stands in it twice, as some programs write into a pipe")
    second = find_second(file, audio.begin)
    if second is not None:
        return joined(second)
    prefix = _prefix(file, form, layout, audio, size - audio.begin)
    part = Part(audio.begin, size, prefix, *_stated(file, form, layout))
    return Extent((part,), note=READ_TO_THE_END, counts_bytes=True)


def _behind(file: BinaryIO, size: int, form: Form, layout: Layout, audio: Chunk) -> Extent:
    """A file whose audio is all there: what follows its chunks, and whether that can be."""
    count = size - layout.rest
    what = what_follows(file, layout.rest, size) if count > 0 else ""
    if what == ANOTHER_FILE:
        return joined(layout.rest)
    if count_audio(file, size, form, layout) > 1:
        return Extent(fault=_SEVERAL, remedy="join them with an audio editor, or cut the others")
    is_cut_chunk = begins_chunk(file, layout.rest, form)
    is_claimed = _claims(file, size, form, layout.rest) and not is_cut_chunk
    if what == "junk" and (count >= audio.length - form.audio_from or is_claimed):
        return Extent(fault=lies(count))
    samples = _stated(file, form, layout)
    is_alone = sum(chunk.name == form.audio for chunk in layout.chunks) == 1
    if layout.is_even and count <= 0 and is_alone:
        return Extent((Part(0, None, b"", *samples),), counts_bytes=True)
    end = audio.begin + audio.length
    prefix = _prefix(file, form, layout, audio, audio.length)
    part = Part(audio.begin, end, prefix, *samples)
    return Extent((part,), note=left_out(what, count), counts_bytes=True)


def _begins_again(file: BinaryIO, form: Form, audio: Chunk) -> bool:
    file.seek(0)
    start = file.read(4)
    file.seek(audio.begin + form.audio_from)
    behind = file.read(4)
    file.seek(audio.begin)
    return start in (behind, file.read(4))


def _claims(file: BinaryIO, size: int, form: Form, rest: int) -> bool:
    """Whether the file's own length takes in the bytes from `rest` on."""
    if form.whole is None:
        return False
    at, kind = form.whole
    file.seek(at)
    (stated,) = struct.unpack(kind, file.read(struct.calcsize(kind)))
    end = stated + form.outside
    return bool(rest + form.align < end <= size + form.align)


def _prefix(file: BinaryIO, form: Form, layout: Layout, audio: Chunk, length: int) -> bytes:
    """The file up to its samples as it should be: all lengths stated, all chunks padded."""
    file.seek(0)
    start = bytearray(file.read(form.first))
    if bytes(start[:4]) in (b"RF64", b"BW64"):
        start[:4] = b"RIFF"
    body = b""
    for chunk in layout.chunks:
        if chunk.name in (b"ds64", form.audio) or chunk.length > _KEPT_BYTES:
            continue
        file.seek(chunk.begin)
        content = file.read(chunk.length)
        if chunk.name == b"COMM":
            content = _with_frames(content, length - form.audio_from)
        body += _packed(form, chunk.name, len(content)) + content
        body += bytes(-(form.first + len(body)) % form.align)
    body += _packed(form, audio.name, length)
    if form.whole is not None:
        at, kind = form.whole
        total = len(start) + len(body) + length - form.outside
        start[at : at + struct.calcsize(kind)] = struct.pack(kind, _fitting(total, kind))
    return bytes(start) + body


def _packed(form: Form, name: bytes, length: int) -> bytes:
    stated = length + (form.head.size if form.counts_head else 0)
    return form.head.pack(name, _fitting(stated, form.head.format))


def _fitting(length: int, kind: str) -> int:
    """A length, or all ones where its field is too small, which decoders take for open."""
    return length if kind[-1] == "Q" else min(length, 0xFFFFFFFF)


def _with_frames(common: bytes, audio_bytes: int) -> bytes:
    """AIFF's COMM chunk; a number of frames that was left open is that of those that are there."""
    channels, frames, bits = struct.unpack_from(">hIh", common)
    kind = common[18:22] or b"NONE"
    width = 1 if kind in _ONE_BYTE_AIFC else -(-bits // 8)
    if kind not in (*_ONE_BYTE_AIFC, *_PCM_AIFC) or channels < 1 or width < 1:
        return common
    there = audio_bytes // (channels * width)
    is_open = frames == 0 or frames > there
    return common[:2] + struct.pack(">I", there if is_open else frames) + common[6:]


def _stated(file: BinaryIO, form: Form, layout: Layout) -> tuple[int | None, int | None]:
    """Samples of a channel and what lies before them, as `Part` has them."""
    if form is CAF and (packets := layout.named(b"pakt")):
        # FFmpeg cuts ALAC's last frame by what it is short already.
        file.seek(packets.begin + 8)
        valid, priming = struct.unpack(">qi", file.read(12))
        return (valid, priming) if valid > 0 and priming >= 0 else (None, None)
    fact, kind = layout.named(b"fact"), layout.named(b"fmt ")
    if form in (RIFF, RIFX) and fact and kind:
        order = form.head.format[0]
        file.seek(kind.begin)
        (tag,) = struct.unpack(f"{order}H", file.read(2))
        file.seek(fact.begin)
        (samples,) = struct.unpack(f"{order}I", file.read(4))
        if tag not in _PCM_WAV and samples > 0 and not is_open(samples):
            return samples, None
    return None, None
