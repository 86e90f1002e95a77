"""EnCodec's models: what their configurations mean, and their weights in two layouts.

Configurations have the fields and defaults of transformers' `EncodecConfig`; the 48 kHz values are
those of facebook/encodec_48khz, which are the paper's (Défossez et al. 2022, arXiv 2210.13438).
Weights are read as Meta published them (`.th`) or as transformers saves them (`.safetensors`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codecbench.codecs.weights import WeightFile, WeightSet
from codecbench.errors import WeightsError

CONFIG_24KHZ: Mapping[str, Any] = {"model_type": "encodec", "sampling_rate": 24000}
CONFIG_48KHZ: Mapping[str, Any] = {
    "model_type": "encodec",
    "sampling_rate": 48000,
    "audio_channels": 2,
    "target_bandwidths": [3.0, 6.0, 12.0, 24.0],
    "normalize": True,
    "chunk_length_s": 1.0,
    "overlap": 0.01,
    "norm_type": "time_group_norm",
    "use_causal_conv": False,
}

_PUBLISHER = "https://dl.fbaipublicfiles.com/encodec/v0/"
_FILE_24KHZ = "encodec_24khz-d7cc33bc.th"
_FILE_48KHZ = "encodec_48khz-7e698e3e.th"

WEIGHTS_24KHZ = WeightSet(
    name="encodec",
    publisher="Meta",
    revision="v0",
    licence="MIT",
    files=(
        WeightFile(
            _FILE_24KHZ,
            _PUBLISHER + _FILE_24KHZ,
            "d7cc33bcf1aad7f2dad9836f36431530744abeace3ca033005e3290ed4fa47bf",
        ),
    ),
)
WEIGHTS_48KHZ = WeightSet(
    name="encodec:48khz",
    publisher="Meta",
    revision="v0",
    licence="MIT",
    # Meta publishes the first digits of the sum, in the name.
    files=(WeightFile(_FILE_48KHZ, _PUBLISHER + _FILE_48KHZ, "7e698e3e"),),
)

_RENAMES = (
    (r"\.model\.", ".layers."),
    (r"\.conv(?:tr)?\.conv(?:tr)?\.", ".conv."),
    (r"\.conv(?:tr)?\.norm\.", ".norm."),
    (r"^quantizer\.vq\.layers\.(\d+)\._codebook\.", r"quantizer.layers.\1.codebook."),
    # torch's parametrisation of weight norm replaced its hook after these weights were published.
    (r"\.weight_g$", ".parametrizations.weight.original0"),
    (r"\.weight_v$", ".parametrizations.weight.original1"),
)


@dataclass(frozen=True)
class Layout:
    """What the bitstream needs to know of a model.

    chunk_samples: audio is coded in chunks of this length, each scaled to unit power, every
        `stride_samples`; None where it is coded whole.
    codebooks: of each bitrate, rising.
    """

    sample_rate_hz: int
    channels: int
    samples_per_frame: int
    codebook_size: int
    codebooks: tuple[int, ...]
    chunk_samples: int | None
    stride_samples: int | None
    normalised: bool

    @property
    def bits_per_code(self) -> int:
        return math.ceil(math.log2(self.codebook_size))

    @property
    def bits_per_s_and_codebook(self) -> int:
        """Of one codebook, overlap and scales not counted: EnCodec's nominal rates count so."""
        return math.ceil(self.sample_rate_hz / self.samples_per_frame) * self.bits_per_code


def layout_of(config: Mapping[str, Any]) -> Layout:
    """Read a configuration; fields that it does not give have the 24 kHz model's values."""
    rate_hz = int(config.get("sampling_rate", 24000))
    hop = math.prod(config.get("upsampling_ratios", (8, 5, 4, 2)))
    size = int(config.get("codebook_size", 1024))
    bits_per_s = math.ceil(rate_hz / hop) * math.ceil(math.log2(size))
    chunk_s, overlap = config.get("chunk_length_s"), config.get("overlap")
    chunk = None if chunk_s is None else int(chunk_s * rate_hz)
    bandwidths_kbps = sorted(config.get("target_bandwidths", (1.5, 3.0, 6.0, 12.0, 24.0)))
    return Layout(
        sample_rate_hz=rate_hz,
        channels=int(config.get("audio_channels", 1)),
        samples_per_frame=hop,
        codebook_size=size,
        codebooks=tuple(max(1, int(1000 * b // bits_per_s)) for b in bandwidths_kbps),
        chunk_samples=chunk,
        stride_samples=None if chunk is None else max(1, int((1 - (overlap or 0.0)) * chunk)),
        normalised=bool(config.get("normalize", False)),
    )


def read_config(folder: Path) -> dict[str, Any]:
    """Read `config.json` of a folder that transformers' `save_pretrained` wrote.

    Raises `WeightsError` where there is none or it does not describe an EnCodec model.
    """
    path = folder / "config.json"
    try:
        config: dict[str, Any] = json.loads(path.read_text())
        model_type = config.get("model_type")
        layout_of(config)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error
    except (AttributeError, TypeError, ValueError, ZeroDivisionError) as error:
        raise WeightsError(f"{path} is no configuration of a model: {error}") from error
    if model_type != "encodec":
        raise WeightsError(f'{path} has the model type "{model_type}", not "encodec"')
    return config


def load_network(config: Mapping[str, Any], checkpoint: Path, device: str) -> Any:
    """Build transformers' `EncodecModel` with the weights of a `.safetensors` or `.th` file.

    Raises `WeightsError` where the file is damaged or holds another model's weights: every tensor
    must be there, and no other.
    """
    import torch
    from transformers import EncodecConfig, EncodecModel

    state = _read_state(checkpoint)
    with torch.random.fork_rng(devices=[]):  # the weights drawn here are overwritten
        network = EncodecModel(EncodecConfig.from_dict(dict(config)))
    try:
        network.load_state_dict({rename(name): tensor for name, tensor in state.items()})
    except (RuntimeError, TypeError) as error:  # other names or shapes; no tensors
        raise _no_weights(checkpoint, error) from error
    return network.eval().requires_grad_(False).to(device)


def _read_state(checkpoint: Path) -> Mapping[str, Any]:
    import torch

    try:
        if checkpoint.suffix == ".safetensors":
            from safetensors.torch import load_file

            state = load_file(checkpoint)
        else:
            state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception as error:  # the readers' errors have no common class
        raise _no_weights(checkpoint, error) from error
    if not isinstance(state, Mapping) or not all(isinstance(name, str) for name in state):
        raise _no_weights(checkpoint, f"it holds a {type(state).__name__} of something else")
    return state


def _no_weights(checkpoint: Path, cause: object) -> WeightsError:
    said = " ".join(str(cause).split())[:300]
    return WeightsError(f"{checkpoint} holds no weights of this EnCodec model: {said}")


def rename(name: str) -> str:
    """The name in transformers' model of a tensor of either layout."""
    for pattern, replacement in _RENAMES:
        name = re.sub(pattern, replacement, name)
    return name
