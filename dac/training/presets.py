"""Trainings by name: the published models, every ablation of the paper, and this project's own.

A preset is a recipe and the name of the preset that it is to be compared with. What sets the two
apart is never written down: it is read from the recipes.
Source: the configuration files of descript-audio-codec 1.0.0, whose names these are, and
arXiv 2306.06546, table 2.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace
from typing import Any

from codecbench.dac.config import PRESETS as RELEASED
from codecbench.dac.config import DACConfig, FrameNetworks
from codecbench.dac.training.recipe import (
    DataConfig,
    DiscriminatorConfig,
    LossConfig,
    OptimiserConfig,
    Recipe,
)
from codecbench.dac.training.settings import differences
from codecbench.errors import UsageError


@dataclass(frozen=True)
class Preset:
    """A recipe, the name of the preset that it varies, and what recipes don't say."""

    recipe: Recipe
    base: str | None = None
    note: str = ""

    @property
    def settings(self) -> tuple[str, ...]:
        """What it sets otherwise than its base, such as `model.codebook_dim=2`, as `--set` takes.

        Nothing for a preset without a base.
        """
        if self.base is None:
            return ()
        changed = differences(self.recipe, PRESETS[self.base].recipe)
        return tuple(f"{path}={_written(ours)}" for path, (_, ours) in changed.items())

    @property
    def changes(self) -> str:
        """The settings and the note, for people."""
        return "; ".join(part for part in (" ".join(self.settings), self.note) if part)


def preset(name: str) -> Preset:
    """The preset of that name. Raises `UsageError` with the names that are like it."""
    if name in PRESETS:
        return PRESETS[name]
    close = difflib.get_close_matches(name, PRESETS, 3, 0.5)
    hint = f": did you mean {' or '.join(close)}?" if close else ";"
    raise UsageError(f"there is no preset {name}{hint} `bench train --list` shows all")


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


PUBLISHED = Recipe()
"""The 44.1 kHz model as released."""

BASELINE = replace(PUBLISHED, model=DACConfig(quantizer_dropout=1.0), batch_size=12, steps=250_000)
"""What the paper's ablations vary: a shorter training on one GPU."""


def _model(**changes: Any) -> Preset:
    """The baseline with another model."""
    return Preset(replace(BASELINE, model=replace(BASELINE.model, **changes)), "baseline")


def _losses(discriminator: DiscriminatorConfig, loss: LossConfig, note: str = "") -> Preset:
    """The baseline with other discriminators and losses."""
    return Preset(replace(BASELINE, discriminator=discriminator, loss=loss), "baseline", note)


_SHAPE = DiscriminatorConfig()

# The other weights are in proportion to the feature maps that are left; here none are left out.
_UNCOMPENSATED = "the weight is the released one: loss.feature=2 would change the bands alone"

PRESETS: dict[str, Preset] = {
    # Published models.
    "44khz": Preset(PUBLISHED, note="the published training"),
    "44khz-16kbps": Preset(replace(PUBLISHED, model=RELEASED["44khz-16kbps"]), "44khz"),
    "24khz": Preset(replace(PUBLISHED, model=RELEASED["24khz"]), "44khz"),
    "16khz": Preset(replace(PUBLISHED, model=RELEASED["16khz"]), "44khz"),
    # Ablations. Their feature weights make up for discriminators that are left out.
    "baseline": Preset(BASELINE, "44khz", "what the ablations vary"),
    "size-small": _model(decoder_dim=512),
    "size-medium": _model(decoder_dim=1024),
    "relu": _model(activation="relu"),
    "no-mpd": _losses(replace(_SHAPE, periods=(), rates=(1,)), LossConfig(feature=2.5)),
    "no-mpd-msd": _losses(replace(_SHAPE, periods=()), LossConfig(feature=2.66)),
    "no-mb": _losses(replace(_SHAPE, bands=((0.0, 1.0),)), LossConfig(feature=5.0)),
    "diff-mb": _losses(
        replace(_SHAPE, bands=((0.0, 0.05), (0.05, 0.1), (0.1, 0.25), (0.25, 0.5), (0.5, 1.0))),
        LossConfig(feature=5.0),
        _UNCOMPENSATED,
    ),
    "equal-mb": _losses(
        replace(_SHAPE, bands=((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0))),
        LossConfig(feature=5.0),
        _UNCOMPENSATED,
    ),
    "no-adv": _losses(_SHAPE, LossConfig(mel=1.0, waveform=1.0, feature=0.0, adversarial=0.0)),
    "no-low-hop": _losses(_SHAPE, LossConfig(mel=100.0, mel_windows=(512,), mel_bands=(80,))),
    "2d": _model(codebook_dim=2),
    "4d": _model(codebook_dim=4),
    "32d": _model(codebook_dim=32),
    "256d": _model(codebook_dim=256),
    "512d": _model(codebook_dim=512),
    "ema": _model(codebook_learning="ema"),
    "dropout-0.0": _model(quantizer_dropout=0.0),
    "dropout-0.25": _model(quantizer_dropout=0.25),
    "dropout-0.5": _model(quantizer_dropout=0.5),
    "24kbps": _model(n_codebooks=28),
    "128x": _model(encoder_rates=(2, 4, 4, 4), decoder_rates=(4, 4, 2, 2, 2, 1), n_codebooks=2),
    "768x": _model(encoder_rates=(2, 6, 8, 8), decoder_rates=(6, 4, 4, 2, 2, 2), n_codebooks=14),
    "1024x": _model(encoder_rates=(2, 8, 8, 8), decoder_rates=(8, 4, 4, 2, 2, 2), n_codebooks=19),
    "1536x": _model(
        encoder_dim=96,
        encoder_rates=(2, 8, 8, 12),
        decoder_rates=(12, 4, 4, 2, 2, 2),
        n_codebooks=28,
    ),
    "no-data-balance": Preset(
        replace(BASELINE, data=replace(BASELINE.data, balance=False)),
        "baseline",
        "the released one keeps equal shares for speech, music and the rest",
    ),
    "only-speech": Preset(BASELINE, "baseline", "the same recipe: give --data speech alone"),
    # This project's own: what one core trains in two hours and decodes faster than it plays.
    "small": Preset(
        Recipe(
            model=DACConfig(
                encoder_dim=16,
                encoder_rates=(8, 4, 4, 4),
                latent_dim=32,
                decoder_dim=256,
                decoder_rates=(4, 4, 4, 8),
                codebook_dim=32,
                codebook_learning="ema",
            ),
            discriminator=DiscriminatorConfig(period_channels=(4, 8, 16, 32, 32), stft_channels=4),
            loss=LossConfig(waveform=450.0),
            optimiser=OptimiserConfig(learning_rate=1e-3, warmup_steps=50, cooldown_steps=800),
            batch_size=8,
            steps=3150,
            projections="inverse",
            adversarial_from_step=2700,
            checkpoint_every=100,
            validate_every=250,
        ),
        "44khz",
        "this project's own, for CPUs",
    ),
    # Not the paper's DAC: its recipe around networks that a CPU multiplies fast.
    "frame-rate": Preset(
        Recipe(
            model=DACConfig(
                encoder_dim=256,
                encoder_rates=(320,),
                latent_dim=64,
                decoder_dim=256,
                decoder_rates=(320,),
                codebook_dim=32,
                codebook_learning="ema",
                sample_rate=24000,
                frame_networks=FrameNetworks(),
            ),
            discriminator=DiscriminatorConfig(period_channels=(8, 16, 32, 64, 64), stft_channels=8),
            loss=LossConfig(waveform=3000.0),
            data=DataConfig(excerpt_s=1.0),
            optimiser=OptimiserConfig(
                learning_rate=1e-3, decay_per_step=1.0, warmup_steps=50, cooldown_steps=20_000
            ),
            batch_size=8,
            steps=60_000,
            projections="inverse",
            adversarial_from_step=50_000,
            averaging=0.999,
            checkpoint_every=250,
            validate_every=1000,
        ),
        "44khz",
        "RVQGAN with networks at the frame rate, for CPUs",
    ),
}
