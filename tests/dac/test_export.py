"""Exports: in half precision and with folded weight norm, what they keep and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from spread_weights import SMALL, SMALL_ODD, melody, spread_model

from codecbench.dac.checkpoint import (
    load_checkpoint,
    load_config,
    load_metadata,
    save_checkpoint,
    save_folded,
)
from codecbench.dac.config import DACConfig
from codecbench.dac.layers import WeightNormed, fold_weight_norm
from codecbench.dac.model import DAC
from codecbench.dac.run_folder import find_checkpoint
from codecbench.errors import UsageError, WeightsError

pytestmark = pytest.mark.slow

VARIANTS = {
    "as released": SMALL,
    "odd strides": SMALL_ODD,
    "relu": replace(SMALL, activation="relu"),
    "ema": replace(SMALL, codebook_learning="ema"),
}


@pytest.fixture(scope="module", params=VARIANTS)
def model(request: pytest.FixtureRequest) -> DAC:
    config = VARIANTS[request.param]
    model = spread_model(replace(config, codebook_learning="gradient"), fit_samples=20_000)
    if config.codebook_learning == "gradient":
        return model
    averaged = DAC(config).eval()
    averaged.load_state_dict(model.state_dict(), strict=False)
    return averaged


def decoded(model: DAC, codes: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return model.decode(model.quantizer.from_codes(codes))


def snr_db(reference: torch.Tensor, estimate: torch.Tensor) -> float:
    noise = (estimate - reference).square().mean()
    return float(10 * torch.log10(reference.square().mean() / noise))


@pytest.mark.parametrize("save", [save_checkpoint, save_folded])
def test_half_precision_is_half_the_size_and_50_db_away(
    save: Callable[..., None], model: DAC, tmp_path: Path
) -> None:
    save(model, tmp_path / "full.pth", half=False)
    save(model, tmp_path / "half.pth", half=True)
    sizes = [(tmp_path / name).stat().st_size for name in ("half.pth", "full.pth")]
    assert sizes[0] < 0.6 * sizes[1]  # names and headers don't shrink, and this model is small
    state = torch.load(tmp_path / "half.pth", weights_only=True)["state_dict"]
    assert {tensor.dtype for tensor in state.values()} == {torch.float16}
    again = load_checkpoint(tmp_path / "half.pth")
    assert {tensor.dtype for tensor in again.state_dict().values()} == {torch.float32}
    audio = melody(12_000, model.config.sample_rate)
    with torch.inference_mode():
        codes, other = model.encode(audio).codes, again.encode(audio).codes
    assert (codes == other).float().mean() > 0.9
    assert snr_db(decoded(model, codes), decoded(again, codes)) > 50


def test_what_was_folded_gives_the_same_bits(model: DAC, tmp_path: Path) -> None:
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    save_folded(model, tmp_path / "folded.pth", half=False)
    assert model.state_dict().keys() == before.keys()
    again = load_checkpoint(tmp_path / "folded.pth")
    assert again.config == replace(model.config, latent_dim=model.config.latent_channels)
    assert not any(parameter.requires_grad for parameter in again.parameters())
    assert all(m.weight_g is None for m in again.modules() if isinstance(m, WeightNormed))
    audio = melody(12_000, model.config.sample_rate)
    with torch.inference_mode():
        assert torch.equal(again(audio).audio, model(audio).audio)
    save_folded(again, tmp_path / "twice.pth", half=False)
    twice = load_checkpoint(tmp_path / "twice.pth").state_dict()
    assert all(torch.equal(tensor, twice[key]) for key, tensor in again.state_dict().items())


def test_a_half_checkpoint_is_trainable_and_a_folded_one_not(tmp_path: Path) -> None:
    model = DAC(SMALL)
    save_checkpoint(model, tmp_path / "half.pth", half=True)
    again = load_checkpoint(tmp_path / "half.pth")
    assert all(parameter.requires_grad for parameter in again.parameters())
    save_folded(model, tmp_path / "folded.pth")
    with pytest.raises(UsageError, match="folded"):
        save_checkpoint(load_checkpoint(tmp_path / "folded.pth"), tmp_path / "back.pth")
    assert not (tmp_path / "back.pth").exists()


def test_metadata_is_kept_apart_from_the_layout(tmp_path: Path) -> None:
    model = DAC(SMALL)
    save_folded(model, tmp_path / "folded.pth", {"steps": 7})
    assert load_metadata(tmp_path / "folded.pth") == {"steps": 7}
    assert load_config(tmp_path / "folded.pth").n_codebooks == SMALL.n_codebooks
    metadata = torch.load(tmp_path / "folded.pth", weights_only=True)["metadata"]
    assert metadata["weight_norm"] == "folded"
    # An entry that came along from a folded file does not make another one folded.
    save_checkpoint(model, tmp_path / "plain.pth", metadata)
    load_checkpoint(tmp_path / "plain.pth")


@pytest.mark.parametrize("value", [7e4, torch.inf, torch.nan])
def test_values_beyond_half_precision_are_refused_by_key(value: float, tmp_path: Path) -> None:
    model = DAC(SMALL)
    with torch.no_grad():
        model.state_dict()["decoder.model.0.bias"][1] = value
    for save in (save_checkpoint, save_folded):
        with pytest.raises(WeightsError, match=r"decoder\.model\.0\.bias.*float32"):
            save(model, tmp_path / "half.pth", half=True)
    assert not list(tmp_path.iterdir())
    if value == 7e4:
        save_checkpoint(model, tmp_path / "full.pth")
        load_checkpoint(tmp_path / "full.pth")


def test_a_direction_that_vanishes_in_half_precision_is_refused(tmp_path: Path) -> None:
    model = DAC(SMALL)
    first = next(module for module in model.encoder.modules() if isinstance(module, WeightNormed))
    assert first.weight_v is not None
    with torch.no_grad():
        first.weight_v.mul_(1e-9)
    with pytest.raises(WeightsError, match=r"encoder\.block\.0\.weight_v"):
        save_checkpoint(model, tmp_path / "half.pth", half=True)
    save_folded(model, tmp_path / "folded.pth")  # the weight itself is as before
    load_checkpoint(tmp_path / "folded.pth")


def _unmarked(content: dict[str, Any]) -> None:
    del content["metadata"]["weight_norm"]


def _half_folded(content: dict[str, Any]) -> None:
    state = content["state_dict"]
    weight = state.pop("encoder.block.0.weight")
    state["encoder.block.0.weight_v"] = weight
    state["encoder.block.0.weight_g"] = torch.ones(len(weight), 1, 1)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (_unmarked, r"lacks encoder\.block\.0\.weight_g"),
        (_half_folded, r"lacks encoder\.block\.0\.weight$"),
        (lambda c: c["metadata"].update(weight_norm="halved"), "'halved'"),
        (lambda c: c["metadata"].update(weight_norm=torch.ones(2)), "weight_norm"),
        (
            lambda c: c["state_dict"].update({"encoder.block.0.weight": torch.ones(4, 1, 3)}),
            r"shape \(4, 1, 3\)",
        ),
        (
            lambda c: c["state_dict"].update({"encoder.block.0.weight_g": torch.ones(4, 1, 1)}),
            r"unknown encoder\.block\.0\.weight_g",
        ),
    ],
)
def test_other_folded_files_are_refused(
    change: Callable[[dict[str, Any]], object], cause: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.pth"
    save_folded(DAC(SMALL), path)
    content = torch.load(path, weights_only=True)
    change(content)
    torch.save(content, path)
    with pytest.raises(WeightsError, match=cause):
        load_checkpoint(path)


def test_a_fast_model_is_not_saved(tmp_path: Path) -> None:
    from codecbench.dac.fast import accelerate

    fast = accelerate(DAC(SMALL).eval())
    for save in (save_checkpoint, save_folded):
        with pytest.raises(UsageError, match="fast"):
            save(fast, tmp_path / "fast.pth")
    assert not list(tmp_path.iterdir())


def test_a_folded_model_can_be_folded_again() -> None:
    model = DAC(DACConfig(encoder_dim=2, decoder_dim=16, n_codebooks=1))
    fold_weight_norm(model)
    once = [tensor.clone() for tensor in model.state_dict().values()]
    fold_weight_norm(model)
    pairs = zip(once, model.state_dict().values(), strict=True)
    assert all(torch.equal(before, after) for before, after in pairs)


def test_the_codec_of_a_training_is_found(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nowhere"):
        find_checkpoint(tmp_path / "nowhere")
    with pytest.raises(WeightsError, match="not of a training"):
        find_checkpoint(tmp_path)
    (tmp_path / "recipe.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"no weights\.pth yet"):
        find_checkpoint(tmp_path)
    (tmp_path / "weights.pth").touch()
    assert find_checkpoint(tmp_path) == tmp_path / "weights.pth"
    assert find_checkpoint(tmp_path / "weights.pth") == tmp_path / "weights.pth"
