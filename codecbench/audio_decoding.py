"""Decoding of audio files by FFmpeg, through PyAV, to float32; nothing silent is let pass.

`codecbench.audio.read_audio` is the way in; it says what is refused and what cannot be noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from codecbench import audio_mp4
from codecbench.audio_extent import Extent, Part, PartOfFile
from codecbench.audio_length import require_length, without_padding
from codecbench.audio_opus import is_opus_in_mp4, uncut_lead
from codecbench.errors import AudioError

if TYPE_CHECKING:
    import av

Samples = npt.NDArray[np.float32]

MIN_RATE_HZ, MAX_RATE_HZ, MAX_CHANNELS = 8_000, 192_000, 8

_INTEGER_SCALES = {"u1": 2.0**-7, "i2": 2.0**-15, "i4": 2.0**-31, "i8": 2.0**-63}
_SCRIPTS = {"concat", "hls", "dash", "imf"}


def decode(file: Path, extent: Extent) -> tuple[Samples, int]:
    """The first audio stream as (channels, samples) float32, full scale ±1, and its rate in Hz.

    extent: which bytes are audio. Raises `AudioError` for files without sound, damaged ones, and
    ones shorter than they state.
    """
    decoded = [_decode_part(file, part, extent.counts_bytes) for part in extent.parts]
    if len({(samples.shape[0], rate_hz) for samples, rate_hz in decoded}) > 1:
        raise AudioError(f"{file}: its sample rate or channels change on the way; split it")
    parts = [samples for samples, _ in decoded]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1), decoded[0][1]


def stated_rate_hz(file: Path, extent: Extent) -> int:
    """The sample rate that a file states, without decoding it. Raises `AudioError`."""
    with _opened(file, extent.parts[0]) as (_, stream):
        return int(stream.rate)


def _decode_part(file: Path, part: Part, is_counted: bool) -> tuple[Samples, int]:
    with _opened(file, part) as (container, stream):
        found = _decode_stream(file, container, stream, part, is_counted)
        rate_hz, count, stated = found.rate_hz, found.samples.shape[1], part.samples
        if not is_counted:
            require_length(file, container, stream, count, rate_hz)
        if container.format.name == audio_mp4.FORMAT and found.last is not None:
            stated = audio_mp4.unpadded_samples(file, container, stream, found.last, rate_hz)
        return without_padding(found.samples, part, stated, found.longest), rate_hz


@contextmanager
def _opened(file: Path, part: Part) -> Iterator[tuple[av.container.InputContainer, av.AudioStream]]:
    """The container and its first audio stream. What FFmpeg says within becomes an `AudioError`."""
    import av

    # The prefix keeps names like "concat:a|b" from being read as protocols; tags may have any
    # encoding and do not matter here.
    opened = nullcontext(f"file:{file}") if part.is_whole_file else PartOfFile(file, part)
    options = {"protocol_whitelist": "file"}
    try:
        with (
            opened as source,
            av.open(source, "r", options=options, metadata_errors="ignore") as container,
        ):
            if container.format.name in _SCRIPTS:
                raise AudioError(f"{file}: is a list of other files, not audio")
            if not container.streams.audio:
                raise AudioError(f"{file}: has no audio stream (an image, text or silent video?)")
            stream = container.streams.audio[0]
            if stream.codec_context is None:
                raise AudioError(f"{file}: FFmpeg has no decoder for its audio stream")
            yield container, stream
    except av.error.FFmpegError as error:
        raise AudioError(
            f"{file}: FFmpeg cannot read it ({error.strerror}): not audio, or damaged or cut off"
        ) from error


@dataclass(frozen=True)
class _Decoded:
    """What a stream decodes to. last: its last packet; longest: samples of its longest frame."""

    samples: Samples
    rate_hz: int
    last: av.Packet[av.AudioStream] | None
    longest: int


def _decode_stream(
    file: Path,
    container: av.container.InputContainer,
    stream: av.AudioStream,
    part: Part,
    is_counted: bool,
) -> _Decoded:
    from av.codec.context import Flags2

    codec = stream.codec_context
    if codec.name == "flac":
        # By default FFmpeg plays over a frame whose checksum is wrong.
        codec.options = {"err_detect": "crccheck+explode"}
    rate_hz, channels, count, lead = 0, 0, 0, 0
    parts: list[Samples] = []
    last = None
    if part.lead is not None or is_opus_in_mp4(container, stream):
        codec.flags2 |= Flags2.skip_manual
    for index, packet in enumerate(container.demux(stream)):
        # What was counted is all there, though FFmpeg marks a last block that is not full.
        if packet.is_corrupt and not is_counted:
            raise _damage(file, packet.pts, packet.time_base)
        if index == 0:
            lead = uncut_lead(container, stream, packet)
        frames = _frames(packet, part, count)
        for frame in frames if index or not part.is_first_empty else ():
            if frame.is_corrupt:
                raise _damage(file, frame.pts, frame.time_base)
            if (frame.sample_rate, frame.layout.nb_channels) != (rate_hz, channels) and parts:
                raise AudioError(f"{file}: its sample rate or channels change on the way; split it")
            rate_hz, channels = frame.sample_rate, frame.layout.nb_channels
            parts.append(_to_float32(frame, channels))
            count += parts[-1].shape[1]
        last = packet if packet.size else last
    if count <= lead:
        raise AudioError(f"{file}: holds no samples")
    _check_layout(file, rate_hz, channels)
    longest = max(part.shape[1] for part in parts)
    return _Decoded(np.concatenate(parts, axis=1)[:, lead:], rate_hz, last, longest)


def _frames(packet: av.Packet[av.AudioStream], part: Part, count: int) -> list[av.AudioFrame]:
    """Its frames. What cannot be decoded behind the samples that are stated is padding."""
    import av

    try:
        return packet.decode()
    except av.error.FFmpegError:
        if part.samples is not None and count >= part.samples:
            return []
        raise


def _damage(file: Path, pts: int | None, time_base: Fraction | None) -> AudioError:
    seconds = float((pts or 0) * time_base) if time_base else 0.0
    return AudioError(f"{file}: truncated or damaged at {seconds:.2f} s")


def _to_float32(frame: av.AudioFrame, channels: int) -> Samples:
    values: npt.NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, channels).T
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):  # beyond float32's range it is infinite, and refused
            return values.astype(np.float32)
    offset = 128.0 if values.dtype.kind == "u" else 0.0
    return ((values - offset) * _INTEGER_SCALES[values.dtype.str[1:]]).astype(np.float32)


def _check_layout(file: Path, rate_hz: int, channels: int) -> None:
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise AudioError(
            f"{file}: a sample rate of {rate_hz} Hz is outside {MIN_RATE_HZ}–{MAX_RATE_HZ} Hz;"
            " resample it first"
        )
    if not 1 <= channels <= MAX_CHANNELS:
        raise AudioError(f"{file}: has {channels} channels; 1 to {MAX_CHANNELS} are read")
