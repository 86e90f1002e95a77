"""Decoding without padding, against transformers' network with every padding set to zero."""

from __future__ import annotations

import pytest
import torch
from spread_weights import SMALL, SMALL_ODD, melody, spread_model
from torch import nn
from transformers_dac import as_transformers

from codecbench.dac.config import PRESETS, DACConfig
from codecbench.dac.layers import fold_weight_norm
from codecbench.dac.unpadded import decode_unpadded, fewest_frames, unpadded_samples
from codecbench.errors import UsageError

BOTH = pytest.mark.parametrize("config", [SMALL, SMALL_ODD], ids=["even strides", "odd strides"])


@BOTH
def test_equals_transformers_without_padding(config: DACConfig) -> None:
    model = spread_model(config, fit_samples=40_000)
    theirs = as_transformers(model)
    for layer in theirs.modules():
        if isinstance(layer, nn.Conv1d | nn.ConvTranspose1d):
            layer.padding = (0,)
    with torch.no_grad():
        codes = model.encode(melody(60 * config.hop_length, config.sample_rate)).codes
        expected = theirs.decode(audio_codes=codes).audio_values[:, None]
        assert float(expected.std()) > 0.05
        assert torch.equal(decode_unpadded(model, codes), expected)
        fold_weight_norm(model)
        assert torch.equal(decode_unpadded(model, codes), expected)
        fewer = theirs.decode(audio_codes=codes[:, :2, :30]).audio_values[:, None]
        assert torch.equal(decode_unpadded(model, codes[:, :2, :30]), fewer)


def test_its_inside_is_that_of_the_whole() -> None:
    """What zeros at the ends do not reach is the same with and without them."""
    model = spread_model(SMALL, fit_samples=40_000)
    with torch.no_grad():
        codes = model.encode(melody(50 * SMALL.hop_length)).codes
        whole = model.decode(model.quantizer.from_codes(codes))
        bare = decode_unpadded(model, codes)
    cut = (whole.shape[-1] - bare.shape[-1]) // 2
    edge = 2 * SMALL.hop_length
    inside = whole[..., cut : cut + bare.shape[-1]]
    torch.testing.assert_close(bare[..., edge:-edge], inside[..., edge:-edge], atol=5e-6, rtol=0)
    assert float((bare - inside).abs().max()) > 1e-3


@BOTH
def test_lengths_and_the_fewest_frames(config: DACConfig) -> None:
    model = spread_model(config, fit_samples=40_000)
    fewest = fewest_frames(config)
    for frames in (fewest, fewest + 1, fewest + 9):
        with torch.no_grad():
            audio = decode_unpadded(model, torch.zeros(2, 5, frames, dtype=torch.int64))
        assert audio.shape == (2, 1, unpadded_samples(config, frames))
    with pytest.raises(UsageError, match=f"{fewest} or more"):
        decode_unpadded(model, torch.zeros(1, 5, fewest - 1, dtype=torch.int64))


def test_lengths_of_the_44khz_release() -> None:
    """Descript's window of 1 s gives chunks of 72 frames, of 28522 samples each."""
    assert unpadded_samples(PRESETS["44khz"], 72) == 28522
    assert unpadded_samples(PRESETS["44khz"], 3) == 0
