"""Worker: code one clip by one codec at several points, through serialised bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from codecbench import coding
from codecbench.alignment import delay_samples, undo_delay
from codecbench.audio import Audio, downmix, fit_length, read_audio, resample, write_wav
from codecbench.clips import Clip
from codecbench.codecs.contract import Codec, OperatingPoint
from codecbench.container import Description, pack_file, unpack_file
from codecbench.errors import AudioError, CodingError, reason_of
from codecbench.loaded import clip_audio, loaded_codec
from codecbench.plan import PlannedCodec
from codecbench.rows import encoding_row
from codecbench.tasks import Coded, CodeItem, CodeTask, Failed, Result

ESTIMATE_TOLERANCE_S = 0.1
"""Audio decoded elsewhere may be this much longer or shorter than its clip."""


def code_clip(task: CodeTask) -> list[Result]:
    """Encode what is not stored, decode from the serialised bytes, leave the audio for scoring."""
    return [_code(item) for item in task.items]


def _code(item: CodeItem) -> Coded | Failed:
    stage = "encode"
    try:
        planned, clip = item.coding.codec, item.coding.clip
        codec = loaded_codec(planned)
        original = clip_audio(clip.path, item.coding.channels)
        row, data = None, None
        if item.stored is None:
            source, stated = _source(codec, clip, original)
            point = item.coding.point
            if source is not original:  # decoded elsewhere: kept as it is, not resampled once more
                point = replace(point, sample_rate_hz=source.sample_rate_hz)
            bitstream = coding.encode(codec, source, point)
            data = pack_file(_description(planned, item.coding.point), bitstream)
            row = encoding_row(codec, item.coding, bitstream) | stated
        stage = "decode"
        data_or_stored = data if data is not None else _read(item.stored)
        _, bitstream = unpack_file(data_or_stored, f"{item.coding.key}.cbs")
        decoded = coding.decode(codec, bitstream)
        if row is not None:
            row["clipped_samples"] = int((np.abs(decoded.samples) > 1).sum())
        np.save(item.decoded, decoded.samples)
    except Exception as error:
        return Failed(item.coding, stage, reason_of(error))
    return Coded(item, row, data, _kept(item.keep, decoded))


def _kept(path: Path | None, decoded: Audio) -> str:
    """Keep the audio where that is asked for; why it is not kept, "" where it is."""
    try:
        if path is not None:
            write_wav(path, decoded)
    except AudioError as error:
        return str(error)
    return ""


def _read(path: Path | None) -> bytes:
    if path is None:
        raise CodingError("there is no stored bitstream")
    return path.read_bytes()


def _description(planned: PlannedCodec, point: OperatingPoint) -> Description:
    return Description(planned.name, planned.version, planned.weights_hash, point)


def _source(codec: Codec, clip: Clip, original: Audio) -> tuple[Audio, dict[str, Any]]:
    """The audio to encode: the clip, or what was decoded elsewhere with what is stated of it."""
    estimate = codec.estimate(clip.name)
    if estimate is None:
        return original, {"stated_bps": None, "delay_samples": None}
    audio = read_audio(estimate.path)
    if audio.channels != original.channels:
        if original.channels != 1:
            raise CodingError(
                f"{estimate.path} has {audio.channels} channels, the clip {original.channels}"
            )
        audio = Audio(downmix(audio.samples), audio.sample_rate_hz)
    if abs(audio.duration_s - original.duration_s) > ESTIMATE_TOLERANCE_S:
        raise CodingError(
            f"{estimate.path} lasts {audio.duration_s:.3f} s where the clip lasts "
            f"{original.duration_s:.3f} s"
        )
    samples = resample(audio.samples, audio.sample_rate_hz, original.sample_rate_hz)
    fitted = fit_length(samples, original.samples.shape[1])
    delay = None
    if estimate.align:
        delay = delay_samples(original.samples, fitted, original.sample_rate_hz)
        fitted = undo_delay(fitted, delay)
    stated = {"stated_bps": estimate.bitrate_bps, "delay_samples": delay}
    return Audio(fitted, original.sample_rate_hz), stated
