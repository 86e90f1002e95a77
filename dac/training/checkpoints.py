"""Checkpoints of a training: all that it needs to go on as if it had never stopped.

A checkpoint holds both networks, averaged weights, both optimisers, the step and the recipe.
Learning rates, excerpts and random numbers are functions of recipe and step, so there is nothing
more to hold. It appears whole or not at all, and the newest three are kept. Loading runs nothing
that is in the file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from codecbench.dac.training.recipe import Recipe
from codecbench.dac.training.settings import from_plain, to_plain
from codecbench.dac.training.step import Networks
from codecbench.errors import TrainingError
from codecbench.files import appearing

KEPT = 3
_FORMAT = 1


@dataclass(frozen=True)
class Checkpoint:
    """One that was read. step: steps that were done; state: as `restore` takes it."""

    path: Path
    step: int
    recipe: Recipe
    state: dict[str, Any]


def save(folder: Path, networks: Networks, recipe: Recipe, step: int) -> Path:
    """Write the checkpoint after `step` steps and remove the oldest ones.

    Raises `TrainingError` where it cannot be written; then those before it are untouched.
    """
    state = {
        "generator": networks.generator.state_dict(),
        "generator_optimiser": networks.generator_optimiser.state_dict(),
    }
    if networks.discriminators is not None and networks.discriminator_optimiser is not None:
        state["discriminators"] = networks.discriminators.state_dict()
        state["discriminator_optimiser"] = networks.discriminator_optimiser.state_dict()
    if networks.average is not None:
        state["average"] = networks.average.state_dict()
    content = {"format": _FORMAT, "step": step, "recipe": to_plain(recipe), "state": state}
    path = folder / f"step-{step:08d}.pt"
    try:
        with appearing(path, TrainingError) as part, part.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
    except RuntimeError as error:  # torch's word for a full disk
        raise TrainingError(f"cannot write {path}: {error}") from error
    for old in _all(folder)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def latest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint of a folder, None where there is none. Raises `TrainingError`."""
    paths = _all(folder)
    return load(paths[-1]) if paths else None


def load(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises `TrainingError` naming the file and the cause."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever its readers of four formats raise
        cause = str(error).strip().partition("\n")[0] or type(error).__name__
        raise TrainingError(f"{path}: not a checkpoint of a training: {cause}") from error
    parts = ("format", "recipe", "step", "state")
    if not isinstance(content, dict) or (lacking := [key for key in parts if key not in content]):
        what = f"no {lacking[0]}" if isinstance(content, dict) else type(content).__name__
        raise TrainingError(f"{path}: not a checkpoint of a training: it holds {what}")
    if content["format"] != _FORMAT:
        raise TrainingError(f"{path}: of another version of codecbench")
    recipe = from_plain(content["recipe"])
    return Checkpoint(path, int(content["step"]), recipe, content["state"])


def restore(networks: Networks, checkpoint: Checkpoint) -> None:
    """Bring networks and optimisers to the state of the checkpoint. Raises `TrainingError`."""
    state = checkpoint.state
    try:
        networks.generator.load_state_dict(state["generator"])
        networks.generator_optimiser.load_state_dict(state["generator_optimiser"])
        if networks.discriminators is not None and networks.discriminator_optimiser is not None:
            networks.discriminators.load_state_dict(state["discriminators"])
            networks.discriminator_optimiser.load_state_dict(state["discriminator_optimiser"])
        if networks.average is not None:
            networks.average.load_state_dict(state["average"])
    except (KeyError, RuntimeError, ValueError) as error:
        raise TrainingError(f"{checkpoint.path}: of another model: {error}") from error


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*.pt"))
