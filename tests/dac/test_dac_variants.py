"""Other models: ReLU for Snake, a stride of 1 in the decoder; and what files say of them."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from spread_weights import SMALL, melody, spread_model
from torch.nn import functional

from codecbench.dac.checkpoint import load_checkpoint, load_config, save_checkpoint
from codecbench.dac.chunking import decode_in_chunks
from codecbench.dac.config import DACConfig
from codecbench.dac.layers import Snake, UpsamplingConv1d
from codecbench.dac.model import DAC
from codecbench.errors import UsageError, WeightsError

RELU = replace(SMALL, activation="relu")
EMA = replace(SMALL, codebook_learning="ema", codebook_size=16, n_codebooks=2)


@pytest.mark.parametrize("key", ["activation", "codebook_learning"])
def test_other_names_are_refused(key: str) -> None:
    changes: dict[str, Any] = {key: "other"}
    with pytest.raises(UsageError, match=f"{key} must be .* got other"):
        DACConfig(**changes)


def test_relu_takes_the_place_of_every_snake(monkeypatch: pytest.MonkeyPatch) -> None:
    snake, relu = spread_model(SMALL, fit_samples=20_000), DAC(RELU).eval()
    shared = {key: value for key, value in snake.state_dict().items() if "alpha" not in key}
    assert relu.state_dict().keys() == shared.keys()
    relu.load_state_dict(shared)
    audio = melody(4000)
    with torch.inference_mode():
        found = relu(audio).audio
        assert not torch.allclose(snake(audio).audio, found, atol=1e-3)
        monkeypatch.setattr(Snake, "forward", lambda _, x: functional.relu(x))
        assert torch.equal(snake(audio).audio, found)


def test_a_stride_of_1_gives_one_sample_less_and_complete_gives_it_back() -> None:
    layer = UpsamplingConv1d(2, 1, 1)
    x = torch.randn(1, 2, 9, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        short, whole = layer(x), layer(x, True)
        weight, bias = layer.effective_weight()[:, 0], layer.bias
    # y[o] = Σ x[i] w[o + 1 - i]: each sample by the two taps of the kernel, as padding is 1.
    after = functional.pad(x[0, :, 1:], (0, 1))
    expected = bias + (x[0] * weight[:, 1:]).sum(0) + (after * weight[:, :1]).sum(0)
    torch.testing.assert_close(whole[0, 0], expected)
    assert short.shape[-1] == 8
    torch.testing.assert_close(short, whole[..., :-1])


def test_a_decoder_with_a_stride_of_1_keeps_the_length_in_pieces_too() -> None:
    """The strides of descript's conf/downsampling/128x.yml."""
    config = replace(
        SMALL, encoder_rates=(2, 4, 4, 4), decoder_rates=(4, 4, 2, 2, 2, 1), decoder_dim=64
    )
    model = spread_model(config, fit_samples=20_000)
    audio = melody(30_000)
    with torch.inference_mode():
        codes = model.encode(audio).codes
        whole = model.decode(model.quantizer.from_codes(codes))
        assert whole.shape[-1] == codes.shape[-1] * 128
        torch.testing.assert_close(decode_in_chunks(model, codes, 50), whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize("config", [RELU, EMA], ids=["relu", "ema"])
def test_variants_survive_a_checkpoint(config: DACConfig, tmp_path: Path) -> None:
    model = DAC(config).train()
    with torch.no_grad():
        model(melody(8000))
    save_checkpoint(model, tmp_path / "own.pth")
    again = load_checkpoint(tmp_path / "own.pth")
    assert again.config == replace(config, latent_dim=config.latent_channels)
    for key, tensor in model.state_dict().items():
        assert torch.equal(again.state_dict()[key], tensor)


def test_files_of_default_models_hold_what_descript_accepts(tmp_path: Path) -> None:
    """Arguments of `DAC` in descript-audio-codec 1.0.0, which refuses any other."""
    save_checkpoint(DAC(SMALL), tmp_path / "own.pth")
    kwargs = torch.load(tmp_path / "own.pth", weights_only=True)["metadata"]["kwargs"]
    assert sorted(kwargs) == [
        "codebook_dim",
        "codebook_size",
        "decoder_dim",
        "decoder_rates",
        "encoder_dim",
        "encoder_rates",
        "latent_dim",
        "n_codebooks",
        "quantizer_dropout",
        "sample_rate",
    ]


@pytest.mark.parametrize("value", ["gelu", 1])
def test_a_file_of_another_activation_is_refused(value: object, tmp_path: Path) -> None:
    kwargs = asdict(SMALL) | {"activation": value}
    torch.save({"state_dict": {}, "metadata": {"kwargs": kwargs}}, tmp_path / "odd.pth")
    with pytest.raises(WeightsError, match=f"activation.*{value}"):
        load_config(tmp_path / "odd.pth")
