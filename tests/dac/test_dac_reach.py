"""Receptive fields: what gradients say, on the network itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from codecbench.dac.config import PRESETS, DACConfig
from codecbench.dac.model import DAC
from codecbench.dac.reach import decoder_reach_frames, encoder_reach_frames


@pytest.mark.parametrize("preset", PRESETS)
def test_reach_of_the_released_models(preset: str) -> None:
    """Figures found by trial on the released code: 8 hops to encode, 10 frames to decode."""
    assert encoder_reach_frames(PRESETS[preset]) == 8
    assert decoder_reach_frames(PRESETS[preset]) == 10


@pytest.mark.parametrize("preset", ["44khz", "24khz"])
def test_reach_is_what_gradients_touch(preset: str) -> None:
    config = replace(PRESETS[preset], encoder_dim=2, decoder_dim=16, latent_dim=4)
    torch.manual_seed(0)
    model, frame, frames, hop = DAC(config), 15, 31, config.hop_length

    audio = torch.randn(1, 1, frames * hop, requires_grad=True)
    model.encoder(audio)[..., frame].sum().backward()
    assert _touched(audio) // hop == encoder_reach_frames(config) + frame

    z = torch.randn(1, 4, frames, requires_grad=True)
    model.decoder(z)[..., frame * hop : (frame + 1) * hop].sum().backward()
    assert _touched(z) == decoder_reach_frames(config) + frame


def _touched(tensor: torch.Tensor) -> int:
    """The last step in time that has a gradient."""
    assert tensor.grad is not None
    return int(tensor.grad.abs().sum(dim=(0, 1)).nonzero().max())


def test_reach_grows_with_strides() -> None:
    short = DACConfig(encoder_rates=(2, 2), decoder_rates=(2, 2))
    assert encoder_reach_frames(short) > encoder_reach_frames(PRESETS["44khz"])
