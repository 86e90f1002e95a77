"""What a training begins from: nothing, released weights, or another training's networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from codecbench.dac.checkpoint import load_checkpoint
from codecbench.dac.training import checkpoints
from codecbench.dac.training.recipe import Recipe
from codecbench.dac.training.step import Networks
from codecbench.errors import UsageError, WeightsError


def begin_from(
    networks: Networks, recipe: Recipe, weights: Path, discriminators: Path | None = None
) -> None:
    """Load a codec, and discriminators where they are given, into new networks.

    weights: a checkpoint in the released layout, or the folder of a run, whose discriminators are
    then taken too. discriminators: descript's discriminator file, or a checkpoint of a training.
    Without them they begin anew. Raises `UsageError` for a codec of another shape than the
    recipe's, `WeightsError` for files of another kind.
    """
    if weights.is_dir():
        newest = checkpoints.latest(weights / "checkpoints")
        if newest is None:
            raise WeightsError(f"{weights}: holds no checkpoint of a training")
        discriminators = discriminators or newest.path
        weights = weights / "weights.pth"
    model = load_checkpoint(weights)
    # Files say 0 for dropout where they were saved from evaluation: it shapes nothing.
    shape = replace(
        model.config,
        quantizer_dropout=recipe.model.quantizer_dropout,
        latent_dim=recipe.model.latent_dim
        if model.config.latent_channels == recipe.model.latent_channels
        else model.config.latent_dim,
    )
    if shape != recipe.model:
        raise UsageError(
            f"{weights}: its model is not the recipe's: {model.config}; "
            "take its preset, or --set the model's fields"
        )
    networks.generator.load_state_dict(model.state_dict())
    if networks.average is not None:
        networks.average.load_state_dict(model.state_dict())
    if discriminators is not None and networks.discriminators is not None:
        state = _discriminator_state(discriminators)
        try:
            networks.discriminators.load_state_dict(state)
        except RuntimeError as error:
            cause = str(error).partition("\n")[2].strip().partition("\n")[0]
            raise WeightsError(
                f"{discriminators}: not discriminators of the recipe's shape: {cause}"
            ) from error


def _discriminator_state(path: Path) -> dict[str, torch.Tensor]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever its readers of four formats raise
        cause = str(error).strip().partition("\n")[0] or type(error).__name__
        raise WeightsError(f"{path}: no discriminators that are safe to load: {cause}") from error
    for keys in (("state", "discriminators"), ("state_dict",)):
        found = content
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, dict):
            return found
    raise WeightsError(f"{path}: holds no discriminators")
