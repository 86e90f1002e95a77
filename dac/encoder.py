"""The encoder: audio to latents, one vector per hop."""

from __future__ import annotations

from torch import Tensor, nn

from codecbench.dac.config import Activation, DACConfig
from codecbench.dac.layers import DILATIONS, Conv1d, DownsamplingConv1d, ResidualUnit, activation


class EncoderBlock(nn.Module):
    """Three residual units, then a strided convolution that doubles the channels."""

    def __init__(self, channels: int, stride: int, kind: Activation = "snake") -> None:
        super().__init__()
        self.block = nn.Sequential(
            *(ResidualUnit(channels, dilation, kind) for dilation in DILATIONS),
            activation(kind, channels),
            DownsamplingConv1d(channels, 2 * channels, stride),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, time·stride) -> (batch, 2·channels, time)."""
        y: Tensor = self.block(x)
        return y


class Encoder(nn.Module):
    """Audio of a whole number of hops to latents."""

    def __init__(self, config: DACConfig) -> None:
        super().__init__()
        channels = config.encoder_dim
        layers: list[nn.Module] = [Conv1d(1, channels, 7)]
        for stride in config.encoder_rates:
            layers.append(EncoderBlock(channels, stride, config.activation))
            channels *= 2
        layers.append(activation(config.activation, channels))
        layers.append(Conv1d(channels, config.latent_channels, 3))
        self.block = nn.Sequential(*layers)

    def forward(self, audio: Tensor) -> Tensor:
        """(batch, 1, frames·hop) -> (batch, latent_channels, frames)."""
        latents: Tensor = self.block(audio)
        return latents
