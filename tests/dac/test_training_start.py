"""A training begins from released weights, or from another run, and refuses other shapes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from test_training_loop import RECIPE

from codecbench.dac.checkpoint import save_checkpoint
from codecbench.dac.discriminators import Discriminators
from codecbench.dac.model import DAC
from codecbench.dac.training import checkpoints
from codecbench.dac.training.start import begin_from
from codecbench.dac.training.step import Networks, build_networks
from codecbench.errors import UsageError, WeightsError


def networks() -> Networks:
    return build_networks(RECIPE, Accelerator(cpu=True))


@pytest.fixture
def released(tmp_path: Path) -> Path:
    torch.manual_seed(99)
    path = tmp_path / "weights.pth"
    save_checkpoint(DAC(dataclasses.replace(RECIPE.model, quantizer_dropout=0.0)), path)
    return path


def same(ours: torch.nn.Module, theirs: torch.nn.Module) -> bool:
    pairs = zip(ours.parameters(), theirs.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_released_weights_with_new_discriminators(released: Path) -> None:
    from codecbench.dac.checkpoint import load_checkpoint

    fresh, started = networks(), networks()
    begin_from(started, RECIPE, released)
    assert same(started.generator, load_checkpoint(released))
    assert not same(started.generator, fresh.generator)
    assert fresh.discriminators is not None
    assert started.discriminators is not None
    assert same(started.discriminators, fresh.discriminators)
    assert started.generator.quantizer.dropout == 0.5


def test_discriminators_in_descripts_file(released: Path, tmp_path: Path) -> None:
    torch.manual_seed(5)
    given = Discriminators(RECIPE.discriminator)
    path = tmp_path / "discriminator.pth"
    torch.save({"state_dict": given.state_dict(), "metadata": {"kwargs": {}}}, path)
    started = networks()
    begin_from(started, RECIPE, released, path)
    assert started.discriminators is not None
    assert same(started.discriminators, given)


def test_another_run_gives_both(tmp_path: Path) -> None:
    other = build_networks(dataclasses.replace(RECIPE, seed=7), Accelerator(cpu=True))
    checkpoints.save(tmp_path / "run" / "checkpoints", other, RECIPE, 10)
    save_checkpoint(other.generator, tmp_path / "run" / "weights.pth")
    started = networks()
    begin_from(started, RECIPE, tmp_path / "run")
    assert started.discriminators is not None
    assert other.discriminators is not None
    assert same(started.generator, other.generator)
    assert same(started.discriminators, other.discriminators)


def test_other_shapes_and_files_are_refused(released: Path, tmp_path: Path) -> None:
    wider = dataclasses.replace(RECIPE, model=dataclasses.replace(RECIPE.model, n_codebooks=4))
    with pytest.raises(UsageError, match="its model is not the recipe's"):
        begin_from(networks(), wider, released)
    with pytest.raises(WeightsError, match="not discriminators of the recipe's shape"):
        begin_from(networks(), RECIPE, released, released)
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match="holds no checkpoint"):
        begin_from(networks(), RECIPE, tmp_path / "empty")
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"PK nonsense")
    with pytest.raises(WeightsError, match="no discriminators that are safe to load"):
        begin_from(networks(), RECIPE, released, broken)
