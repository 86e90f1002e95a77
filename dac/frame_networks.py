"""Encoder and decoder at the frame rate: a spectrum in, ConvNeXt blocks, a spectrum out.

In place of the paper's networks, whose convolutions run at the sample rate. Each frame of codes has
one window of the short-time Fourier transform; all layers work on one vector a frame, so their time
goes into matrix products that a CPU does fast, in bf16 too. What stands around them is the paper's:
quantizer, losses, discriminators. A codec with these networks is not the paper's DAC.

Windows are centred on their hop; causal ones end with it. Shapes inside: (batch, frames, channels).
Sources: blocks, arXiv 2201.03545; inverse STFT as the last layer, Vocos, arXiv 2306.00814.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from codecbench.dac.config import DACConfig, FrameNetworks

_BRANCH_SCALE = 0.1
"""Of each block's branch at first."""

_COMPRESSION = 0.4
"""Exponent of the magnitude of the real and imaginary parts that the encoder gets."""

_QUIETEST = 1e-3
"""Magnitudes far below are alike to the encoder: a window of full scale reaches its length / 2."""

_LOG_MAGNITUDES = (-12.0, 6.0)
"""The decoder's range: exp of it."""


def frame_networks(config: DACConfig) -> FrameNetworks:
    """The configuration's own, where it has them; an invariant of this module's callers."""
    assert config.frame_networks is not None
    return config.frame_networks


class FrameWindows:
    """Square roots of a Hann window, for analysis and synthesis, and where frames lie."""

    def __init__(self, config: DACConfig) -> None:
        networks = frame_networks(config)
        self.hop = config.hop_length
        self.length = networks.window_hops * self.hop
        overlap = self.length - self.hop
        self.before = overlap if networks.causal else overlap // 2

    def window(self, like: Tensor) -> Tensor:
        """(length,), on the device of `like`. Made anew: a buffer would stay without values in a
        model that is made of shapes alone and loaded afterwards.
        """
        return torch.hann_window(self.length, device=like.device).sqrt()

    @property
    def bins(self) -> int:
        """Frequencies of the transform."""
        return self.length // 2 + 1

    @property
    def after(self) -> int:
        """Samples of a frame's window after its hop."""
        return self.length - self.hop - self.before

    def analyse(self, audio: Tensor) -> Tensor:
        """(batch, frames·hop) -> complex (batch, frames, bins), zeros around the audio."""
        padded = functional.pad(audio, (self.before, self.after))
        return self.spectra(padded.unfold(-1, self.length, self.hop))

    def spectra(self, frames: Tensor) -> Tensor:
        """Samples (batch, frames, length) -> complex (batch, frames, bins)."""
        spectra: Tensor = torch.fft.rfft(frames * self.window(frames))
        return spectra

    def frames(self, spectra: Tensor) -> Tensor:
        """Undo `spectra` so that overlapping frames add up to the audio where all of them are."""
        # The squares of all windows over one sample, Hann windows, sum to length / (2 hop).
        scale = 2 * self.hop / self.length
        if not spectra.shape[1]:  # which FFTs do not take, and streams have
            return spectra.new_zeros(*spectra.shape[:2], self.length, dtype=torch.float32)
        frames: Tensor = torch.fft.irfft(spectra, self.length) * (self.window(spectra) * scale)
        return frames

    def synthesise(self, spectra: Tensor) -> Tensor:
        """Complex (batch, frames, bins) -> (batch, frames·hop)."""
        frames = self.frames(spectra)
        count = frames.shape[1]
        total = (count - 1) * self.hop + self.length
        added = functional.fold(
            frames.transpose(1, 2), (1, total), (1, self.length), stride=(1, self.hop)
        )
        return added[:, 0, 0, self.before : self.before + count * self.hop]


class FrameConvolution(nn.Module):
    """A convolution over frames that keeps their number; causal ones see the past alone."""

    def __init__(
        self, in_channels: int, out_channels: int, networks: FrameNetworks, groups: int = 1
    ) -> None:
        super().__init__()
        kernel = networks.kernel
        self.convolution = nn.Conv1d(in_channels, out_channels, kernel, groups=groups)
        self.before = kernel - 1 if networks.causal else kernel // 2
        self.after = kernel - 1 - self.before

    def forward(self, x: Tensor) -> Tensor:
        """(batch, frames, in_channels) -> (batch, frames, out_channels)."""
        padded = functional.pad(x.transpose(1, 2), (self.before, self.after))
        return self.unpadded(padded)

    def unpadded(self, x: Tensor) -> Tensor:
        """(batch, in_channels, frames + kernel - 1) -> (batch, frames, out_channels)."""
        y: Tensor = self.convolution(x)
        return y.transpose(1, 2)


class Block(nn.Module):
    """ConvNeXt: one convolution a channel, normalisation, two products, a scaled skip."""

    def __init__(self, channels: int, networks: FrameNetworks) -> None:
        super().__init__()
        wide = networks.expansion * channels
        self.mix = FrameConvolution(channels, channels, networks, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, wide)
        self.narrow = nn.Linear(wide, channels)
        self.scale = nn.Parameter(torch.full((channels,), _BRANCH_SCALE))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, frames, channels) -> the same shape."""
        return x + self.branch(self.mix(x))

    def branch(self, mixed: Tensor) -> Tensor:
        """What follows the convolution, frame by frame."""
        y: Tensor = self.narrow(functional.gelu(self.widen(self.norm(mixed))))
        return self.scale * y.float()


class FrameEncoder(nn.Module):
    """Audio of a whole number of hops to latents."""

    def __init__(self, config: DACConfig) -> None:
        super().__init__()
        networks, channels = frame_networks(config), config.encoder_dim
        self.windows = FrameWindows(config)
        self.first = nn.Linear(3 * self.windows.bins, channels)
        self.first_norm = nn.LayerNorm(channels)
        self.blocks = nn.ModuleList(
            Block(channels, networks) for _ in range(networks.encoder_blocks)
        )
        self.last_norm = nn.LayerNorm(channels)
        self.last = nn.Linear(channels, config.latent_channels)

    def forward(self, audio: Tensor) -> Tensor:
        """(batch, 1, frames·hop) -> (batch, latent_channels, frames)."""
        with torch.autocast(audio.device.type, enabled=False):
            features = self.features(self.windows.analyse(audio.float().squeeze(1)))
        x = self.enter(features)
        for block in self.blocks:
            x = block(x)
        return self.leave(x)

    @staticmethod
    def features(spectra: Tensor) -> Tensor:
        """Complex (batch, frames, bins) -> (batch, frames, 3·bins): log magnitude, and both parts.

        The parts are compressed: near zero they would grow without bound but for the small term.
        """
        power = spectra.real.square() + spectra.imag.square() + 1e-8
        compressed = spectra * power.pow((_COMPRESSION - 1) / 2)
        log = (power.sqrt() + _QUIETEST).log()
        return torch.cat([log, compressed.real, compressed.imag], -1)

    def enter(self, features: Tensor) -> Tensor:
        """Features to channels, frame by frame."""
        x: Tensor = self.first_norm(self.first(features))
        return x.float()

    def leave(self, x: Tensor) -> Tensor:
        """(batch, frames, channels) -> (batch, latent_channels, frames)."""
        y: Tensor = self.last(self.last_norm(x))
        return y.transpose(1, 2).float()


class FrameDecoder(nn.Module):
    """Latents to audio of as many hops."""

    def __init__(self, config: DACConfig) -> None:
        super().__init__()
        networks, channels = frame_networks(config), config.decoder_dim
        self.windows = FrameWindows(config)
        self.first = FrameConvolution(config.latent_channels, channels, networks)
        self.first_norm = nn.LayerNorm(channels)
        self.blocks = nn.ModuleList(
            Block(channels, networks) for _ in range(networks.decoder_blocks)
        )
        self.last_norm = nn.LayerNorm(channels)
        self.last = nn.Linear(channels, 3 * self.windows.bins)

    def forward(self, z: Tensor, complete: bool = True) -> Tensor:
        """(batch, latent_channels, frames) -> (batch, 1, frames·hop), always complete."""
        x = self.enter(self.first(z.transpose(1, 2)))
        for block in self.blocks:
            x = block(x)
        spectra = self.leave(x)
        with torch.autocast(z.device.type, enabled=False):
            return self.windows.synthesise(spectra)[:, None]

    def enter(self, x: Tensor) -> Tensor:
        """What follows the first convolution, frame by frame."""
        y: Tensor = self.first_norm(x)
        return y.float()

    def leave(self, x: Tensor) -> Tensor:
        """(batch, frames, channels) -> complex (batch, frames, bins): magnitude times a vector."""
        log, real, imaginary = self.last(self.last_norm(x)).float().chunk(3, -1)
        magnitude = log.clamp(*_LOG_MAGNITUDES).exp()
        return torch.complex(magnitude * real, magnitude * imaginary)
