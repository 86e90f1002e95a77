"""The discriminators: multi-period, multi-scale, and multi-band complex STFT.

Each gives its feature maps, the last of which is the verdict. Before them the audio loses its mean
and gets a peak of 0.8. State-dict keys are those of descript's package.

Source: arXiv 2306.06546, section 3.3; periods and scales from HiFi-GAN, arXiv 2010.05646; STFT at
several resolutions from UnivNet, arXiv 2106.07889.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from codecbench.dac.layers import WeightNormed
from codecbench.dac.training.recipe import DiscriminatorConfig

FeatureMaps = list[Tensor]
"""Of one discriminator, from its first layer to its verdict."""

_SLOPE = 0.1


class _Conv1d(WeightNormed):
    """Weight-normed convolution with its bias as PyTorch draws it; `shape` is the weight's."""

    def __init__(self, plain: nn.Conv1d | nn.Conv2d) -> None:
        assert plain.bias is not None
        super().__init__(plain.weight, plain.bias)
        self.stride = plain.stride
        self.padding = plain.padding
        self.groups = plain.groups

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, time) -> (batch, out_channels, time/stride)."""
        # A kernel of (5, 1) over columns is a kernel of 5 over each column.
        weight = self.effective_weight()
        weight = weight.squeeze(-1) if weight.ndim == 4 else weight
        return functional.conv1d(
            x, weight, self.bias, self.stride[0], int(self.padding[0]), groups=self.groups
        )


class _Conv2d(_Conv1d):
    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, time, bins) -> (batch, out_channels, time, bins/stride)."""
        height, width = (int(side) for side in self.padding)
        weight = self.effective_weight()
        return functional.conv2d(x, weight, self.bias, self.stride, (height, width))


def _activated(convolution: nn.Module) -> nn.Sequential:
    return nn.Sequential(convolution, nn.LeakyReLU(_SLOPE))


def _through(layers: nn.ModuleList, x: Tensor) -> FeatureMaps:
    maps = []
    for layer in layers:
        x = layer(x)
        maps.append(x)
    return maps


class PeriodDiscriminator(nn.Module):
    """Sees every `period`-th sample as a signal of its own, the same layers for each."""

    def __init__(self, period: int, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.period = period
        widths = (1, *channels)
        strides = (3,) * (len(channels) - 1) + (1,)
        self.convs = nn.ModuleList(
            _activated(_Conv1d(nn.Conv2d(widths[i], widths[i + 1], (5, 1), (stride, 1), (2, 0))))
            for i, stride in enumerate(strides)
        )
        self.conv_post = _Conv1d(nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0)))

    def forward(self, audio: Tensor) -> FeatureMaps:
        """(batch, 1, samples) -> maps (batch·period, channels, time)."""
        # As in the released code: a whole period more where the length is a multiple of it.
        padded = functional.pad(audio, (0, self.period - audio.shape[-1] % self.period), "reflect")
        columns = (
            padded.reshape(*padded.shape[:2], -1, self.period).permute(0, 3, 1, 2).flatten(0, 1)
        )
        maps = _through(self.convs, columns)
        return [*maps, self.conv_post(maps[-1])]


class ScaleDiscriminator(nn.Module):
    """Sees the waveform at a fraction 1/rate of its sample rate."""

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.rate = rate
        shapes = (
            (1, 16, 15, 1, 1),
            (16, 64, 41, 4, 4),
            (64, 256, 41, 4, 16),
            (256, 1024, 41, 4, 64),
            (1024, 1024, 41, 4, 256),
            (1024, 1024, 5, 1, 1),
        )
        self.convs = nn.ModuleList(
            _activated(_Conv1d(nn.Conv1d(i, o, kernel, stride, kernel // 2, groups=groups)))
            for i, o, kernel, stride, groups in shapes
        )
        self.conv_post = _Conv1d(nn.Conv1d(1024, 1, 3, padding=1))
        self.register_buffer("lowpass", _decimation_filter(rate), persistent=False)

    def forward(self, audio: Tensor) -> FeatureMaps:
        """(batch, 1, samples) -> maps (batch, channels, time)."""
        if self.rate > 1:
            lowpass = self.lowpass
            assert isinstance(lowpass, Tensor)
            left = lowpass.shape[-1] // 2
            padded = functional.pad(audio, (left, left), "replicate")
            audio = functional.conv1d(padded, lowpass, stride=self.rate)
        maps = _through(self.convs, audio)
        return [*maps, self.conv_post(maps[-1])]


def _decimation_filter(rate: int) -> Tensor:
    """Sinc at 0.945 of the new Nyquist with 24 zeros to a side under a squared cosine."""
    zeros, rolloff = 24, 0.945
    width = math.ceil(zeros * rate / rolloff)
    t = (torch.arange(-width, width + 1) * rolloff / rate).clamp(-zeros, zeros)
    kernel = torch.sinc(t) * torch.cos(t * math.pi / zeros / 2).square()
    return (kernel / kernel.sum())[None, None]


class StftDiscriminator(nn.Module):
    """Sees real and imaginary parts of an STFT, each band through layers of its own."""

    def __init__(self, window: int, bands: tuple[tuple[float, float], ...], channels: int) -> None:
        super().__init__()
        bins = window // 2 + 1
        self.bands = [(int(low * bins), int(high * bins)) for low, high in bands]
        self.register_buffer("window", torch.hann_window(window), persistent=False)
        shapes = ((2, 9, 1), (channels, 9, 2), (channels, 9, 2), (channels, 9, 2), (channels, 3, 1))
        self.band_convs = nn.ModuleList(
            nn.ModuleList(
                _activated(_Conv2d(nn.Conv2d(i, channels, (3, k), (1, stride), (1, k // 2))))
                for i, k, stride in shapes
            )
            for _ in bands
        )
        self.conv_post = _Conv2d(nn.Conv2d(channels, 1, (3, 3), padding=(1, 1)))

    def spectrum(self, audio: Tensor) -> Tensor:
        """(batch, 1, samples) -> (batch, 2, ceil(samples/hop), bins), always in float32."""
        window = self.window
        assert isinstance(window, Tensor)
        size, hop = window.shape[0], window.shape[0] // 4
        with torch.autocast(audio.device.type, enabled=False):
            x = audio.float().squeeze(1)
            side = (size - hop) // 2
            x = functional.pad(x[:, None], (side, side - x.shape[-1] % -hop), "reflect")[:, 0]
            bins = torch.stft(x, size, hop, window=window, return_complex=True)
            # Frames that lie wholly in the padding go: frames · hop is the length again.
            return torch.view_as_real(bins[..., 2:-2]).permute(0, 3, 2, 1).contiguous()

    def forward(self, audio: Tensor) -> FeatureMaps:
        """(batch, 1, samples) -> maps (batch, channels, frames, bins), band by band."""
        spectrum = self.spectrum(audio)
        maps: FeatureMaps = []
        ends = []
        for (low, high), layers in zip(self.bands, self.band_convs, strict=True):
            assert isinstance(layers, nn.ModuleList)
            maps += _through(layers, spectrum[..., low:high])
            ends.append(maps[-1])
        return [*maps, self.conv_post(torch.cat(ends, dim=-1))]


class Discriminators(nn.Module):
    """All discriminators of a recipe."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.discriminators = nn.ModuleList(
            [
                *(PeriodDiscriminator(period, config.period_channels) for period in config.periods),
                *(ScaleDiscriminator(rate) for rate in config.rates),
                *(
                    StftDiscriminator(size, config.bands, config.stft_channels)
                    for size in config.fft_sizes
                ),
            ]
        )

    def forward(self, audio: Tensor) -> list[FeatureMaps]:
        """(batch, 1, samples) -> the feature maps of each discriminator."""
        x = audio - audio.mean(dim=-1, keepdim=True)
        x = 0.8 * x / (x.abs().amax(dim=-1, keepdim=True) + 1e-9)
        return [discriminator(x) for discriminator in self.discriminators]
