"""An independent implementation to compare with: transformers' `DacModel` with our weights."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor

from codecbench.dac.layers import WeightNormed
from codecbench.dac.model import DAC

_UNIT = ("snake1", "conv1", "snake2", "conv2")


def as_transformers(model: DAC) -> Any:
    """`DacModel` in evaluation mode; weight norm folded, as its class has none."""
    from transformers import DacConfig, DacModel

    config = model.config
    theirs = DacModel(
        DacConfig(
            encoder_hidden_size=config.encoder_dim,
            downsampling_ratios=list(config.encoder_rates),
            decoder_hidden_size=config.decoder_dim,
            n_codebooks=config.n_codebooks,
            codebook_size=config.codebook_size,
            codebook_dim=config.codebook_dim,
            sampling_rate=config.sample_rate,
        )
    )
    theirs.load_state_dict({_renamed(k, config): v for k, v in _folded(model).items()})
    return theirs.eval()


def _folded(model: DAC) -> dict[str, Tensor]:
    state = {key: tensor.detach() for key, tensor in model.state_dict().items()}
    for name, module in model.named_modules():
        if isinstance(module, WeightNormed):
            gain, direction = state.pop(f"{name}.weight_g"), state.pop(f"{name}.weight_v")
            state[f"{name}.weight"] = torch._weight_norm(direction, gain, 0)
    return state


def _renamed(key: str, config: Any) -> str:
    """Our key (the released one) as transformers names it."""
    if key.startswith("quantizer."):
        return key
    room, index, rest = re.fullmatch(  # type: ignore[union-attr]
        r"(encoder|decoder)\.(?:block|model)\.(\d+)\.(.+)", key
    ).groups()
    strides = len(config.encoder_rates if room == "encoder" else config.decoder_rates)
    outer = {0: "conv1", strides + 1: "snake1", strides + 2: "conv2"}
    if int(index) in outer:
        return f"{room}.{outer[int(index)]}.{rest}"
    prefix = f"{room}.block.{int(index) - 1}"
    _, place, *inner = rest.split(".")
    first_unit = 0 if room == "encoder" else 2
    if inner[0] == "block":
        return f"{prefix}.res_unit{int(place) - first_unit + 1}.{_UNIT[int(inner[1])]}.{inner[2]}"
    names = {"encoder": {3: "snake1", 4: "conv1"}, "decoder": {0: "snake1", 1: "conv_t1"}}
    return f"{prefix}.{names[room][int(place)]}.{inner[0]}"
