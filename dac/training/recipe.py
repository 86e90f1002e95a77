"""A recipe says all that decides how a training goes: model, losses, data, schedule.

The defaults are the published 44.1 kHz training (arXiv 2306.06546 and its released configuration).
A recipe is frozen and travels whole: into each checkpoint, and as JSON into the folder of the run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from codecbench.dac.config import DACConfig
from codecbench.errors import UsageError


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Shape of the discriminators; all empty for none.

    periods: of the multi-period discriminators, in samples.
    rates: divisors of the sample rate for the multi-scale discriminators.
    fft_sizes: windows of the complex STFT discriminators, in samples; hop is a quarter.
    bands: of each STFT, as shares of its bins, each with a stack of convolutions of its own.
    period_channels, stft_channels: widths of the layers, fewer for training without a GPU.
    """

    periods: tuple[int, ...] = (2, 3, 5, 7, 11)
    rates: tuple[int, ...] = ()
    fft_sizes: tuple[int, ...] = (2048, 1024, 512)
    bands: tuple[tuple[float, float], ...] = (
        (0.0, 0.1),
        (0.1, 0.25),
        (0.25, 0.5),
        (0.5, 0.75),
        (0.75, 1.0),
    )
    period_channels: tuple[int, ...] = (32, 128, 512, 1024, 1024)
    stft_channels: int = 32

    def __post_init__(self) -> None:
        """Refuse what no network can be built from, with `UsageError`."""
        sizes = (*self.periods, *self.rates, *self.period_channels, self.stft_channels)
        if min(sizes) < 1:
            raise UsageError("discriminator: periods, rates and channels must be 1 or more")
        if len(self.period_channels) < 2:
            raise UsageError("discriminator: period_channels needs 2 widths or more")
        if any(size < 8 or size % 4 for size in self.fft_sizes):
            raise UsageError(f"discriminator: fft_sizes must be multiples of 4: {self.fft_sizes}")
        if any(not 0 <= low < high <= 1 for low, high in self.bands) or not self.bands:
            raise UsageError(f"discriminator: bands must lie in 0..1 and rise: {self.bands}")


@dataclass(frozen=True)
class LossConfig:
    """Weights of the generator's losses, and the scales of the mel loss.

    waveform: weight of the L1 distance, used where nothing adversarial is.
    spectrum: weight of the distance of compressed complex spectra, which the paper has not;
        spectrum_windows: its windows in samples, hop a quarter.
    gan: "lsgan" (least squares, as released) or "hinge" (as the paper says).
    mel_windows: samples, hop a quarter; mel_bands: for each window.
    """

    mel: float = 15.0
    feature: float = 2.0
    adversarial: float = 1.0
    commitment: float = 0.25
    codebook: float = 1.0
    waveform: float = 0.0
    spectrum: float = 0.0
    spectrum_windows: tuple[int, ...] = (512, 1024)
    gan: Literal["lsgan", "hinge"] = "lsgan"
    mel_windows: tuple[int, ...] = (32, 64, 128, 256, 512, 1024, 2048)
    mel_bands: tuple[int, ...] = (5, 10, 20, 40, 80, 160, 320)

    def __post_init__(self) -> None:
        """Refuse weights and scales that mean nothing, with `UsageError`."""
        weights = (self.mel, self.feature, self.adversarial, self.commitment, self.codebook)
        if min(*weights, self.waveform, self.spectrum) < 0:
            raise UsageError("loss: weights must be 0 or more")
        if self.gan not in {"lsgan", "hinge"}:
            raise UsageError(f"loss.gan must be lsgan or hinge, got {self.gan}")
        if len(self.mel_windows) != len(self.mel_bands) or not self.mel_windows:
            raise UsageError("loss: mel_windows and mel_bands must be of one length, 1 or more")
        if any(window < 8 or window % 4 for window in self.mel_windows) or min(self.mel_bands) < 1:
            raise UsageError(f"loss: mel_windows must be multiples of 4: {self.mel_windows}")
        if any(window < 8 or window % 4 for window in self.spectrum_windows):
            raise UsageError(
                f"loss: spectrum_windows must be multiples of 4: {self.spectrum_windows}"
            )

    @property
    def is_adversarial(self) -> bool:
        """Whether discriminators are trained at all."""
        return self.adversarial > 0 or self.feature > 0


@dataclass(frozen=True)
class DataConfig:
    """How excerpts are drawn and prepared.

    excerpt_s: length of an excerpt.
    gate_lufs, gate_tries: excerpts not louder than this are drawn again, so many times at most.
    loudness_lufs: each excerpt is brought to it, and turned down where its peak would exceed 1.
    phase_shift: turn the phase of all frequencies by one random angle.
    balance: equal shares for the folders, and within each for full-band and band-limited files;
        otherwise all files are drawn alike.
    held_out: share of the files of each folder that is kept for validation.
    """

    excerpt_s: float = 0.38
    gate_lufs: float = -40.0
    gate_tries: int = 8
    loudness_lufs: float = -16.0
    phase_shift: bool = True
    balance: bool = True
    held_out: float = 0.05

    def __post_init__(self) -> None:
        """Refuse numbers out of range, with `UsageError`."""
        if not 0 < self.excerpt_s <= 60:
            raise UsageError(f"data.excerpt_s must lie in 0..60 s, got {self.excerpt_s}")
        if self.gate_tries < 1:
            raise UsageError(f"data.gate_tries must be 1 or more, got {self.gate_tries}")
        if not 0 <= self.held_out < 1:
            raise UsageError(f"data.held_out must lie in 0..1, got {self.held_out}")


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW and the schedule of its learning rate, the same for both networks.

    decay_per_step: factor on the rate after each step.
    warmup_steps: the rate rises linearly over these first steps.
    cooldown_steps: the rate falls to zero over these last steps, along half a cosine.
    clip_generator, clip_discriminator: greatest norms of the gradients.
    """

    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.8, 0.99)
    weight_decay: float = 0.01
    decay_per_step: float = 0.999996
    warmup_steps: int = 0
    cooldown_steps: int = 0
    clip_generator: float = 1e3
    clip_discriminator: float = 10.0

    def __post_init__(self) -> None:
        """Refuse numbers out of range, with `UsageError`."""
        if self.learning_rate <= 0 or not 0 < self.decay_per_step <= 1:
            raise UsageError("optimiser: learning_rate must be over 0, decay_per_step in 0..1")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise UsageError(f"optimiser.betas must lie in 0..1, got {self.betas}")
        if min(self.warmup_steps, self.cooldown_steps) < 0:
            raise UsageError("optimiser: warmup_steps and cooldown_steps must be 0 or more")
        if min(self.clip_generator, self.clip_discriminator) <= 0 or self.weight_decay < 0:
            raise UsageError("optimiser: clips must be over 0, weight_decay 0 or more")


@dataclass(frozen=True)
class Recipe:
    """One training.

    batch_size: excerpts per step, over all processes.
    projections: how the quantizer's projections begin: "random" as released, or "inverse", each
        pair the inverse of the other, which a short training needs.
    adversarial_from_step: the discriminators, and the losses that need them, begin here.
    averaging: decay per step of averaged weights, which are then what is validated, used and
        shared; 0 for none.
    checkpoint_every, validate_every, log_every: steps.
    precision: "auto" is bf16 on a GPU that has it, and on a CPU that multiplies it for networks at
        the frame rate; else float32. STFT and losses are float32 in every case.
    """

    model: DACConfig = field(default_factory=DACConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    data: DataConfig = field(default_factory=DataConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    batch_size: int = 72
    steps: int = 400_000
    projections: Literal["random", "inverse"] = "random"
    adversarial_from_step: int = 0
    averaging: float = 0.0
    seed: int = 0
    checkpoint_every: int = 1000
    validate_every: int = 1000
    log_every: int = 10
    precision: Literal["auto", "bf16", "float32"] = "auto"
    compile: bool = False

    def __post_init__(self) -> None:
        """Refuse numbers out of range, with `UsageError`."""
        counts = {
            "batch_size": self.batch_size,
            "steps": self.steps,
            "checkpoint_every": self.checkpoint_every,
            "validate_every": self.validate_every,
            "log_every": self.log_every,
        }
        for name, value in counts.items():
            if value < 1:
                raise UsageError(f"{name} must be 1 or more, got {value}")
        if self.adversarial_from_step < 0 or not 0 <= self.seed < 1 << 32:
            raise UsageError("adversarial_from_step must be 0 or more, seed in 0..2^32-1")
        if not 0 <= self.averaging < 1:
            raise UsageError(f"averaging must lie in 0..1, got {self.averaging}")
        if self.projections not in {"random", "inverse"}:
            raise UsageError(f"projections must be random or inverse, got {self.projections}")
        if self.precision not in {"auto", "bf16", "float32"}:
            raise UsageError(f"precision must be auto, bf16 or float32, got {self.precision}")
        windows = self.loss.mel_windows
        if self.loss.spectrum:
            windows += self.loss.spectrum_windows
        longest = max(windows)
        if self.excerpt_samples <= longest // 2:
            raise UsageError(
                f"data.excerpt_s: {self.excerpt_samples} samples are too few for the losses' "
                f"window of {longest}"
            )

    @property
    def excerpt_samples(self) -> int:
        """Samples of an excerpt."""
        return int(self.data.excerpt_s * self.model.sample_rate)
