"""Descript Audio Codec (Kumar et al. 2023, arXiv 2306.06546) on the project's own model.

`dac` is the published 44.1 kHz model; `dac:44khz-16kbps`, `dac:24khz`, `dac:16khz` are the other
published ones; `dac:small` ships with the project; `dac:PATH` takes a checkpoint in the released
layout, or the folder of a training. Each number of codebooks is an operating point.

On the CPU a fast path runs, which differs by rounding; `path=reference` asks for the model itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from codecbench.codecs import dac_weights
from codecbench.codecs import weights as weight_cache
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples, Tokens
from codecbench.codecs.dac_bitstream import pack, unpack
from codecbench.codecs.weights import WeightSet
from codecbench.dac.config import PRESETS, DACConfig
from codecbench.dac.run_folder import find_checkpoint
from codecbench.errors import CodingError, UsageError, WeightsError
from codecbench.readable import as_shown, readable

if TYPE_CHECKING:
    from codecbench.dac.dac_file import DacFile
    from codecbench.dac.model import DAC

_PATHS = ("fast", "reference")
"""Values of the option `path`, the default first."""


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """`dac`, `dac:44khz` (the same), a variant, `dac:small` or `dac:PATH`.

    Option: path=fast or reference. A PATH has a separator, ends in .pth, or exists.
    """
    for key, value in options.items():
        if key != "path":
            raise UsageError(f'dac has no option "{key}": it has path')
        if value not in _PATHS:
            raise UsageError(f'dac: path="{value}" does not exist: {", ".join(_PATHS)} do')
    path = options.get("path", _PATHS[0])
    suffix = "" if path == _PATHS[0] else f",path={path}"
    preset = variant or "44khz"
    if preset in PRESETS:
        weights = dac_weights.WEIGHTS[preset]
        return Dac(weights.name + suffix, PRESETS[preset], weights, device, path)
    if variant == "small":
        from codecbench.dac.training.presets import preset as training

        shape = training(variant).recipe.model
        return Dac(f"dac:small{suffix}", shape, dac_weights.SHIPPED, device, path)
    source = Path(variant).expanduser()
    source = as_shown(source) or source  # a stored run has the name as it is shown
    separators = {os.sep, os.altsep or os.sep}
    if source.suffix == ".pth" or separators & set(variant) or source.exists():
        return Dac(f"dac:{readable(variant)}{suffix}", None, source, device, path)
    raise UsageError(
        f"dac:{variant}: neither {', '.join(PRESETS)}, small nor the path of a checkpoint (.pth) "
        "or of a training's folder"
    )


class Dac(Codec):
    """One model.

    config: None where the checkpoint says it. source: published weights, a checkpoint's file or a
    training's folder. path: fast (on the CPU alone) or reference.
    """

    runs_on_device = True
    version = f"2 torch {version('torch')}"
    channels = (1,)

    def __init__(
        self, name: str, config: DACConfig | None, source: WeightSet | Path, device: str, path: str
    ) -> None:
        self.name = name
        self.weights = source if isinstance(source, WeightSet) else None
        self._config = config
        self._source = source
        self._device = device
        self._path = path
        self._model: DAC | None = None

    def find_weights(self) -> str:
        return weight_cache.content_hash([self._checkpoint()])

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        if channels not in self.channels:
            raise UsageError(f"{self.name} codes 1 channel, not {channels}")
        config = self.shape()
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
        config, codebooks = self.shape(), point.codebooks
        if codebooks is None or not 1 <= codebooks <= config.n_codebooks:
            raise UsageError(f"{self.name} has no operating point of {codebooks} codebooks")
        if point.sample_rate_hz != config.sample_rate:
            raise UsageError(f"{self.name} works at {config.sample_rate} Hz: {point}")
        import torch

        from codecbench.dac.chunking import encode_in_chunks

        with _reproducible():
            audio = torch.from_numpy(np.ascontiguousarray(samples, np.float32))[None]  # (1, 1, T)
            codes = encode_in_chunks(self._loaded(), audio, codebooks)[0].numpy()
        return pack(codes, config, samples.shape[1])

    def decode(self, bitstream: Bitstream) -> Samples:
        length, codes = unpack(bitstream, self.shape(), self.name)
        import torch

        from codecbench.dac.chunking import decode_in_chunks

        with _reproducible():
            audio = decode_in_chunks(self._loaded(), torch.from_numpy(codes)[None])
            decoded: Samples = audio[0, :, :length].numpy()
        return decoded

    def tokens(self, bitstream: Bitstream) -> Tokens:
        return unpack(bitstream, self.shape(), self.name)[1].astype(np.int32)

    def compress(self, samples: Samples, sample_rate_hz: int, codebooks: int) -> DacFile:
        """What a `.dac` file holds of (channels, samples), see `codecbench.dac.compress`."""
        from codecbench.dac.compress import compress

        with _reproducible():
            return compress(self._loaded(), samples, sample_rate_hz, codebooks)

    def decompress(self, file: DacFile) -> Samples:
        """Audio of a `.dac` file, (channels, samples) at the file's sample rate."""
        from codecbench.dac.compress import decompress

        with _reproducible():
            # The fast path always pads, and descript's package does not in long recordings.
            return decompress(self._loaded() if file.padding else self._reference(), file)

    def shape(self) -> DACConfig:
        """The model's shape; for a path this reads the checkpoint."""
        if self._config is None:
            from codecbench.dac.checkpoint import load_config

            self._config = load_config(self._checkpoint())
        return self._config

    def close(self) -> None:
        self._model = None

    def _checkpoint(self) -> Path:
        try:
            if isinstance(self._source, WeightSet):
                return weight_cache.require(self._source) / self._source.files[0].name
            if self._source == dac_weights.SHIPPED and not self._source.is_file():
                raise WeightsError(f"this installation lacks its file, {self._source}")
            return find_checkpoint(self._source)
        except WeightsError as error:
            if self.weights is None:
                raise WeightsError(f"{self.name}: {error}") from error
            ships = "dac:small" if dac_weights.SHIPPED.is_file() else "no model"
            raise WeightsError(f"{error} ({ships} ships with this version)") from error

    def _loaded(self) -> DAC:
        if self._model is None:
            model = self._reference()
            if self._path == "fast" and next(model.parameters()).device.type == "cpu":
                model = self._accelerated(model)
            self._model = model
        return self._model

    def _reference(self) -> DAC:
        from codecbench.dac.checkpoint import load_checkpoint
        from codecbench.dac.layers import fold_weight_norm

        path = self._checkpoint()
        model = load_checkpoint(path)
        expected = self.shape()
        if _released_shape(model.config) != _released_shape(expected):
            raise WeightsError(f"{path}: not the model {self.name}, but {model.config}")
        fold_weight_norm(model)
        try:
            return model.to(self._device)
        except (RuntimeError, AssertionError) as error:  # what torch raises without CUDA
            raise UsageError(f'device "{self._device}": {error}') from error

    def _accelerated(self, model: DAC) -> DAC:
        from codecbench.compiler import set_up_compiler

        set_up_compiler()
        from codecbench.dac.fast import accelerate

        try:
            return accelerate(model)
        except UsageError as error:  # never passed over: another path gives other bits
            raise UsageError(f"{error}: ask for {self.name},path=reference") from error


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
