"""The decoder: quantized latents to audio."""

from __future__ import annotations

from torch import Tensor, nn

from codecbench.dac.config import Activation, DACConfig
from codecbench.dac.layers import DILATIONS, Conv1d, ResidualUnit, UpsamplingConv1d, activation


class DecoderBlock(nn.Module):
    """A transposed convolution that halves the channels, then three residual units."""

    def __init__(self, channels: int, stride: int, kind: Activation = "snake") -> None:
        super().__init__()
        self.block = nn.ModuleList(
            [
                activation(kind, channels),
                UpsamplingConv1d(channels, channels // 2, stride),
                *(ResidualUnit(channels // 2, dilation, kind) for dilation in DILATIONS),
            ]
        )

    def forward(self, x: Tensor, complete: bool = False) -> Tensor:
        """(batch, channels, time) -> (batch, channels/2, time·stride, or 1 less)."""
        for layer in self.block:
            x = layer(x, complete) if isinstance(layer, UpsamplingConv1d) else layer(x)
        return x


class Decoder(nn.Module):
    """Latents to audio, as in the released code: odd strides lose samples at the end.

    With `complete` each odd stride keeps its last sample and the length is frames·hop. That changes
    the samples before it too, within the reach of the layers that follow.
    """

    def __init__(self, config: DACConfig) -> None:
        super().__init__()
        channels = config.decoder_dim
        layers: list[nn.Module] = [Conv1d(config.latent_channels, channels, 7)]
        for stride in config.decoder_rates:
            layers.append(DecoderBlock(channels, stride, config.activation))
            channels //= 2
        layers += [activation(config.activation, channels), Conv1d(channels, 1, 7), nn.Tanh()]
        self.model = nn.ModuleList(layers)

    def forward(self, z: Tensor, complete: bool = False) -> Tensor:
        """(batch, latent_channels, frames) -> (batch, 1, frames·hop, or a few samples less)."""
        for layer in self.model:
            z = layer(z, complete) if isinstance(layer, DecoderBlock) else layer(z)
        return z
