"""Checkpoints: the four released layouts, and every way in which a file can be another thing."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from spread_weights import SMALL

from codecbench.dac.checkpoint import load_checkpoint, load_config, save_checkpoint
from codecbench.dac.config import PRESETS, DACConfig
from codecbench.dac.layers import fold_weight_norm
from codecbench.dac.model import DAC
from codecbench.errors import UsageError, WeightsError


def released(config: DACConfig, *, latent_dim: bool = True) -> dict[str, Any]:
    """What a released file holds: kwargs with lists, quantizer dropout saved as off."""
    torch.manual_seed(0)
    kwargs = asdict(config) | {
        "encoder_rates": list(config.encoder_rates),
        "decoder_rates": list(config.decoder_rates),
        "quantizer_dropout": False,
    }
    if not latent_dim:
        del kwargs["latent_dim"]
    return {"state_dict": DAC(config).state_dict(), "metadata": {"kwargs": kwargs}}


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_loads_the_four_released_layouts(preset: str, tmp_path: Path) -> None:
    """Their strides, codebooks and narrow latents, in few channels; 1.0.0 alone says latent_dim."""
    latent_dim = 16 if preset == "44khz-16kbps" else None
    config = replace(PRESETS[preset], encoder_dim=2, decoder_dim=16, latent_dim=latent_dim)
    content = released(config, latent_dim=latent_dim is not None)
    path = tmp_path / "weights.pth"
    torch.save(content, path)
    assert load_config(path) == replace(config, quantizer_dropout=0.0)
    model = load_checkpoint(path)
    assert not model.training
    assert list(model.state_dict()) == list(content["state_dict"])
    for key, tensor in model.state_dict().items():
        assert torch.equal(tensor, content["state_dict"][key])
    with torch.inference_mode():
        assert model(torch.zeros(1, 1, 700)).audio.shape == (1, 1, 700)
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_what_is_saved_loads_again(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = DAC(SMALL)
    path = tmp_path / "own.pth"
    save_checkpoint(model, path, {"step": 7})
    again = load_checkpoint(path)
    assert again.config == replace(SMALL, latent_dim=SMALL.latent_channels)
    for key, tensor in model.state_dict().items():
        assert torch.equal(again.state_dict()[key], tensor)
    metadata = torch.load(path, weights_only=True)["metadata"]
    assert metadata["step"] == 7
    assert metadata["kwargs"]["encoder_rates"] == [2, 4, 8, 8]
    assert [file.name for file in tmp_path.iterdir()] == ["own.pth"]


def test_a_folded_model_is_not_saved(tmp_path: Path) -> None:
    model = DAC(SMALL)
    fold_weight_norm(model)
    with pytest.raises(UsageError, match="folded"):
        save_checkpoint(model, tmp_path / "own.pth")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WeightsError, match=r"cannot write .*file/own\.pth"):
        save_checkpoint(DAC(SMALL), tmp_path / "file" / "own.pth")


def test_the_same_model_gives_the_same_bytes_under_every_name(tmp_path: Path) -> None:
    model = DAC(SMALL)
    for name in ("own", "n" * 251):
        save_checkpoint(model, tmp_path / f"{name}.pth")
    one, other = (path.read_bytes() for path in tmp_path.iterdir())
    assert one == other


Change = Callable[[dict[str, Any]], object]
KEY = "encoder.block.0.weight_v"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda c: c.pop("state_dict"), "no 'state_dict'"),
        (lambda c: c.pop("metadata"), "no 'metadata'"),
        (lambda c: c["metadata"].pop("kwargs"), "no 'kwargs'"),
        (lambda c: c.update(state_dict=[1]), "is a list"),
        (lambda c: c["state_dict"].pop(KEY), f"lacks {KEY}"),
        (lambda c: c["state_dict"].update(extra=torch.ones(1)), "unknown extra"),
        (lambda c: c["state_dict"].update({KEY: torch.ones(2, 1, 7)}), r"shape \(2, 1, 7\)"),
        (lambda c: c["state_dict"].update({KEY: torch.ones(4, 1, 7).int()}), f"{KEY} is not"),
        (lambda c: c["state_dict"].update({KEY: torch.full((4, 1, 7), torch.nan)}), "not finite"),
        (lambda c: c["metadata"]["kwargs"].pop("sample_rate"), "lack sample_rate"),
        (lambda c: c["metadata"]["kwargs"].update(causal=True), "unknown kwargs causal"),
        (lambda c: c["metadata"]["kwargs"].update(n_codebooks=6), "lacks quantizer.quantizers.5"),
        (lambda c: c["metadata"]["kwargs"].update(n_codebooks="9"), "n_codebooks"),
        (lambda c: c["metadata"]["kwargs"].update(encoder_rates=[2.0, 4]), "encoder_rates"),
        (lambda c: c["metadata"]["kwargs"].update(encoder_rates=[2, 4]), "same hop"),
    ],
)
def test_other_contents_are_refused_by_cause(change: Change, cause: str, tmp_path: Path) -> None:
    content = released(SMALL)
    change(content)
    path = tmp_path / "odd.pth"
    torch.save(content, path)
    with pytest.raises(WeightsError, match=cause) as caught:
        load_checkpoint(path)
    assert str(path) in str(caught.value)


def _cut(path: Path) -> None:
    torch.save(released(SMALL), path)
    path.write_bytes(path.read_bytes()[:20_000])


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("RIFF, this is not a checkpoint\n"),
        _cut,
        lambda path: torch.save(torch.ones(3), path),
        lambda path: torch.save(OrderedDict(weight=torch.ones(3)), path),
        lambda path: path.mkdir(),
        lambda path: None,
    ],
    ids=["empty", "text", "cut short", "a tensor", "a bare state dict", "a folder", "missing"],
)
def test_files_that_are_no_checkpoint(write: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    write(path)
    with pytest.raises(WeightsError, match=r"other\.pth") as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


class _Attack:
    """Unpickled without care, this makes a folder."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("plain", [False, True], ids=["by torch", "plain pickle"])
def test_code_in_a_file_does_not_run(plain: bool, tmp_path: Path) -> None:
    target, path = tmp_path / "made by the attack", tmp_path / "evil.pth"
    content = {**released(SMALL), "attack": _Attack(target)}
    if plain:
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path)
    with pytest.raises(WeightsError, match="safe to load"):
        load_checkpoint(path)
    assert not target.exists()
