"""Worker: code one clip by one codec at several points, through serialised bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from codecbench import coding
from codecbench.audio import Audio, read_audio, to_mono, write_wav
from codecbench.clips import Clip
from codecbench.codecs.contract import Codec, OperatingPoint
from codecbench.container import Description, pack_file, unpack_file
from codecbench.errors import CodingError
from codecbench.estimates import Alignment, fit_to_reference
from codecbench.loaded import clip_audio, loaded_codec
from codecbench.plan import PlannedCodec
from codecbench.rows import encoding_row
from codecbench.tasks import Coded, CodeItem, CodeTask, Failed, Result, Stage, failed


def code_clip(task: CodeTask) -> list[Result]:
    """Encode what is not stored, decode from the serialised bytes, leave the audio for scoring."""
    return [result for item in task.items for result in _code(item)]


def _code(item: CodeItem) -> list[Result]:
    """The coded point, and beside it a failure where its audio could not be kept; or a failure."""
    stage: Stage = "encode"
    try:
        planned, clip = item.coding.codec, item.coding.clip
        codec = loaded_codec(planned)
        original = clip_audio(clip.path, item.coding.channels)
        row, data, alignment = None, None, None
        if item.stored is None:
            source = _source(codec, clip, original)
            point = item.coding.point
            if source.audio is not original:  # decoded elsewhere: kept as it is, not resampled
                point = replace(point, sample_rate_hz=source.audio.sample_rate_hz)
            bitstream = coding.encode(codec, source.audio, point)
            data = pack_file(_description(planned, item.coding.point), bitstream)
            row = encoding_row(codec, item.coding, bitstream) | {"stated_bps": source.stated_bps}
            alignment = source.alignment
        stage = "decode"
        data_or_stored = data if data is not None else _read(item.stored)
        _, bitstream = unpack_file(data_or_stored, f"{item.coding.key}.cbs")
        decoded = coding.decode(codec, bitstream)
        if row is not None:
            row["clipped_samples"] = int((np.abs(decoded.samples) > 1).sum())
        np.save(item.decoded, decoded.samples)
    except Exception as error:  # whatever it is costs this point alone
        return [failed(error, item.coding, stage)]
    return [Coded(item, row, data, alignment), *_keep(item, decoded)]


def _keep(item: CodeItem, decoded: Audio) -> Iterator[Failed]:
    """Write the decoded audio where that was asked for: its failure costs no score."""
    if item.keep is None:
        return
    try:
        write_wav(item.keep, decoded)
    except Exception as error:
        yield failed(error, item.coding, "keep")


def _read(path: Path | None) -> bytes:
    if path is None:
        raise CodingError("there is no stored bitstream")
    return path.read_bytes()


def _description(planned: PlannedCodec, point: OperatingPoint) -> Description:
    return Description(planned.name, planned.version, planned.weights_hash, point)


@dataclass(frozen=True)
class _Source:
    """The audio to encode, with what is stated and was found of audio decoded elsewhere."""

    audio: Audio
    stated_bps: float | None = None
    alignment: Alignment | None = None


def _source(codec: Codec, clip: Clip, original: Audio) -> _Source:
    """The clip, or what was decoded elsewhere, brought to its rate, layout, length and time."""
    estimate = codec.estimate(clip.name)
    if estimate is None:
        return _Source(original)
    audio = read_audio(estimate.path)
    if audio.channels != original.channels:
        if original.channels != 1:
            raise CodingError(
                f"{estimate.path} has {audio.channels} channels, the clip {original.channels}"
            )
        audio = to_mono(audio, estimate.path)
    samples, alignment = fit_to_reference(audio, original, estimate.path, estimate.align)
    return _Source(Audio(samples, original.sample_rate_hz), estimate.bitrate_bps, alignment)
