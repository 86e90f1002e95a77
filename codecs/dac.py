"""Descript Audio Codec (Kumar et al. 2023, arXiv 2306.06546) on the project's own model.

`dac` is the published 44.1 kHz model; `dac:44khz-16kbps`, `dac:24khz`, `dac:16khz` are the other
published ones; `dac:PATH` takes a checkpoint in the released layout. Each number of codebooks is an
operating point. A clip is one packet: the codes, most significant bit first, frame by frame.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from codecbench.codecs import weights as weight_cache
from codecbench.codecs.bits import pack_bits, unpack_bits
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples, Tokens
from codecbench.codecs.weights import WeightFile, WeightSet
from codecbench.dac.config import PRESETS, DACConfig
from codecbench.errors import BitstreamError, CodingError, UsageError, WeightsError

if TYPE_CHECKING:
    from codecbench.dac.model import DAC

_HEADER = struct.Struct("<BIIHIQ")
"""Format, sample rate in Hz, codebook size, codebooks, frames, samples."""
_FORMAT = 1


def _released(name: str, tag: str, file: str, sha256: str | None) -> WeightSet:
    url = "https://github.com/descriptinc/descript-audio-codec/releases/download"
    files = (WeightFile(file, f"{url}/{tag}/{file}", sha256),)
    return WeightSet(name, "descriptinc/descript-audio-codec", tag, "MIT", files)


# The publisher names no checksums. These are what others noted who fetched the files; nobody's for
# the 16 kbps file was found.
WEIGHTS = {
    "44khz": _released(
        "dac",
        "0.0.1",
        "weights.pth",
        "a88eed82a7024ccc1facdb1e605c4c2f99281c8118c22c9895ffa846d8fb61aa",
    ),
    "44khz-16kbps": _released("dac:44khz-16kbps", "1.0.0", "weights_44khz_16kbps.pth", None),
    "24khz": _released(
        "dac:24khz",
        "0.0.4",
        "weights_24khz.pth",
        "44bad592fc393e03eb0be7a5120b7d487fe9612fa41269dc03fca3d4b87e20ad",
    ),
    "16khz": _released(
        "dac:16khz",
        "0.0.5",
        "weights_16khz.pth",
        "95ab7176b67137d4d4c6c54b8d6ef3cea797faec228cb03ad084badcad570b4d",
    ),
}
"""The published weights by variant."""


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """`dac`, `dac:44khz` (the same), `dac:44khz-16kbps`, `dac:24khz`, `dac:16khz` or `dac:PATH`.

    There are no options. A PATH has a separator, ends in .pth, or is a file that exists.
    """
    if options:
        raise UsageError(f"dac has no option {', '.join(options)}: it takes none")
    preset = variant or "44khz"
    if preset in PRESETS:
        weights = WEIGHTS[preset]
        return Dac(weights.name, PRESETS[preset], weights, device)
    path = Path(variant).expanduser()
    separators = {os.sep, os.altsep or os.sep}
    if path.suffix == ".pth" or separators & set(variant) or path.is_file():
        return Dac(f"dac:{variant}", None, path, device)
    raise UsageError(
        f"dac:{variant}: neither {', '.join(PRESETS)} nor the path of a checkpoint (.pth)"
    )


class Dac(Codec):
    """One model. config: None where the checkpoint says it; source: published weights or a path."""

    runs_on_device = True
    version = f"1 torch {version('torch')}"
    channels = (1,)

    def __init__(
        self, name: str, config: DACConfig | None, source: WeightSet | Path, device: str
    ) -> None:
        self.name = name
        self.weights = source if isinstance(source, WeightSet) else None
        self._config = config
        self._source = source
        self._device = device
        self._model: DAC | None = None

    def find_weights(self) -> str:
        return weight_cache.content_hash([self._checkpoint()])

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        if channels not in self.channels:
            raise UsageError(f"{self.name} codes 1 channel, not {channels}")
        config = self._shape()
        return tuple(
            OperatingPoint(
                bitrate_bps=config.bitrate_bps_per_codebook * codebooks,
                sample_rate_hz=config.sample_rate,
                coded_bandwidth_hz=config.sample_rate / 2,
                codebooks=codebooks,
                codebook_size=config.codebook_size,
            )
            for codebooks in range(1, config.n_codebooks + 1)
        )

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        if samples.ndim != 2 or samples.shape[0] != 1 or samples.shape[1] == 0:
            raise CodingError(f"{self.name} codes 1 channel, 1 sample or more: {samples.shape}")
        config, codebooks = self._shape(), point.codebooks
        if codebooks is None or not 1 <= codebooks <= config.n_codebooks:
            raise UsageError(f"{self.name} has no operating point of {codebooks} codebooks")
        if point.sample_rate_hz != config.sample_rate:
            raise UsageError(f"{self.name} works at {config.sample_rate} Hz: {point}")
        import torch

        from codecbench.dac.chunking import encode_in_chunks

        with _reproducible():
            audio = torch.from_numpy(np.ascontiguousarray(samples, np.float32))[None]  # (1, 1, T)
            codes = encode_in_chunks(self._loaded(), audio, codebooks)[0].numpy()
        frames, length = codes.shape[1], samples.shape[1]
        header = _HEADER.pack(
            _FORMAT, config.sample_rate, config.codebook_size, codebooks, frames, length
        )
        return Bitstream(header, (pack_bits(codes.T, config.bits_per_code),))

    def decode(self, bitstream: Bitstream) -> Samples:
        length, codes = self._read(bitstream)
        import torch

        from codecbench.dac.chunking import decode_in_chunks

        with _reproducible():
            audio = decode_in_chunks(self._loaded(), torch.from_numpy(codes)[None])
            decoded: Samples = audio[0, :, :length].numpy()
        return decoded

    def tokens(self, bitstream: Bitstream) -> Tokens:
        return self._read(bitstream)[1].astype(np.int32)

    def close(self) -> None:
        self._model = None

    def _checkpoint(self) -> Path:
        if isinstance(self._source, WeightSet):
            try:
                folder = weight_cache.require(self._source)
            except WeightsError as error:
                raise WeightsError(f"{error} (no model ships with this version)") from error
            return folder / self._source.files[0].name
        if not self._source.is_file():
            raise WeightsError(f"{self.name}: there is no file {self._source}")
        return self._source

    def _shape(self) -> DACConfig:
        if self._config is None:
            from codecbench.dac.checkpoint import load_config

            self._config = load_config(self._checkpoint())
        return self._config

    def _loaded(self) -> DAC:
        if self._model is None:
            from codecbench.dac.checkpoint import load_checkpoint
            from codecbench.dac.layers import fold_weight_norm

            path = self._checkpoint()
            model = load_checkpoint(path)
            expected = self._shape()
            if _released_shape(model.config) != _released_shape(expected):
                raise WeightsError(f"{path}: not the model {self.name}, but {model.config}")
            fold_weight_norm(model)
            try:
                self._model = model.to(self._device)
            except (RuntimeError, AssertionError) as error:  # what torch raises without CUDA
                raise UsageError(f'device "{self._device}": {error}') from error
        return self._model

    def _read(self, bitstream: Bitstream) -> tuple[int, npt.NDArray[np.int64]]:
        """Samples, and codes (codebooks, frames)."""
        config = self._shape()
        if len(bitstream.header) != _HEADER.size or len(bitstream.packets) != 1:
            raise BitstreamError(
                f"{self.name}: not its header of {_HEADER.size} bytes and 1 packet"
            )
        form, rate, size, codebooks, frames, length = _HEADER.unpack(bitstream.header)
        if form != _FORMAT or (rate, size) != (config.sample_rate, config.codebook_size):
            raise BitstreamError(f"{self.name}: the header is of another format or model")
        if not 1 <= codebooks <= config.n_codebooks:
            raise BitstreamError(f"{self.name}: the header says {codebooks} codebooks")
        if length == 0 or frames != math.ceil(length / config.hop_length):
            raise BitstreamError(f"{self.name}: {length} samples don't make {frames} frames")
        (packet,) = bitstream.packets
        expected = math.ceil(frames * codebooks * config.bits_per_code / 8)
        if len(packet) != expected:
            raise BitstreamError(
                f"{self.name}: a packet of {len(packet)} bytes where {expected} belong"
            )
        codes = unpack_bits(packet, config.bits_per_code, frames * codebooks)
        if codes.max() >= config.codebook_size:
            raise BitstreamError(f"{self.name}: a code of {codes.max()} is out of range")
        return length, np.ascontiguousarray(codes.reshape(frames, codebooks).T)


def _released_shape(config: DACConfig) -> DACConfig:
    """The configuration without what differs between equal models: files may omit or zero it."""
    return replace(config, latent_dim=config.latent_channels, quantizer_dropout=0.0)


@contextmanager
def _reproducible() -> Iterator[None]:
    """Inference in full float32 and by fixed algorithms: on GPUs torch would round to TF32."""
    import torch

    with (
        torch.inference_mode(),
        torch.backends.cudnn.flags(
            enabled=True, benchmark=False, deterministic=True, allow_tf32=False
        ),
    ):
        yield
