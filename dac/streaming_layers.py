"""The layers of the codec over a stream: input comes in pieces of any size, final output goes out.

Each keeps the end of its input that later outputs still need (a transposed convolution: of its
output, what later inputs still add to), and gives only what no later input changes. Nothing is
computed twice, memory does not grow, and the zeros that pad the start and the end of the whole are
put there and nowhere between.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from codecbench.dac.decoder import DecoderBlock
from codecbench.dac.encoder import EncoderBlock
from codecbench.dac.layers import Conv1d, DownsamplingConv1d, ResidualUnit, UpsamplingConv1d


class Stream(Protocol):
    """A layer over a stream. `last` tells that the input ends; input and output may be empty."""

    def push(self, x: Tensor, last: bool) -> Tensor: ...


class Convolution:
    """Keeps the input from where the next output's kernel starts."""

    def __init__(self, layer: Conv1d | DownsamplingConv1d) -> None:
        self.weight, self.bias = layer.effective_weight().detach(), layer.bias.detach()
        self.padding = layer.padding
        self.stride = layer.stride if isinstance(layer, DownsamplingConv1d) else 1
        self.dilation = layer.dilation if isinstance(layer, Conv1d) else 1
        self.kept: Tensor | None = None

    def push(self, x: Tensor, last: bool) -> Tensor:
        before = x.new_zeros(*x.shape[:2], self.padding) if self.kept is None else self.kept
        x = functional.pad(torch.cat([before, x], -1), (0, self.padding if last else 0))
        span = (self.weight.shape[-1] - 1) * self.dilation + 1
        count = max(0, (x.shape[-1] - span) // self.stride + 1)
        self.kept = x[..., count * self.stride :]
        if not count:
            return x.new_zeros(x.shape[0], self.weight.shape[0], 0)
        return functional.conv1d(x, self.weight, self.bias, self.stride, dilation=self.dilation)


class Upsampling:
    """Keeps the last `stride` outputs, to which the next input adds."""

    def __init__(self, layer: UpsamplingConv1d) -> None:
        self.weight, self.bias = layer.effective_weight().detach(), layer.bias.detach()
        self.stride, self.padding = layer.stride, layer.padding
        self.kept: Tensor | None = None
        self.dropped_at_start = layer.padding

    def push(self, x: Tensor, last: bool) -> Tensor:
        fixed = x.shape[-1] * self.stride
        if self.kept is None:
            self.kept = x.new_zeros(x.shape[0], self.weight.shape[1], self.stride)
        y = functional.pad(self.kept, (0, fixed))
        if fixed:
            y = y + functional.conv_transpose1d(x, self.weight, stride=self.stride)
        self.kept = y[..., fixed:]
        end = y.shape[-1] - self.padding if last else fixed
        start = min(self.dropped_at_start, end)
        self.dropped_at_start -= start
        return y[..., start:end] + self.bias[:, None]


class Residual:
    """Keeps the skip until its branch has caught up."""

    def __init__(self, layer: ResidualUnit) -> None:
        self.branch = Chain(layer.block)
        self.skip: Tensor | None = None

    def push(self, x: Tensor, last: bool) -> Tensor:
        skip = x if self.skip is None else torch.cat([self.skip, x], -1)
        y = self.branch.push(x, last)
        self.skip = skip[..., y.shape[-1] :]
        return skip[..., : y.shape[-1]] + y


class Pointwise:
    """Snake, Tanh: nothing to keep."""

    def __init__(self, layer: nn.Module) -> None:
        self.layer = layer

    def push(self, x: Tensor, last: bool) -> Tensor:
        y: Tensor = self.layer(x)
        return y


class Chain:
    """Layers in a row."""

    def __init__(self, layers: Iterable[nn.Module]) -> None:
        self.streams = [
            stream_of(inner)
            for layer in layers
            for inner in (
                layer.block if isinstance(layer, EncoderBlock | DecoderBlock) else [layer]
            )
        ]

    def push(self, x: Tensor, last: bool) -> Tensor:
        for stream in self.streams:
            x = stream.push(x, last)
        return x


def stream_of(layer: nn.Module) -> Stream:
    if isinstance(layer, Conv1d | DownsamplingConv1d):
        return Convolution(layer)
    if isinstance(layer, UpsamplingConv1d):
        return Upsampling(layer)
    return Residual(layer) if isinstance(layer, ResidualUnit) else Pointwise(layer)
