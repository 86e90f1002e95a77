"""The networks at the frame rate over a stream: input in pieces of any size, final output goes out.

As in `streaming_layers`, of which these are the counterparts: each keeps what later output still
needs, nothing is computed twice, and zeros are put before the start and after the end alone.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from codecbench.dac.frame_networks import (
    Block,
    FrameConvolution,
    FrameDecoder,
    FrameEncoder,
    FrameWindows,
)


class Windows:
    """Audio (batch, 1, samples) -> the spectra of the windows that are complete."""

    def __init__(self, windows: FrameWindows) -> None:
        self.windows = windows
        self.kept: Tensor | None = None

    def push(self, audio: Tensor, last: bool) -> Tensor:
        hop, length = self.windows.hop, self.windows.length
        x = audio[:, 0]
        before = x.new_zeros(len(x), self.windows.before) if self.kept is None else self.kept
        x = functional.pad(torch.cat([before, x], -1), (0, self.windows.after if last else 0))
        count = max(0, (x.shape[-1] - length) // hop + 1)
        self.kept = x[..., count * hop :]
        if not count:
            return x.new_zeros(len(x), 0, self.windows.bins, dtype=torch.complex64)
        return self.windows.spectra(x.unfold(-1, length, hop)[:, :count])


class OverlapAdd:
    """Spectra -> audio (batch, 1, samples) that no later frame adds to."""

    def __init__(self, windows: FrameWindows) -> None:
        self.windows = windows
        self.kept: Tensor | None = None
        self.dropped_at_start = windows.before

    def push(self, spectra: Tensor, last: bool) -> Tensor:
        windows = self.windows
        frames = windows.frames(spectra)  # (batch, frames, length)
        batch, count, length = frames.shape
        if self.kept is None:
            self.kept = frames.new_zeros(batch, length - windows.hop)
        y = functional.pad(self.kept, (0, count * windows.hop))
        if count:
            y = y + functional.fold(
                frames.transpose(1, 2), (1, y.shape[-1]), (1, length), stride=(1, windows.hop)
            ).view(batch, -1)
        fixed = count * windows.hop
        self.kept = y[..., fixed:]
        end = y.shape[-1] - windows.after if last else fixed
        start = min(self.dropped_at_start, end)
        self.dropped_at_start -= start
        return y[:, None, start:end]


class Mixing:
    """A convolution over frames, (batch, frames, channels): keeps the frames it still sees."""

    def __init__(self, layer: FrameConvolution) -> None:
        self.layer = layer
        self.kept: Tensor | None = None

    def push(self, x: Tensor, last: bool) -> Tensor:
        before = x.new_zeros(len(x), self.layer.before, x.shape[-1])
        x = torch.cat([before if self.kept is None else self.kept, x], 1)
        x = functional.pad(x, (0, 0, 0, self.layer.after if last else 0))
        span = self.layer.before + self.layer.after
        count = max(0, x.shape[1] - span)
        self.kept = x[:, count:]
        if not count:
            return x.new_zeros(len(x), 0, self.layer.convolution.out_channels)
        return self.layer.unpadded(x.transpose(1, 2))


class Blocks:
    """ConvNeXt blocks in a row: each keeps the skip until its convolution has caught up."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.mixing = [Mixing(block.mix) for block in blocks]
        self.skips: list[Tensor | None] = [None for _ in blocks]

    def push(self, x: Tensor, last: bool) -> Tensor:
        for index, block in enumerate(self.blocks):
            kept = self.skips[index]
            skip = x if kept is None else torch.cat([kept, x], 1)
            mixed = self.mixing[index].push(x, last)
            count = mixed.shape[1]
            self.skips[index] = skip[:, count:]
            x = skip[:, :count] + block.branch(mixed) if count else skip[:, :0]
        return x


class EncoderStream:
    """Audio (batch, 1, samples) -> latents (batch, latent_channels, frames)."""

    def __init__(self, encoder: FrameEncoder) -> None:
        self.encoder = encoder
        self.windows = Windows(encoder.windows)
        self.blocks = Blocks(_blocks(encoder))

    def push(self, audio: Tensor, last: bool) -> Tensor:
        features = self.encoder.features(self.windows.push(audio, last))
        return self.encoder.leave(self.blocks.push(self.encoder.enter(features), last))


class DecoderStream:
    """Latents (batch, latent_channels, frames) -> audio (batch, 1, samples)."""

    def __init__(self, decoder: FrameDecoder) -> None:
        self.decoder = decoder
        self.first = Mixing(decoder.first)
        self.blocks = Blocks(_blocks(decoder))
        self.overlap_add = OverlapAdd(decoder.windows)

    def push(self, z: Tensor, last: bool) -> Tensor:
        x = self.decoder.enter(self.first.push(z.transpose(1, 2), last))
        return self.overlap_add.push(self.decoder.leave(self.blocks.push(x, last)), last)


def _blocks(network: FrameEncoder | FrameDecoder) -> list[Block]:
    return [block for block in network.blocks if isinstance(block, Block)]
