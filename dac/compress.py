"""Whole recordings to the contents of `.dac` files and back, loudness restored.

The codec works at -16 LUFS: audio is brought there before coding and back after decoding. Channels
are coded each as mono, but share one gain both ways, so their balance is kept. descript's package
turns channels down one by one where they clip, and brings each alone to the loudness of all when
decompressing; in mono it is this. Recordings of any length are coded as a single chunk, exactly and
in bounded memory, where descript's joins pieces.

Silence: audio that measures below -70 LUFS counts as -70, here as there, so gains stay finite and
digital silence comes back as whatever the model makes of it, at -70 LUFS or less.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from codecbench.dac.dac_file import DacFile
from codecbench.dac.loudness import SHORTEST_S, STEP_S, integrated_loudness_lufs
from codecbench.errors import AudioError, BitstreamError

if TYPE_CHECKING:
    from torch import Tensor

    from codecbench.dac.model import DAC

CODED_LUFS = -16.0
LEAST_LUFS = -70.0

Samples = npt.NDArray[np.float32]


def compress(
    model: DAC, samples: Samples, sample_rate_hz: int, n_quantizers: int | None = None
) -> DacFile:
    """Code (channels, n) at any sample rate with the first `n_quantizers` codebooks, or all.

    Raises `AudioError` for audio that is not fit to be coded: another shape, no samples, values
    that are not finite, more than 5 channels.
    """
    import torch

    from codecbench.dac.chunking import encode_in_chunks
    from codecbench.dac.model import missing_samples

    if samples.ndim != 2 or not samples.size:
        raise AudioError(f"audio must be (channels, 1 sample or more), got {samples.shape}")
    if not np.isfinite(samples).all():
        raise AudioError("the audio holds values that are not finite")
    rate_hz, original_length = model.config.sample_rate, samples.shape[1]
    length = _at_rate(original_length, sample_rate_hz, rate_hz)
    audio = _resampled(samples, sample_rate_hz, rate_hz, length)
    input_lufs = _loudness_lufs(audio, rate_hz)
    audio = audio * np.float32(10 ** ((CODED_LUFS - input_lufs) / 20))
    audio = audio / max(np.abs(audio).max(), np.float32(1))
    # descript's decoder drops these samples at the end of the last frame, and its decompress fails
    # where they are needed: then there is a frame more.
    audio = np.pad(audio, ((0, 0), (0, missing_samples(model.config))))
    with torch.inference_mode():
        codes = encode_in_chunks(model, torch.from_numpy(audio)[:, None], n_quantizers)
    return DacFile(
        codes=codes.numpy().astype(np.uint16),
        input_db=input_lufs,
        original_length=original_length,
        sample_rate=sample_rate_hz,
        chunk_length=codes.shape[-1],
        channels=samples.shape[0],
        padding=True,
    )


def decompress(model: DAC, file: DacFile) -> Samples:
    """Decode to (channels, original_length) at the original's sample rate and loudness.

    Files of descript's package too, with padding or in chunks without. Raises `BitstreamError`
    where the codes cannot be of this model.
    """
    import torch

    from codecbench.dac.unpadded import unpadded_samples

    config = model.config
    if file.codes.shape[1] > config.n_codebooks or file.codes.max() >= config.codebook_size:
        raise BitstreamError(
            f"codes of {file.codes.shape[1]} codebooks up to {file.codes.max()} are not of a model "
            f"with {config.n_codebooks} of {config.codebook_size}"
        )
    needed = _at_rate(file.original_length, file.sample_rate, config.sample_rate)
    with torch.inference_mode():
        audio = _decode(model, file)[:, 0].numpy()
    # A file of descript's can lack the last fraction of a sample, as its resampler rounds down, and
    # its last chunk is filled up with silence.
    chunk = config.hop_length if file.padding else unpadded_samples(config, file.chunk_length)
    if not needed - 1 <= audio.shape[1] < needed + chunk + config.hop_length:
        raise BitstreamError(
            f"codes of {audio.shape[1]} samples at {config.sample_rate} Hz for a recording of "
            f"{needed}: they are of another model, or cut short"
        )
    audio = audio[:, :needed]
    gain_db = file.input_db - _loudness_lufs(audio, config.sample_rate)
    audio = audio * np.float32(10 ** (gain_db / 20))
    return _resampled(audio, config.sample_rate, file.sample_rate, file.original_length)


def _decode(model: DAC, file: DacFile) -> Tensor:
    """Audio (channels, 1, samples) at the model's rate: each chunk alone, joined end to end."""
    import torch

    from codecbench.dac.chunking import decode_in_chunks
    from codecbench.dac.unpadded import decode_unpadded, fewest_frames

    device = next(model.parameters()).device
    if not file.padding and file.chunk_length < fewest_frames(model.config):
        raise BitstreamError(
            f"chunks of {file.chunk_length} frames without padding make no audio with this model: "
            f"it needs {fewest_frames(model.config)}"
        )
    pieces = []
    for chunk in torch.split(torch.from_numpy(file.codes.astype(np.int64)), file.chunk_length, -1):
        if file.padding:
            pieces.append(decode_in_chunks(model, chunk))
        else:
            pieces.append(decode_unpadded(model, chunk.to(device)).cpu())
    return torch.cat(pieces, dim=-1)


def _loudness_lufs(audio: Samples, rate_hz: int) -> float:
    """Integrated loudness, -70 or more, the last block counted though it be incomplete.

    So counts audiotools, whose figures are in descript's files: short clips would otherwise come
    back up to 1.4 dB off.
    """
    step = round(STEP_S * rate_hz)
    counted = max(round(SHORTEST_S * rate_hz), math.ceil(audio.shape[1] / step) * step)
    audio = np.pad(audio, ((0, 0), (0, counted - audio.shape[1])))
    return max(integrated_loudness_lufs(audio, rate_hz), LEAST_LUFS)


def _at_rate(length: int, from_hz: int, to_hz: int) -> int:
    """Samples that cover `length` samples at another rate."""
    return -(-length * to_hz // from_hz)


def _resampled(audio: Samples, from_hz: int, to_hz: int, length: int) -> Samples:
    """(channels, n) at another rate, cut or continued with silence to `length`."""
    if from_hz != to_hz:
        import soxr

        # soxr rounds lengths; with zeros at the end there is always enough to cut.
        more = -(-from_hz // to_hz) + 1
        padded = np.pad(audio, ((0, 0), (0, more)))
        audio = soxr.resample(np.ascontiguousarray(padded.T), from_hz, to_hz, quality="VHQ").T
    audio = np.pad(audio[:, :length], ((0, 0), (0, max(0, length - audio.shape[1]))))
    return np.ascontiguousarray(audio, dtype=np.float32)
