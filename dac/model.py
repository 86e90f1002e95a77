"""The Descript Audio Codec whole: encoder, quantizer, decoder; the length of the audio is kept.

With `frame_networks` in the configuration, encoder and decoder are those of `frame_networks.py`.

Audio is padded with zeros at the end to a whole number of hops. The released code then loses
samples where the decoder has odd strides (8 at 16 and 24 kHz): here those last samples come from a
second pass over the last frames that keeps the sample which each odd stride drops, and all samples
before them are the released code's, bit by bit.

Source: arXiv 2306.06546. State-dict keys are those of the released checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from codecbench.dac.config import DACConfig
from codecbench.dac.decoder import Decoder
from codecbench.dac.encoder import Encoder
from codecbench.dac.frame_networks import FrameDecoder, FrameEncoder
from codecbench.dac.quantizer import Quantized, ResidualQuantizer
from codecbench.dac.reach import decoder_reach_frames
from codecbench.errors import UsageError


@dataclass(frozen=True)
class Reconstruction:
    """A pass through the whole model: audio (batch, 1, samples) and what the quantizer gave."""

    audio: Tensor
    quantized: Quantized


class DAC(nn.Module):
    """A codec of mono audio at `config.sample_rate`, trainable."""

    def __init__(self, config: DACConfig) -> None:
        super().__init__()
        self.config = config
        paper = config.frame_networks is None
        self.encoder = Encoder(config) if paper else FrameEncoder(config)
        self.quantizer = ResidualQuantizer(config)
        self.decoder = Decoder(config) if paper else FrameDecoder(config)
        self._reach_frames = decoder_reach_frames(config)

    def pad(self, audio: Tensor) -> Tensor:
        """(batch, 1, samples ≥ 1) -> (batch, 1, frames·hop), zeros at the end."""
        if audio.ndim != 3 or audio.shape[1] != 1 or audio.shape[2] < 1:
            raise UsageError(
                f"DAC: audio must be (batch, 1, 1 sample or more), got {tuple(audio.shape)}"
            )
        return functional.pad(audio, (0, -audio.shape[-1] % self.config.hop_length))

    def encode(self, audio: Tensor, n_quantizers: int | None = None) -> Quantized:
        """(batch, 1, samples) -> codes of ceil(samples / hop) frames, and what goes with them."""
        latents = self.encoder(self.pad(audio))
        quantized: Quantized = self.quantizer(latents, n_quantizers)
        return quantized

    def decode(self, z: Tensor) -> Tensor:
        """Quantized latents (batch, latent_channels, frames) -> audio (batch, 1, frames·hop)."""
        audio: Tensor = self.decoder(z)
        return torch.cat([audio, self.tail(z)], dim=-1)

    def tail(self, z: Tensor) -> Tensor:
        """The last samples of `decode(z)`, which `decoder(z)` lacks: (batch, 1, 0 or more).

        Depends on the last frames alone, as many as reach the end of the audio.
        """
        missing = missing_samples(self.config)
        if not missing:
            return z.new_zeros(z.shape[0], 1, 0)
        complete: Tensor = self.decoder(z[..., -self._reach_frames - 1 :], True)
        return complete[..., -missing:]

    def forward(self, audio: Tensor, n_quantizers: int | None = None) -> Reconstruction:
        """(batch, 1, samples) -> the same audio through the codec, of the same length."""
        quantized = self.encode(audio, n_quantizers)
        return Reconstruction(self.decode(quantized.z)[..., : audio.shape[-1]], quantized)


def missing_samples(config: DACConfig) -> int:
    """Samples by which the decoder falls short of frames·hop: one per odd stride, stretched on."""
    if config.frame_networks is not None:
        return 0
    short = 0
    for stride in config.decoder_rates:
        short = short * stride + stride % 2
    return short
