"""How many samples a file states, against those that were decoded: too few, or padding behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from codecbench import audio_mp4
from codecbench.audio_extent import Part
from codecbench.audio_headers import mp3_stated_frames
from codecbench.audio_opus import MATROSKA
from codecbench.errors import AudioError

if TYPE_CHECKING:
    import av

Samples = npt.NDArray[np.float32]

_EXACT_CODECS = ("pcm_", "flac", "alac", "tta", "wavpack", "ape")
# Containers whose header states a length. The others (raw AAC, AC-3, AMR, …) have FFmpeg guess it
# from the first bitrate, which is no reason to refuse a file.
_STATES_LENGTH = {
    *("wav", "w64", "aiff", "au", "caf", "flac", "ogg", "tta", "wv", "ape"),
    *(audio_mp4.FORMAT, MATROSKA),
}
_LOSSY_TOLERANCE_S = 0.1


def require_length(
    file: Path,
    container: av.container.InputContainer,
    stream: av.AudioStream,
    decoded: int,
    rate_hz: int,
) -> None:
    """Raise `AudioError` where fewer samples were decoded than the header states."""
    stated, tolerance = _stated_length(file, container, stream, rate_hz)
    if decoded + tolerance < stated:
        raise AudioError(
            f"{file}: truncated or damaged: {decoded} of the {stated} samples that its"
            " header states could be decoded; get a complete copy of it"
        )


def without_padding(samples: Samples, part: Part, stated: int | None, frame: int) -> Samples:
    """Cut off what an encoder added to fill its frames, as far as the container says what that is.

    stated: samples of a channel that are audio, None where it is not known. frame: the longest
    that was decoded; more than two of them are no padding, and stay.
    """
    if stated is None:
        return samples
    if part.lead and samples.shape[1] > part.lead:
        samples = samples[:, part.lead :]
    excess = samples.shape[1] - stated
    return samples[:, :stated] if 0 < excess < 2 * frame else samples


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
