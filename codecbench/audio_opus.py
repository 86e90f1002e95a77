"""Where the audio of an Opus stream in Matroska, WebM or MP4 begins.

Opus is decoded at 48 kHz and counts its pre-skip in that rate (RFC 7845, 5.1), whatever rate the
audio had that it was made from. Some writers put that rate into the container, as its sample rate
or its timescale, and FFmpeg cuts by it: a third of the pre-skip at 16 kHz.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from codecbench import audio_mp4

if TYPE_CHECKING:
    import av

MATROSKA = "matroska,webm"
"""The container as FFmpeg calls it."""

_OPUS_HZ = 48_000


def is_opus_in_mp4(container: av.container.InputContainer, stream: av.AudioStream) -> bool:
    """Whether FFmpeg's own trimming, in units of the timescale, has to be off."""
    return container.format.name == audio_mp4.FORMAT and _is_opus(stream)


def uncut_lead(
    container: av.container.InputContainer,
    stream: av.AudioStream,
    first: av.Packet[av.AudioStream],
) -> int:
    """Samples before the audio that are decoded, as the first packet says; 0 for none.

    Matroska's pre-skip is that of OpusHead, which its CodecDelay repeats in nanoseconds; FFmpeg
    cuts some of it. MP4's edit list may begin later than the pre-skip does, at the time that the
    first packet counts back from; of that FFmpeg, told so, cuts nothing.
    """
    if is_opus_in_mp4(container, stream):
        if first.pts is None or stream.time_base is None:
            return 0
        return max(0, round(-first.pts * stream.time_base * _OPUS_HZ))
    if container.format.name != MATROSKA or not _is_opus(stream):
        return 0
    pre_skip = _pre_skip(stream.codec_context.extradata or b"")
    return max(0, pre_skip - _cut_by_ffmpeg(first))


def _is_opus(stream: av.AudioStream) -> bool:
    return stream.codec_context.name in ("opus", "libopus")


def _pre_skip(head: bytes) -> int:
    is_head = head.startswith(b"OpusHead") and len(head) >= 12
    return int(struct.unpack_from("<H", head, 10)[0]) if is_head else 0


def _cut_by_ffmpeg(first: av.Packet[av.AudioStream]) -> int:
    """Samples that a packet tells the decoder to drop before its audio."""
    if not first.has_sidedata("skip_samples"):
        return 0
    return int(struct.unpack_from("<I", bytes(first.get_sidedata("skip_samples")))[0])
