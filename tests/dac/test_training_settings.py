"""Recipes survive JSON, take settings from the command line, and refuse what cannot be meant."""

from __future__ import annotations

import json

import pytest

from codecbench.dac.training.recipe import Recipe
from codecbench.dac.training.settings import differences, from_plain, to_plain, with_settings
from codecbench.errors import UsageError


def test_a_recipe_survives_json() -> None:
    recipe = with_settings(Recipe(), ["model.latent_dim=64", "loss.gan=hinge"])
    assert from_plain(json.loads(json.dumps(to_plain(recipe)))) == recipe


def test_settings_change_what_they_name_and_nothing_else() -> None:
    recipe = with_settings(
        Recipe(),
        [
            "batch_size=8",
            "optimiser.learning_rate=1",
            "model.encoder_rates=[8,8,4,2]",
            "discriminator.bands=[[0,0.5],[0.5,1]]",
            "data.balance=false",
            "loss.gan=hinge",
        ],
    )
    assert differences(recipe, Recipe()) == {
        "batch_size": (72, 8),
        "optimiser.learning_rate": (1e-4, 1.0),
        "model.encoder_rates": ([2, 4, 8, 8], [8, 8, 4, 2]),
        "discriminator.bands": (
            [[0.0, 0.1], [0.1, 0.25], [0.25, 0.5], [0.5, 0.75], [0.75, 1.0]],
            [[0.0, 0.5], [0.5, 1.0]],
        ),
        "data.balance": (True, False),
        "loss.gan": ("lsgan", "hinge"),
    }


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("batchsize=3", "no batchsize: did you mean batch_size"),
        ("batch_size", "key=value"),
        ("batch_size=many", 'batch_size must be a whole number, got "many"'),
        ("batch_size=1.5", "batch_size must be a whole number"),
        ("batch_size=0", "batch_size must be 1 or more"),
        ("model=3", "the recipe has no model"),
        ("model.encoder_rates=2", "model.encoder_rates must be a list"),
        ("data.balance=1", "data.balance must be true or false"),
        ("loss.gan=wgan", "loss.gan must be lsgan or hinge"),
        ("precision=fp16", "precision must be auto or bf16 or float32"),
        ("data.excerpt_s=0.01", "too few for the losses' window of 2048"),
        ("optimiser.betas=[0.8]", "optimiser.betas must be a list"),
        ("loss.mel=-1", "weights must be 0 or more"),
        ("model.activation=gelu", "model.activation must be snake or relu"),
    ],
)
def test_what_cannot_be_meant_is_named(setting: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        with_settings(Recipe(), [setting])


def test_two_settings_are_checked_together() -> None:
    rates = ["model.encoder_rates=[2,4,5,8]", "model.decoder_rates=[8,5,4,2]"]
    assert with_settings(Recipe(), rates).model.hop_length == 320
    with pytest.raises(UsageError, match="must multiply to the same hop"):
        with_settings(Recipe(), rates[:1])


def test_an_unknown_key_in_json_is_named() -> None:
    plain = to_plain(Recipe())
    plain["loss"]["perceptual"] = 1.0
    with pytest.raises(UsageError, match=r"the recipe has no loss\.perceptual"):
        from_plain(plain)
