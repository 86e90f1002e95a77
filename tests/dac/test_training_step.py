"""The losses of two steps equal those of descript's training loop, recorded from its package."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from codecbench.dac.config import DACConfig
from codecbench.dac.losses import adversarial_loss, discriminator_loss
from codecbench.dac.training.recipe import DiscriminatorConfig, LossConfig, OptimiserConfig, Recipe
from codecbench.dac.training.step import Networks, build_networks, learning_rate, train_step

pytestmark = pytest.mark.slow

MODEL = DACConfig(
    encoder_dim=8,
    encoder_rates=(2, 4),
    decoder_dim=16,
    decoder_rates=(4, 2),
    n_codebooks=3,
    codebook_size=32,
    codebook_dim=4,
    quantizer_dropout=0.0,
)
RECIPE = Recipe(
    model=MODEL,
    discriminator=DiscriminatorConfig(periods=(2, 3), fft_sizes=(512,)),
    optimiser=OptimiserConfig(decay_per_step=1.0),
)

# For what does not depend on the discriminators' size.
LIGHT = dataclasses.replace(
    RECIPE,
    discriminator=DiscriminatorConfig(
        periods=(2, 3), fft_sizes=(64,), period_channels=(4, 4), stft_channels=2
    ),
)

# The train loop of descript-audio-codec 1.0.0 with audiotools 0.7.2 (modules, losses, optimisers
# and their order from its scripts/train.py), weights by `fill`, audio by `batch`, torch 2.13, CPU.
RECORDED = [
    {
        "discriminator": 3.0623526573181152,
        "discriminator_gradient_norm": 4.247024059295654,
        "mel": 18.221664428710938,
        "waveform": 0.1310870349407196,
        "adversarial": 3.049182415008545,
        "feature": 3.422471523284912,
        "commitment": 1.0627803802490234,
        "codebook": 1.0627803802490234,
        "total": 284.54754638671875,
        "gradient_norm": 4565.04345703125,
    },
    {
        "discriminator": 3.049675226211548,
        "discriminator_gradient_norm": 4.216711044311523,
        "mel": 18.104724884033203,
        "waveform": 0.13109615445137024,
        "adversarial": 3.0370054244995117,
        "feature": 3.4062209129333496,
        "commitment": 1.061367392539978,
        "codebook": 1.061367392539978,
        "total": 282.7470397949219,
        "gradient_norm": 1839.2359619140625,
    },
]


def fill(network: nn.Module) -> None:
    """Weights by formula, the same for any network with these parameter names and shapes."""
    with torch.no_grad():
        for k, (name, parameter) in enumerate(sorted(network.named_parameters())):
            n = torch.arange(parameter.numel(), dtype=torch.float64)
            wave = torch.sin(n * (0.37 + 0.011 * k) + k)
            if name.endswith("alpha"):
                wave = 0.6 + 0.3 * wave
            elif name.endswith("bias"):
                wave = 0.02 * wave
            elif name.endswith("weight_g"):
                wave = 0.65 + 0.15 * wave
            parameter.copy_(wave.reshape(parameter.shape))


def batch() -> Tensor:
    t = torch.arange(8192, dtype=torch.float64)
    noise = torch.sin(t * t * 0.7310585) + torch.sin(t * t * t * 0.0113)
    return (0.2 * torch.stack([noise, noise.flip(0) * torch.cos(t * 1e-3)]))[:, None].float()


def networks_of(recipe: Recipe) -> tuple[Networks, Accelerator]:
    accelerator = Accelerator(cpu=True)
    networks = build_networks(recipe, accelerator)
    fill(networks.generator)
    if networks.discriminators is not None:
        fill(networks.discriminators)
    return networks, accelerator


def test_two_steps_have_the_losses_and_gradients_of_descripts_loop() -> None:
    networks, accelerator = networks_of(RECIPE)
    for step, recorded in enumerate(RECORDED):
        losses = train_step(networks, batch(), RECIPE, step, accelerator)
        for name, value in recorded.items():
            assert float(losses[name]) == pytest.approx(value, rel=1e-4), (step, name)


def test_discriminators_rest_until_their_step() -> None:
    recipe = dataclasses.replace(LIGHT, adversarial_from_step=1)
    networks, accelerator = networks_of(recipe)
    assert networks.discriminators is not None
    before = [p.clone() for p in networks.discriminators.parameters()]
    losses = train_step(networks, batch(), recipe, 0, accelerator)
    assert not {"discriminator", "adversarial", "feature"} & losses.keys()
    assert all(map(torch.equal, before, networks.discriminators.parameters()))
    losses = train_step(networks, batch(), recipe, 1, accelerator)
    assert {"discriminator", "adversarial", "feature"} <= losses.keys()
    assert all(p.requires_grad for p in networks.discriminators.parameters())


def test_without_adversarial_losses_there_are_no_discriminators() -> None:
    loss = LossConfig(mel=1.0, waveform=1.0, feature=0.0, adversarial=0.0)
    recipe = dataclasses.replace(RECIPE, loss=loss)
    networks, accelerator = networks_of(recipe)
    assert networks.discriminators is None
    losses = train_step(networks, batch(), recipe, 0, accelerator)
    expected = losses["mel"] + losses["waveform"]
    expected += 0.25 * losses["commitment"] + losses["codebook"]
    torch.testing.assert_close(losses["total"], expected)


def test_a_step_is_a_function_of_its_number_whatever_was_drawn_before() -> None:
    recipe = dataclasses.replace(LIGHT, model=dataclasses.replace(MODEL, quantizer_dropout=1.0))
    results = []
    for drawn in (0, 7):
        networks, accelerator = networks_of(recipe)
        torch.rand(drawn)
        results.append(train_step(networks, batch().repeat(4, 1, 1), recipe, 5, accelerator))
    assert results[0] == results[1]


def test_averaged_weights_by_hand() -> None:
    recipe = dataclasses.replace(RECIPE, averaging=0.75, adversarial_from_step=99)
    networks, accelerator = networks_of(recipe)
    assert networks.average is not None
    name = "encoder.block.0.bias"
    expected = networks.average.state_dict()[name].clone()
    for step in (0, 1, 2, 90):
        train_step(networks, batch()[..., :2048], recipe, step, accelerator)
        decay = min(0.75, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * networks.generator.state_dict()[name]
    torch.testing.assert_close(networks.codec.state_dict()[name], expected)
    assert not torch.equal(expected, networks.generator.state_dict()[name])


def test_the_spectrum_loss_counts_in_the_total() -> None:
    loss = dataclasses.replace(LossConfig(), spectrum=7.0)
    totals = []
    for recipe in (RECIPE, dataclasses.replace(RECIPE, loss=loss)):
        networks, accelerator = networks_of(recipe)
        losses = train_step(networks, batch(), recipe, 0, accelerator)
        totals.append(float(losses["total"]))
    assert totals[1] - totals[0] == pytest.approx(7 * float(losses["spectrum"]), rel=1e-3)


def test_hinge_losses_by_hand() -> None:
    verdicts = [torch.tensor([-2.0, 0.5, 0.25, 3.0])]  # two on coded, two on original audio
    assert float(discriminator_loss(verdicts, "hinge")) == pytest.approx(0.75 + 0.375)
    assert float(discriminator_loss(verdicts, "lsgan")) == pytest.approx(2.125 + (0.5625 + 4) / 2)
    assert float(adversarial_loss(verdicts, "hinge")) == pytest.approx(-0.4375)


def test_learning_rate_rises_decays_and_ends_near_zero() -> None:
    config = OptimiserConfig(
        learning_rate=1.0, decay_per_step=0.5, warmup_steps=2, cooldown_steps=0
    )
    assert [learning_rate(config, k, 10) for k in range(4)] == [0.5, 0.5, 0.25, 0.125]
    config = OptimiserConfig(learning_rate=1.0, decay_per_step=1.0, cooldown_steps=3)
    rates = [learning_rate(config, k, 5) for k in range(5)]
    expected = [1, 1, (2 + math.sqrt(2)) / 4, 0.5, (2 - math.sqrt(2)) / 4]
    assert rates == pytest.approx(expected)
