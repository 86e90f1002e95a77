"""Presets: values of the released configuration files, typed off; sizes, rates, and the list."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from codecbench.cli.train_list import print_presets
from codecbench.dac.model import DAC
from codecbench.dac.parameter_count import parameter_count
from codecbench.dac.training.presets import PRESETS, preset
from codecbench.dac.training.recipe import Recipe
from codecbench.dac.training.settings import differences, from_plain, to_plain, with_settings
from codecbench.errors import UsageError

OURS = {
    "DAC.sample_rate": "model.sample_rate",
    "DAC.encoder_dim": "model.encoder_dim",
    "DAC.encoder_rates": "model.encoder_rates",
    "DAC.latent_dim": "model.latent_dim",
    "DAC.decoder_dim": "model.decoder_dim",
    "DAC.decoder_rates": "model.decoder_rates",
    "DAC.n_codebooks": "model.n_codebooks",
    "DAC.codebook_size": "model.codebook_size",
    "DAC.codebook_dim": "model.codebook_dim",
    "DAC.quantizer_dropout": "model.quantizer_dropout",
    "Discriminator.rates": "discriminator.rates",
    "Discriminator.periods": "discriminator.periods",
    "Discriminator.fft_sizes": "discriminator.fft_sizes",
    "Discriminator.bands": "discriminator.bands",
    "AdamW.betas": "optimiser.betas",
    "AdamW.lr": "optimiser.learning_rate",
    "ExponentialLR.gamma": "optimiser.decay_per_step",
    "num_iters": "steps",
    "mel/loss": "loss.mel",
    "adv/feat_loss": "loss.feature",
    "adv/gen_loss": "loss.adversarial",
    "vq/commitment_loss": "loss.commitment",
    "vq/codebook_loss": "loss.codebook",
    "waveform/loss": "loss.waveform",
    "VolumeNorm.db": "data.loudness_lufs",
    "MelSpectrogramLoss.n_mels": "loss.mel_bands",
    "MelSpectrogramLoss.window_lengths": "loss.mel_windows",
    "batch_size": "batch_size",
    "train/AudioDataset.duration": "data.excerpt_s",
}
"""The files' names for what a recipe says."""

BASE: dict[str, Any] = {
    "DAC.sample_rate": 44100,
    "DAC.encoder_dim": 64,
    "DAC.encoder_rates": [2, 4, 8, 8],
    "DAC.latent_dim": None,
    "DAC.decoder_dim": 1536,
    "DAC.decoder_rates": [8, 8, 4, 2],
    "DAC.n_codebooks": 9,
    "DAC.codebook_size": 1024,
    "DAC.codebook_dim": 8,
    "DAC.quantizer_dropout": 1.0,
    "Discriminator.rates": [],
    "Discriminator.periods": [2, 3, 5, 7, 11],
    "Discriminator.fft_sizes": [2048, 1024, 512],
    "Discriminator.bands": [[0.0, 0.1], [0.1, 0.25], [0.25, 0.5], [0.5, 0.75], [0.75, 1.0]],
    "AdamW.betas": [0.8, 0.99],
    "AdamW.lr": 0.0001,
    "ExponentialLR.gamma": 0.999996,
    "num_iters": 250000,
    "mel/loss": 15.0,
    "adv/feat_loss": 2.0,
    "adv/gen_loss": 1.0,
    "vq/commitment_loss": 0.25,
    "vq/codebook_loss": 1.0,
    "waveform/loss": 0.0,
    "VolumeNorm.db": -16,
    "MelSpectrogramLoss.n_mels": [5, 10, 20, 40, 80, 160, 320],
    "MelSpectrogramLoss.window_lengths": [32, 64, 128, 256, 512, 1024, 2048],
    "batch_size": 12,
    "train/AudioDataset.duration": 0.38,
}
"""descript-audio-codec c7cfc5d: conf/base.yml, and batch_size of conf/1gpu.yml.

A latent_dim and a waveform/loss are not set there.
"""

FINAL: dict[str, Any] = {"DAC.quantizer_dropout": 0.5, "batch_size": 72, "num_iters": 400000}
AT_320 = {"DAC.encoder_rates": [2, 4, 5, 8], "DAC.decoder_rates": [8, 5, 4, 2]}

FILES: dict[str, dict[str, Any]] = {
    # conf/final
    "44khz": FINAL,
    "44khz-16kbps": {**FINAL, "DAC.latent_dim": 128, "DAC.n_codebooks": 18},
    "24khz": {**FINAL, **AT_320, "DAC.sample_rate": 24000, "DAC.n_codebooks": 32},
    "16khz": {**FINAL, **AT_320, "DAC.sample_rate": 16000, "DAC.n_codebooks": 12},
    # conf/ablations
    "baseline": {},
    "no-mpd": {"Discriminator.rates": [1], "Discriminator.periods": [], "adv/feat_loss": 2.5},
    "no-mpd-msd": {"Discriminator.periods": [], "adv/feat_loss": 2.66},
    "no-mb": {"Discriminator.bands": [[0.0, 1.0]], "adv/feat_loss": 5.0},
    "diff-mb": {
        "Discriminator.bands": [[0.0, 0.05], [0.05, 0.1], [0.1, 0.25], [0.25, 0.5], [0.5, 1.0]],
        "adv/feat_loss": 5.0,
    },
    "equal-mb": {
        "Discriminator.bands": [[0.0, 0.2], [0.2, 0.4], [0.4, 0.6], [0.6, 0.8], [0.8, 1.0]],
        "adv/feat_loss": 5.0,
    },
    "no-adv": {"mel/loss": 1.0, "waveform/loss": 1.0, "adv/feat_loss": 0, "adv/gen_loss": 0},
    "no-low-hop": {
        "MelSpectrogramLoss.n_mels": [80],
        "MelSpectrogramLoss.window_lengths": [512],
        "mel/loss": 100.0,
    },
    "no-data-balance": {},
    "only-speech": {},
    # conf/size
    "size-small": {"DAC.decoder_dim": 512},
    "size-medium": {"DAC.decoder_dim": 1024},
    # conf/quantizer
    "24kbps": {"DAC.n_codebooks": 28},
    "2d": {"DAC.codebook_dim": 2},
    "4d": {"DAC.codebook_dim": 4},
    "32d": {"DAC.codebook_dim": 32},
    "256d": {"DAC.codebook_dim": 256},
    "512d": {"DAC.codebook_dim": 512},
    "dropout-0.0": {"DAC.quantizer_dropout": 0.0},
    "dropout-0.25": {"DAC.quantizer_dropout": 0.25},
    "dropout-0.5": {"DAC.quantizer_dropout": 0.5},
    # conf/downsampling
    "128x": {
        "DAC.encoder_rates": [2, 4, 4, 4],
        "DAC.decoder_rates": [4, 4, 2, 2, 2, 1],
        "DAC.n_codebooks": 2,
    },
    "768x": {
        "DAC.encoder_rates": [2, 6, 8, 8],
        "DAC.decoder_rates": [6, 4, 4, 2, 2, 2],
        "DAC.n_codebooks": 14,
    },
    "1024x": {
        "DAC.encoder_rates": [2, 8, 8, 8],
        "DAC.decoder_rates": [8, 4, 4, 2, 2, 2],
        "DAC.n_codebooks": 19,
    },
    "1536x": {
        "DAC.encoder_dim": 96,
        "DAC.encoder_rates": [2, 8, 8, 12],
        "DAC.decoder_rates": [12, 4, 4, 2, 2, 2],
        "DAC.n_codebooks": 28,
    },
}
"""What each file sets over `BASE`; the lists of losses that leave some out set these to 0."""


def at(plain: dict[str, Any], path: str) -> Any:
    for part in path.split("."):
        plain = plain[part]
    return plain


@pytest.mark.parametrize("name", FILES)
def test_values_are_those_of_the_released_files(name: str) -> None:
    plain = to_plain(preset(name).recipe)
    expected = BASE | FILES[name]
    assert {key: at(plain, path) for key, path in OURS.items()} == expected
    assert plain["data"]["balance"] is (name != "no-data-balance")


def test_the_papers_other_ablations_change_one_thing() -> None:
    baseline = preset("baseline").recipe
    changed = {name: differences(preset(name).recipe, baseline) for name in ("relu", "ema")}
    assert changed == {
        "relu": {"model.activation": ("snake", "relu")},
        "ema": {"model.codebook_learning": ("gradient", "ema")},
    }


def test_the_files_of_descript_and_a_few_more_are_all_there_is() -> None:
    assert set(PRESETS) - set(FILES) == {"relu", "ema", "small", "frame-rate"}


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("baseline", 200),
        ("no-mpd", 200),
        ("no-mpd-msd", 200),
        ("no-mb", 200),
        ("diff-mb", 500),
        ("equal-mb", 500),
    ],
)
def test_feature_weights_make_up_for_the_number_of_maps(name: str, product: int) -> None:
    """Maps that count: 5 of each period's network, 6 of a scale's, 5 of each band of an STFT.

    In the released files of other bands the weight is 2.5 times too high for that.
    """
    recipe = preset(name).recipe
    shape = recipe.discriminator
    maps = 5 * len(shape.periods) + 6 * len(shape.rates)
    maps += 5 * len(shape.bands) * len(shape.fft_sizes)
    assert maps * recipe.loss.feature == pytest.approx(product, rel=0.02)


@pytest.mark.parametrize(
    ("name", "millions"),
    [("44khz", 76.7), ("44khz-16kbps", 64.2), ("24khz", 74.7), ("16khz", 74.2)],
)
def test_published_sizes(name: str, millions: float) -> None:
    assert round(parameter_count(preset(name).recipe.model) / 1e6, 1) == millions


@pytest.mark.parametrize("name", ["16khz", "44khz-16kbps", "relu", "ema", "128x", "small"])
def test_parameters_are_those_of_the_model(name: str) -> None:
    config = preset(name).recipe.model
    with torch.device("meta"):
        model = DAC(config)
    assert parameter_count(config) == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", PRESETS)
def test_changes_are_settings_that_make_the_preset_of_its_base(name: str) -> None:
    """And each recipe survives being JSON."""
    entry = preset(name)
    assert from_plain(json.loads(json.dumps(to_plain(entry.recipe)))) == entry.recipe
    base = Recipe() if entry.base is None else preset(entry.base).recipe
    assert with_settings(base, entry.settings) == entry.recipe
    assert entry.changes
    assert all(setting in entry.changes for setting in entry.settings)


def test_nearly_all_have_the_baselines_bitrate() -> None:
    """The paper's 8 kbps; hops were given as many codebooks as come near it."""
    other = {"44khz-16kbps": 15.5, "24khz": 24.0, "16khz": 6.0, "24kbps": 24.1, "128x": 6.9}
    other["frame-rate"] = 6.75
    for name, entry in PRESETS.items():
        model = entry.recipe.model
        kbps = model.bitrate_bps_per_codebook * model.n_codebooks / 1000
        assert kbps == pytest.approx(other.get(name, 8.0), rel=0.04 if name not in other else 0.01)


@pytest.mark.parametrize(("name", "meant"), [("44kHz", "44khz"), ("dropout-0.6", "dropout-0.5")])
def test_an_unknown_name_brings_the_ones_like_it(name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"no preset {name}: did you mean .*{meant}"):
        preset(name)
    with pytest.raises(UsageError, match="no preset zzz; `bench train --list`"):
        preset("zzz")


def test_the_list_shows_each_preset_in_100_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_presets()
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 100
    named = [line.split()[0] for line in lines[3:] if line[:1].strip()]
    assert named == list(PRESETS)
    (row,) = (line.split() for line in lines if line.startswith("1024x "))
    assert row == ["1024x", "baseline", "model.encoder_rates=[2,8,8,8]", "1024", "8.18", "74.9"]
