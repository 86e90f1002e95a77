"""The model against transformers' `DacModel`, the published shapes, and the length of the audio."""

from __future__ import annotations

import pytest
import torch
from spread_weights import SMALL, SMALL_ODD, melody, spread_model
from torch import Tensor
from transformers_dac import as_transformers

from codecbench.dac.config import PRESETS, DACConfig
from codecbench.dac.layers import fold_weight_norm
from codecbench.dac.model import DAC, missing_samples
from codecbench.errors import UsageError


@pytest.mark.slow
@pytest.mark.parametrize("config", [SMALL, SMALL_ODD], ids=["even strides", "odd strides"])
@pytest.mark.parametrize("codebooks", [2, None])
def test_equals_transformers_bit_by_bit(config: DACConfig, codebooks: int | None) -> None:
    model = spread_model(config)
    theirs = as_transformers(model)
    audio = melody(100_000, config.sample_rate)
    with torch.no_grad():
        expected = theirs.encode(model.pad(audio), n_quantizers=codebooks)
        expected_audio = theirs.decode(expected.quantized_representation).audio_values[:, None]
        from_codes = theirs.decode(audio_codes=expected.audio_codes).audio_values[:, None]
        found = model.encode(audio, codebooks)
        found_audio = model.decode(found.z)
        found_from_codes = model.decode(model.quantizer.from_codes(found.codes))

    assert len(torch.unique(found.codes[0, 0])) > 80
    assert len(torch.unique(found.codes)) > 150
    assert torch.equal(found.codes, expected.audio_codes)
    assert torch.equal(found.z, expected.quantized_representation)
    assert torch.equal(found.projections, expected.projected_latents)
    given = expected_audio.shape[-1]
    assert found_audio.shape[-1] - given == missing_samples(config)
    assert torch.equal(found_audio[..., :given], expected_audio)
    assert torch.equal(found_from_codes[..., :given], from_codes)
    assert found_audio.std() > 0.05


@pytest.mark.slow
def test_full_44khz_model_equals_transformers_bit_by_bit() -> None:
    model = spread_model(PRESETS["44khz"], fit_samples=20_000)
    theirs = as_transformers(model)
    audio = melody(20_000)
    with torch.inference_mode():
        fold_weight_norm(model)
        found = model.encode(audio)
        expected = theirs.encode(model.pad(audio))
        assert torch.equal(found.codes, expected.audio_codes)
        assert len(torch.unique(found.codes)) > 100
        part = found.codes[..., :20]
        expected_audio = theirs.decode(audio_codes=part).audio_values[:, None]
        assert torch.equal(model.decode(model.quantizer.from_codes(part)), expected_audio)


@pytest.mark.parametrize(
    ("preset", "parameters_millions"),
    [("44khz", 76.7), ("44khz-16kbps", 64.2), ("24khz", 74.7), ("16khz", 74.2)],
)
def test_parameter_counts_are_the_published_ones(preset: str, parameters_millions: float) -> None:
    with torch.device("meta"):
        model = DAC(PRESETS[preset])
    count = sum(parameter.numel() for parameter in model.parameters())
    assert round(count / 1e6, 1) == parameters_millions


def test_keys_and_shapes_of_the_44khz_release() -> None:
    with torch.device("meta"):
        state = DAC(PRESETS["44khz"]).state_dict()
    assert state.keys() == _released_keys()
    assert len(state) == 301
    shapes = {
        "encoder.block.0.weight_v": (64, 1, 7),
        "encoder.block.0.weight_g": (64, 1, 1),
        "encoder.block.1.block.2.block.3.weight_v": (64, 64, 1),
        "encoder.block.4.block.4.weight_v": (1024, 512, 16),
        "encoder.block.5.alpha": (1, 1024, 1),
        "encoder.block.6.weight_v": (1024, 1024, 3),
        "quantizer.quantizers.8.in_proj.weight_v": (8, 1024, 1),
        "quantizer.quantizers.8.codebook.weight": (1024, 8),
        "decoder.model.0.weight_v": (1536, 1024, 7),
        "decoder.model.1.block.1.weight_g": (1536, 1, 1),
        "decoder.model.1.block.1.weight_v": (1536, 768, 16),
        "decoder.model.1.block.1.bias": (768,),
        "decoder.model.6.weight_v": (1, 96, 7),
    }
    assert {key: tuple(state[key].shape) for key in shapes} == shapes


def _released_keys() -> set[str]:
    """The 301 keys, spelt out from the published layout."""
    convolutions = ["encoder.block.0", "encoder.block.6", "decoder.model.0", "decoder.model.6"]
    alphas = ["encoder.block.5", "decoder.model.5"]
    for block in range(1, 5):
        encoder, decoder = f"encoder.block.{block}.block", f"decoder.model.{block}.block"
        alphas += [f"{encoder}.3", f"{decoder}.0"]
        convolutions += [f"{encoder}.4", f"{decoder}.1"]
        for unit in [f"{encoder}.{i}" for i in (0, 1, 2)] + [f"{decoder}.{i}" for i in (2, 3, 4)]:
            alphas += [f"{unit}.block.0", f"{unit}.block.2"]
            convolutions += [f"{unit}.block.1", f"{unit}.block.3"]
    keys = {f"{name}.alpha" for name in alphas}
    for i in range(9):
        keys.add(f"quantizer.quantizers.{i}.codebook.weight")
        convolutions += [f"quantizer.quantizers.{i}.{end}_proj" for end in ("in", "out")]
    return keys | {
        f"{name}.{part}" for name in convolutions for part in ("bias", "weight_g", "weight_v")
    }


@pytest.mark.parametrize("config", [SMALL, SMALL_ODD], ids=["even strides", "odd strides"])
@pytest.mark.parametrize("length", [1, 2, 319, 320, 321, 511, 512, 513, 1600, 5113])
def test_length_is_kept(config: DACConfig, length: int) -> None:
    torch.manual_seed(0)
    model = DAC(config).eval()
    audio = torch.rand(2, 1, length) - 0.5
    with torch.no_grad():
        found = model(audio)
    assert found.audio.shape == audio.shape
    assert found.quantized.codes.shape[-1] == -(-length // config.hop_length)
    assert bool(torch.isfinite(found.audio).all())


def test_the_tail_of_odd_strides_continues_the_audio() -> None:
    """A decoder that drops nothing gives the same tail from all the frames as from the last."""
    model = spread_model(SMALL_ODD)
    with torch.no_grad():
        z = model.encode(melody(20_000, SMALL_ODD.sample_rate)).z
        whole = model.decoder(z, True)
        tail = model.tail(z)
    assert whole.shape[-1] == z.shape[-1] * SMALL_ODD.hop_length
    assert tail.shape[-1] == missing_samples(SMALL_ODD) == 8
    torch.testing.assert_close(tail, whole[..., -8:], atol=1e-6, rtol=0)


@pytest.mark.parametrize("shape", [(1, 0), (1, 1, 0), (1, 2, 100), (100,)])
def test_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="audio must be"):
        DAC(SMALL).pad(torch.zeros(shape))


def test_gradients_reach_every_parameter() -> None:
    torch.manual_seed(0)
    model = DAC(SMALL).train()
    audio: Tensor = torch.rand(2, 1, 2048) - 0.5
    found = model(audio, n_quantizers=SMALL.n_codebooks)
    loss = (found.audio - audio).abs().mean()
    (loss + found.quantized.commitment_loss + found.quantized.codebook_loss).backward()
    without = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert without == []
