"""Decoding of audio files by FFmpeg, through PyAV, to float32; nothing silent is let pass.

`codecbench.audio.read_audio` is the way in; it says what is refused and what cannot be noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from codecbench.audio_headers import mp3_stated_frames
from codecbench.errors import AudioError

if TYPE_CHECKING:
    import av

Samples = npt.NDArray[np.float32]

MIN_RATE_HZ, MAX_RATE_HZ, MAX_CHANNELS = 8_000, 192_000, 8

_INTEGER_SCALES = {"u1": 2.0**-7, "i2": 2.0**-15, "i4": 2.0**-31, "i8": 2.0**-63}
_EXACT_CODECS = ("pcm_", "flac", "alac", "tta", "wavpack", "ape")
# Containers whose header states a length. The others (raw AAC, AC-3, AMR, …) have FFmpeg guess it
# from the first bitrate, which is no reason to refuse a file.
_STATES_LENGTH = {
    *("wav", "w64", "aiff", "au", "caf", "flac", "ogg", "tta", "wv", "ape"),
    *("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"),
}
_SCRIPTS = {"concat", "hls", "dash", "imf"}
_LOSSY_TOLERANCE_S = 0.1


def decode(file: Path) -> tuple[Samples, int]:
    """The first audio stream as (channels, samples) float32, full scale ±1, and its rate in Hz.

    Raises `AudioError` for files without sound, damaged ones, and ones shorter than they state.
    """
    import av

    try:
        # The prefix keeps names like "concat:a|b" from being read as protocols; tags may have any
        # encoding and do not matter here.
        with av.open(
            f"file:{file}", options={"protocol_whitelist": "file"}, metadata_errors="ignore"
        ) as container:
            if container.format.name in _SCRIPTS:
                raise AudioError(f"{file}: is a list of other files, not audio")
            if not container.streams.audio:
                raise AudioError(f"{file}: has no audio stream (an image, text or silent video?)")
            stream = container.streams.audio[0]
            if stream.codec_context is None:
                raise AudioError(f"{file}: FFmpeg has no decoder for its audio stream")
            return _decode_stream(file, container, stream)
    except av.error.FFmpegError as error:
        raise AudioError(
            f"{file}: FFmpeg cannot read it ({error.strerror}): not audio, or damaged or cut off"
        ) from error


def _decode_stream(
    file: Path, container: av.container.InputContainer, stream: av.AudioStream
) -> tuple[Samples, int]:
    codec = stream.codec_context
    if codec.name == "flac":
        # By default FFmpeg plays over a frame whose checksum is wrong.
        codec.options = {"err_detect": "crccheck+explode"}
    rate_hz, channels = 0, 0
    parts: list[Samples] = []
    for frame in _frames(file, container, stream):
        if (frame.sample_rate, frame.layout.nb_channels) != (rate_hz, channels) and parts:
            raise AudioError(f"{file}: its sample rate or channels change on the way; split it")
        rate_hz, channels = frame.sample_rate, frame.layout.nb_channels
        parts.append(_to_float32(frame, channels))
    if not sum(part.shape[1] for part in parts):
        raise AudioError(f"{file}: holds no samples")
    _check_layout(file, rate_hz, channels)
    samples = np.concatenate(parts, axis=1)
    stated, tolerance = _stated_length(file, container, stream, rate_hz)
    if samples.shape[1] + tolerance < stated:
        raise AudioError(
            f"{file}: truncated or damaged: {samples.shape[1]} of the {stated} samples that its"
            " header states could be decoded; get a complete copy of it"
        )
    return samples, rate_hz


def _frames(
    file: Path, container: av.container.InputContainer, stream: av.AudioStream
) -> Iterator[av.AudioFrame]:
    for packet in container.demux(stream):
        # WAV's last packet is marked even where its length was left open; find_fault did WAV.
        if packet.is_corrupt and container.format.name != "wav":
            seconds = float((packet.pts or 0) * packet.time_base) if packet.time_base else 0.0
            raise AudioError(f"{file}: truncated or damaged at {seconds:.2f} s")
        for frame in packet.decode():
            if frame.is_corrupt:
                raise AudioError(f"{file}: truncated or damaged at {frame.time or 0.0:.2f} s")
            yield frame


def _to_float32(frame: av.AudioFrame, channels: int) -> Samples:
    values: npt.NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, channels).T
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):  # beyond float32's range it is infinite, and refused
            return values.astype(np.float32)
    offset = 128.0 if values.dtype.kind == "u" else 0.0
    return ((values - offset) * _INTEGER_SCALES[values.dtype.str[1:]]).astype(np.float32)


def _stated_length(
    file: Path, container: av.container.InputContainer, stream: av.AudioStream, rate_hz: int
) -> tuple[int, int]:
    """Samples that the header states (0: none) and how many may be missing."""
    if container.format.name == "mp3":
        frame = 1152 if rate_hz >= 32_000 else 576  # MPEG-1; MPEG-2 and 2.5
        return mp3_stated_frames(file) * frame, max(round(_LOSSY_TOLERANCE_S * rate_hz), 4 * frame)
    if container.format.name not in _STATES_LENGTH:
        return 0, 0
    codec = stream.codec_context.name
    exact = codec.startswith(_EXACT_CODECS)
    if stream.duration is not None and stream.time_base is not None:
        stated = round(stream.duration * stream.time_base * rate_hz)
        exact = exact and stream.time_base * rate_hz == 1
    elif container.duration is not None and len(container.streams) == 1:
        stated, exact = round(container.duration * rate_hz / 1_000_000), False
    else:
        return 0, 0
    if codec.startswith("pcm_"):  # FFmpeg shortens the duration to what is there, not the count
        stated = max(stated, stream.frames)
    return stated, 0 if exact else round(_LOSSY_TOLERANCE_S * rate_hz)


def _check_layout(file: Path, rate_hz: int, channels: int) -> None:
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise AudioError(
            f"{file}: a sample rate of {rate_hz} Hz is outside {MIN_RATE_HZ}–{MAX_RATE_HZ} Hz;"
            " resample it first"
        )
    if not 1 <= channels <= MAX_CHANNELS:
        raise AudioError(f"{file}: has {channels} channels; 1 to {MAX_CHANNELS} are read")
