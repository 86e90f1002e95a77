"""Random models that behave: signals keep their size, and codebooks fit what they are asked for.

With weights drawn plainly at random a model answers everything with a few codes, and two wrong
implementations agree. Here every convolution is scaled to an output of fixed spread, and codebooks
are drawn from the vectors that they will be asked to look up.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from codecbench.dac.config import DACConfig
from codecbench.dac.layers import Snake, WeightNormed
from codecbench.dac.model import DAC

SPREAD = 0.4

SMALL = DACConfig(encoder_dim=4, decoder_dim=48, n_codebooks=5, codebook_size=256)
SMALL_ODD = DACConfig(
    encoder_dim=4,
    encoder_rates=(2, 4, 5, 8),
    decoder_dim=48,
    decoder_rates=(8, 5, 4, 2),
    n_codebooks=5,
    codebook_size=256,
    sample_rate=16000,
)


def melody(samples: int, sample_rate: int = 44100, seed: int = 0) -> Tensor:
    """Notes with harmonics and noise that come and go, (1, 1, samples), peak 0.8."""
    rng = np.random.default_rng(seed)
    length = sample_rate // 4
    time = np.arange(length)[:, None] / sample_rate
    harmonics = np.arange(1, 6)
    audio = np.zeros(samples + length)
    for start in range(0, samples, sample_rate // 10):
        pitch = 110 * 2 ** (rng.integers(0, 36) / 12)
        note = (np.sin(2 * np.pi * pitch * harmonics * time) / harmonics).sum(axis=1)
        note += 0.3 * rng.random() * rng.standard_normal(length)
        audio[start : start + length] += note * np.exp(-12 * time[:, 0])
    audio = 0.8 * audio[:samples] / np.abs(audio[:samples]).max()
    return torch.tensor(audio, dtype=torch.float32)[None, None]


def spread_model(config: DACConfig, seed: int = 0, fit_samples: int = 200_000) -> DAC:
    """A model in evaluation mode whose codes vary with the signal, the same for the same seed."""
    torch.manual_seed(seed)
    model = DAC(config).eval()
    audio = melody(fit_samples, config.sample_rate, seed=99)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, Snake):
                module.alpha.uniform_(0.5, 1.5)
            if isinstance(module, WeightNormed):
                module.bias.normal_(0, 0.1 * SPREAD)
        hooks = [m.register_forward_hook(_rescale) for m in _convolutions(model)]
        latents = model.encoder(model.pad(audio))
        residual, z = latents, torch.zeros_like(latents)
        for quantizer in model.quantizer.quantizers:
            step = _fit_codebook(quantizer, residual)
            residual, z = residual - step, z + step
        model.decoder(z)
        for hook in hooks:
            hook.remove()
    return model


def _convolutions(model: DAC) -> list[nn.Module]:
    return [module for module in model.modules() if isinstance(module, WeightNormed)]


def _rescale(module: nn.Module, _: Any, output: Tensor) -> Tensor:
    """Scale the gain so that the output, less its bias, has the wanted spread."""
    assert isinstance(module, WeightNormed)
    assert module.weight_g is not None
    unbiased = output - module.bias[:, None]
    factor = SPREAD / unbiased.std()
    module.weight_g.mul_(factor)
    return unbiased * factor + module.bias[:, None]


def _fit_codebook(quantizer: Any, residual: Tensor) -> Tensor:
    """Entries near vectors that occur; returns what the codebook makes of the residual."""
    asked = quantizer.in_proj(residual)[0].T
    entries = asked[torch.randint(0, len(asked), (len(quantizer.codebook.weight),))]
    quantizer.codebook.weight.copy_(entries + 0.1 * asked.std() * torch.randn_like(entries))
    step: Tensor = quantizer(residual)[0]
    return step
