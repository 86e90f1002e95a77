"""What fixes the shape of a Descript Audio Codec: one frozen dataclass, and the released presets.

Field names are those of the released checkpoints (`metadata` -> `kwargs`).
Source: Kumar et al., High-Fidelity Audio Compression with Improved RVQGAN, arXiv 2306.06546.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from codecbench.errors import UsageError

Activation = Literal["snake", "relu"]
"""Between the convolutions."""

CodebookLearning = Literal["gradient", "ema"]
"""How codebooks learn: by the codebook loss, or as moving averages of what they stand for."""


@dataclass(frozen=True)
class FrameNetworks:
    """Networks at the frame rate in place of the paper's; their widths are `encoder_dim` and
    `decoder_dim`, their hop the one stride of `encoder_rates` and `decoder_rates`.

    window_hops: length of the STFT's window, in hops.
    encoder_blocks, decoder_blocks: residual blocks.
    kernel: frames that each convolution sees, odd.
    expansion: inner width of a block over its width.
    causal: convolutions see the past alone and windows end with their hop.
    """

    window_hops: int = 3
    encoder_blocks: int = 5
    decoder_blocks: int = 7
    kernel: int = 7
    expansion: int = 3
    causal: bool = False

    def __post_init__(self) -> None:
        """Refuse what no network can be built from, with `UsageError`."""
        if self.window_hops < 2:
            raise UsageError(f"DAC: window_hops must be 2 or more, got {self.window_hops}")
        if self.kernel < 1 or not self.kernel % 2:
            raise UsageError(f"DAC: kernel must be odd, got {self.kernel}")
        if min(self.encoder_blocks, self.decoder_blocks, self.expansion) < 1:
            raise UsageError("DAC: encoder_blocks, decoder_blocks and expansion must be 1 or more")


@dataclass(frozen=True)
class DACConfig:
    """Shape of one model; the defaults are the 44.1 kHz release.

    encoder_dim: channels after the first convolution; they double with each stride.
    encoder_rates, decoder_rates: strides, in order; both multiply to `hop_length`.
    latent_dim: channels of the latents; None for `encoder_dim * 2 ** len(encoder_rates)`.
    decoder_dim: channels after the decoder's first convolution; they halve with each stride.
    n_codebooks, codebook_size, codebook_dim: of the residual quantizer.
    quantizer_dropout: share of a training batch that draws its number of codebooks, 0 to 1.
    sample_rate: Hz.
    activation, codebook_learning: as released, or the alternatives that the paper compares them
        with; descript's own code can't load a model with these.
    frame_networks: None for the paper's networks. With it encoder and decoder have one stride, the
        hop; `encoder_dim` and `decoder_dim` are their widths, and `activation` says nothing.
    """

    encoder_dim: int = 64
    encoder_rates: tuple[int, ...] = (2, 4, 8, 8)
    latent_dim: int | None = None
    decoder_dim: int = 1536
    decoder_rates: tuple[int, ...] = (8, 8, 4, 2)
    n_codebooks: int = 9
    codebook_size: int = 1024
    codebook_dim: int = 8
    quantizer_dropout: float = 0.5
    sample_rate: int = 44100
    activation: Activation = "snake"
    codebook_learning: CodebookLearning = "gradient"
    frame_networks: FrameNetworks | None = None

    def __post_init__(self) -> None:
        """Refuse what no network can be built from, with `UsageError`."""
        counts = {
            "encoder_dim": self.encoder_dim,
            "latent_dim": self.latent_channels,
            "decoder_dim": self.decoder_dim,
            "n_codebooks": self.n_codebooks,
            "codebook_dim": self.codebook_dim,
            "sample_rate": self.sample_rate,
        }
        for name, value in counts.items():
            if value < 1:
                raise UsageError(f"DAC: {name} must be 1 or more, got {value}")
        if not self.encoder_rates or min(self.encoder_rates) < 2:
            raise UsageError("DAC: encoder_rates needs strides of 2 or more")
        if not self.decoder_rates or min(self.decoder_rates) < 1:
            raise UsageError("DAC: decoder_rates needs strides of 1 or more")
        if math.prod(self.encoder_rates) != math.prod(self.decoder_rates):
            raise UsageError(
                f"DAC: encoder_rates {self.encoder_rates} and decoder_rates {self.decoder_rates} "
                "must multiply to the same hop"
            )
        if self.decoder_dim % 2 ** len(self.decoder_rates):
            raise UsageError(
                f"DAC: decoder_dim {self.decoder_dim} must divide by 2 for each of the "
                f"{len(self.decoder_rates)} strides"
            )
        one_stride = len(self.encoder_rates) == len(self.decoder_rates) == 1
        if self.frame_networks is not None and not one_stride:
            raise UsageError(
                "DAC: networks at the frame rate have one stride, the hop: got encoder_rates "
                f"{self.encoder_rates} and decoder_rates {self.decoder_rates}"
            )
        if not 2 <= self.codebook_size <= 1 << 16:
            raise UsageError(f"DAC: codebook_size must lie in 2..65536, got {self.codebook_size}")
        if not 0 <= self.quantizer_dropout <= 1:
            raise UsageError(f"DAC: quantizer_dropout must lie in 0..1: {self.quantizer_dropout}")
        if self.activation not in get_args(Activation):
            raise UsageError(f"DAC: activation must be snake or relu, got {self.activation}")
        if self.codebook_learning not in get_args(CodebookLearning):
            raise UsageError(
                f"DAC: codebook_learning must be gradient or ema, got {self.codebook_learning}"
            )

    @property
    def latent_channels(self) -> int:
        """Channels of the latents, the default worked out."""
        if self.latent_dim is not None:
            return self.latent_dim
        return int(self.encoder_dim * 2 ** len(self.encoder_rates))

    @property
    def hop_length(self) -> int:
        """Samples per frame of codes."""
        return math.prod(self.encoder_rates)

    @property
    def bits_per_code(self) -> int:
        """Bits that one code takes when packed."""
        return (self.codebook_size - 1).bit_length()

    @property
    def bitrate_bps_per_codebook(self) -> float:
        """Bits per second and channel that each codebook adds."""
        return self.sample_rate / self.hop_length * self.bits_per_code


PRESETS: dict[str, DACConfig] = {
    "44khz": DACConfig(),
    "44khz-16kbps": DACConfig(latent_dim=128, n_codebooks=18),
    "24khz": DACConfig(
        encoder_rates=(2, 4, 5, 8), decoder_rates=(8, 5, 4, 2), n_codebooks=32, sample_rate=24000
    ),
    "16khz": DACConfig(
        encoder_rates=(2, 4, 5, 8), decoder_rates=(8, 5, 4, 2), n_codebooks=12, sample_rate=16000
    ),
}
"""The four released models by the name of their variant."""
