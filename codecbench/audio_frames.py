"""Audio as bare frames without a container: MPEG audio, AAC in ADTS, AC-3, E-AC-3 and WavPack.

Where the last frame ends, tags, zeros and junk may follow, which decoders take for damage. Layouts:
ISO/IEC 11172-3 and 13818-3, 13818-7 annex B, ETSI TS 102 366, the WavPack block header.
"""

from __future__ import annotations

_MPEG1_KBPS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # layer III
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
}
_MPEG2_KBPS = {
    1: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    3: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
}
_MPEG_HZ = (44_100, 48_000, 32_000)
_AC3_KBPS = (
    *(32, 40, 48, 56, 64, 80, 96, 112, 128, 160),
    *(192, 224, 256, 320, 384, 448, 512, 576, 640),
)
_AC3_HZ = (48_000, 44_100, 32_000)

_SYNCS = (b"\xff", b"\x0b\x77", b"wvpk")


def end_of_frames(data: bytes, begin: int) -> int:
    """Where the frames that start at `begin` end: bytes behind it are not of one.

    The length of the data where no frame starts there, where the last one is cut, and where more
    frames follow later: that is damage, for the decoder to meet.
    """
    position = begin
    while length := _frame_length(data, position):
        position += length
    if position == begin or position >= len(data):
        return len(data)
    return len(data) if _resumes(data, position) else position


def starts_frames(data: bytes, begin: int) -> bool:
    """Whether two frames follow each other there, or one ends the data or is not to be mistaken."""
    length = _frame_length(data, begin)
    if not length:
        return False
    following = begin + length
    is_sure = following == len(data) or data[begin : begin + 4] == b"wvpk"
    return is_sure or _frame_length(data, following) > 0


def _resumes(data: bytes, position: int) -> bool:
    at = position
    while (at := min(_found(data, sync, at) for sync in _SYNCS)) < len(data):
        if starts_frames(data, at):
            return True
        at += 1
    return False


def _found(data: bytes, what: bytes, start: int) -> int:
    at = data.find(what, start)
    return len(data) if at < 0 else at


def _frame_length(data: bytes, at: int) -> int:
    """Bytes of the frame that starts at a byte; 0 for none."""
    head = data[at : at + 8]
    if len(head) < 8:
        return 0
    if head[:4] == b"wvpk":
        return 8 + int.from_bytes(head[4:8], "little")
    if head[:2] == b"\x0b\x77":
        return _ac3_length(head)
    if head[0] != 0xFF or head[1] < 0xE0:
        return 0
    return _adts_length(head) if head[1] & 0xF6 == 0xF0 else _mpeg_length(head)


def _adts_length(head: bytes) -> int:
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if length >= 7 and head[2] >> 2 & 15 < 13 else 0


def _mpeg_length(head: bytes) -> int:
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3  # 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
    rate_index, hz_index, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 0 or hz_index == 3 or rate_index in (0, 15):
        return 0
    bps = 1000 * (_MPEG1_KBPS if version == 3 else _MPEG2_KBPS)[layer][rate_index]
    hz = _MPEG_HZ[hz_index] // {3: 1, 2: 2, 0: 4}[version]
    if layer == 3:
        return (12 * bps // hz + padding) * 4
    samples = 576 if layer == 1 and version != 3 else 1152
    return samples // 8 * bps // hz + padding


def _ac3_length(head: bytes) -> int:
    if head[5] >> 3 > 10:  # E-AC-3 by its bitstream identification
        return 2 * (1 + ((head[2] & 7) << 8 | head[3]))
    hz_index, rate_index = head[4] >> 6, head[4] & 63
    if hz_index == 3 or rate_index >= 2 * len(_AC3_KBPS):
        return 0
    words = _AC3_KBPS[rate_index // 2] * 96_000 // _AC3_HZ[hz_index]
    return 2 * (words + (rate_index & 1 if hz_index == 1 else 0))
