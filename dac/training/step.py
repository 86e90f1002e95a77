"""One step of training: the discriminators first, then the codec against them.

The order and the sums are those of the released training, whose losses for one step this equals.
What costs nothing in them is left out: gradients of the discriminators in the codec's turn, and of
what they make of the original. Source: arXiv 2306.06546, sections 3.3 and 3.4.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from codecbench.dac.discriminators import Discriminators
from codecbench.dac.losses import (
    MelLoss,
    SpectrumLoss,
    adversarial_loss,
    discriminator_loss,
    feature_loss,
)
from codecbench.dac.model import DAC
from codecbench.dac.quantizer import invert_projections
from codecbench.dac.training.recipe import OptimiserConfig, Recipe

if TYPE_CHECKING:
    from accelerate import Accelerator

Losses = dict[str, Tensor]
"""Scalars by name, on the device, without gradients."""


@dataclass
class Networks:
    """What a training changes. Those of discriminators are None where nothing is adversarial.

    generator, discriminators: the plain networks, whose state checkpoints hold.
    called_generator, called_discriminators: the same as accelerate or the compiler wrapped them.
    average: the codec with averaged weights; None where the recipe averages none.
    """

    generator: DAC
    discriminators: Discriminators | None
    generator_optimiser: torch.optim.Optimizer
    discriminator_optimiser: torch.optim.Optimizer | None
    mel: MelLoss
    spectrum: SpectrumLoss
    called_generator: nn.Module
    called_discriminators: nn.Module | None
    average: DAC | None

    @property
    def codec(self) -> DAC:
        """What a training is for: the codec with averaged weights, where there are any."""
        return self.generator if self.average is None else self.average


def build_networks(recipe: Recipe, accelerator: Accelerator) -> Networks:
    """Networks with the recipe's first weights, on the accelerator's device."""
    torch.manual_seed(recipe.seed)
    generator = DAC(recipe.model)
    if recipe.projections == "inverse":
        invert_projections(generator.quantizer)
    discriminators = Discriminators(recipe.discriminator) if recipe.loss.is_adversarial else None
    scales = recipe.loss.mel_windows, recipe.loss.mel_bands
    mel = MelLoss(recipe.model.sample_rate, *scales).to(accelerator.device)
    spectrum = SpectrumLoss(recipe.loss.spectrum_windows).to(accelerator.device)
    called, optimiser = accelerator.prepare(
        _compiled(generator, recipe), _adamw(generator, recipe.optimiser)
    )
    called_discriminators, discriminator_optimiser = None, None
    if discriminators is not None:
        called_discriminators, discriminator_optimiser = accelerator.prepare(
            _compiled(discriminators, recipe), _adamw(discriminators, recipe.optimiser)
        )
    return Networks(
        generator,
        discriminators,
        optimiser,
        discriminator_optimiser,
        mel,
        spectrum,
        called,
        called_discriminators,
        copy.deepcopy(generator).requires_grad_(False) if recipe.averaging else None,
    )


def _compiled(network: nn.Module, recipe: Recipe) -> nn.Module:
    compiled: nn.Module = torch.compile(network) if recipe.compile else network  # type: ignore[assignment]
    return compiled


def _adamw(network: nn.Module, config: OptimiserConfig) -> torch.optim.AdamW:
    return torch.optim.AdamW(
        network.parameters(),
        lr=config.learning_rate,
        betas=config.betas,
        weight_decay=config.weight_decay,
    )


def learning_rate(config: OptimiserConfig, step: int, steps: int) -> float:
    """Of step `step`, counted from 0, in a training of `steps`."""
    rate = config.learning_rate * config.decay_per_step**step
    if step < config.warmup_steps:
        rate *= (step + 1) / config.warmup_steps
    left = steps - step
    if left <= config.cooldown_steps:
        rate *= (1 - math.cos(math.pi * left / (config.cooldown_steps + 1))) / 2
    return rate


def train_step(
    networks: Networks, audio: Tensor, recipe: Recipe, step: int, accelerator: Accelerator
) -> Losses:
    """Change the networks by one batch (batch, 1, samples); the losses are those before it.

    Random numbers come from the recipe's seed, the step and the process alone.
    """
    process = accelerator.process_index
    torch.manual_seed((recipe.seed * 1_000_003 + step) * 1_009 + process)
    adversarial = networks.discriminators is not None and step >= recipe.adversarial_from_step
    for optimiser in (networks.generator_optimiser, networks.discriminator_optimiser):
        for group in optimiser.param_groups if optimiser is not None else ():
            group["lr"] = learning_rate(recipe.optimiser, step, recipe.steps)

    networks.called_generator.train()
    with accelerator.autocast():
        output = networks.called_generator(audio)
    coded = output.audio.float()
    losses: Losses = {}
    if adversarial:
        losses |= _discriminator_turn(networks, coded.detach(), audio, recipe, accelerator)
    losses["mel"] = networks.mel(coded, audio)
    losses["waveform"] = torch.nn.functional.l1_loss(coded, audio)
    if recipe.loss.spectrum:
        losses["spectrum"] = networks.spectrum(coded, audio)
    losses["commitment"] = output.quantized.commitment_loss.float()
    losses["codebook"] = output.quantized.codebook_loss.float()
    if adversarial:
        losses |= _judged(networks, coded, audio, recipe, accelerator)
    weights = vars(recipe.loss)
    total = torch.stack(
        [weights[name] * loss for name, loss in losses.items() if weights.get(name)]
    ).sum()
    networks.generator_optimiser.zero_grad(set_to_none=True)
    accelerator.backward(total)
    norm = accelerator.clip_grad_norm_(
        networks.called_generator.parameters(), recipe.optimiser.clip_generator
    )
    networks.generator_optimiser.step()
    if networks.average is not None:
        _average(networks.average, networks.generator, recipe.averaging, step)
    losses |= {"total": total, "gradient_norm": norm}
    return {name: loss.detach() for name, loss in losses.items()}


@torch.no_grad()
def _average(average: DAC, generator: DAC, decay: float, step: int) -> None:
    """Move the averaged weights, and codebooks that are averages themselves, by one step.

    At first the decay is less, so that the average does not begin from what was drawn at random.
    """
    share = 1 - min(decay, (1 + step) / (10 + step))
    ours, theirs = average.state_dict(), generator.state_dict()
    torch._foreach_lerp_(list(ours.values()), list(theirs.values()), share)


def _discriminator_turn(
    networks: Networks, coded: Tensor, audio: Tensor, recipe: Recipe, accelerator: Accelerator
) -> Losses:
    assert networks.called_discriminators is not None
    assert networks.discriminator_optimiser is not None
    with accelerator.autocast():
        # One call for both: the same numbers in half the launches.
        judged = networks.called_discriminators(torch.cat([coded, audio]))
    loss = discriminator_loss([maps[-1] for maps in judged], recipe.loss.gan)
    networks.discriminator_optimiser.zero_grad(set_to_none=True)
    accelerator.backward(loss)
    norm = accelerator.clip_grad_norm_(
        networks.called_discriminators.parameters(), recipe.optimiser.clip_discriminator
    )
    networks.discriminator_optimiser.step()
    return {"discriminator": loss, "discriminator_gradient_norm": norm}


def _judged(
    networks: Networks, coded: Tensor, audio: Tensor, recipe: Recipe, accelerator: Accelerator
) -> Losses:
    """The adversarial and feature losses, with gradients in the coded audio alone."""
    discriminators = networks.discriminators
    assert discriminators is not None
    with _frozen(discriminators), accelerator.autocast():
        # The plain network: its gradients are not this turn's, so nothing must wait for them.
        with torch.no_grad():
            original = discriminators(audio)
        ours = discriminators(coded)
    return {
        "adversarial": adversarial_loss([maps[-1] for maps in ours], recipe.loss.gan),
        "feature": feature_loss(ours, original),
    }


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)
