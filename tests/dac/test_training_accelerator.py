"""Which precision a training takes."""

from __future__ import annotations

import dataclasses

import pytest

from codecbench.dac.config import DACConfig, FrameNetworks
from codecbench.dac.training import accelerator
from codecbench.dac.training.recipe import Recipe
from codecbench.errors import UsageError

FRAMES = DACConfig(
    encoder_rates=(8,), decoder_rates=(8,), latent_dim=8, frame_networks=FrameNetworks()
)


@pytest.mark.parametrize("able", [True, False])
def test_bf16_on_a_cpu_is_for_networks_at_the_frame_rate_alone(
    able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "_cpu_multiplies_bf16", lambda: able)
    assert not accelerator._takes_bf16(Recipe(), on_cpu=True)
    assert accelerator._takes_bf16(Recipe(model=FRAMES), on_cpu=True) == able
    assert not accelerator._takes_bf16(Recipe(model=FRAMES, precision="float32"), on_cpu=True)


def test_bf16_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = dataclasses.replace(Recipe(), precision="bf16")
    monkeypatch.setattr(accelerator, "_cpu_multiplies_bf16", lambda: True)
    assert accelerator._takes_bf16(asked, on_cpu=True)
    monkeypatch.setattr(accelerator, "_cpu_multiplies_bf16", lambda: False)
    with pytest.raises(UsageError, match="the device has none"):
        accelerator._takes_bf16(asked, on_cpu=True)
