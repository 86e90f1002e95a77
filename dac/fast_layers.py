"""The layers of fast inference, each from (rows, channels) to (rows, channels), time along rows.

A layer goes through its input in tiles of rows that stay in the processor's cache from the first
activation to the last sum; tiles are shared out among threads, whose products take one thread each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Barrier

import torch
from torch import Tensor, nn

from codecbench.dac import fast_kernels as kernels
from codecbench.dac.fast_convolution import RowConvolution, Scratch, buffer
from codecbench.dac.layers import (
    Conv1d,
    DownsamplingConv1d,
    ResidualUnit,
    Snake,
    UpsamplingConv1d,
)

_TILE_VALUES = 1 << 16
_TILE_ROWS = 512
"""A tile has about so many values, and no fewer rows: matrix products of few rows are slow."""

_FEW_WEIGHTS = 1 << 22
"""Above, in layers of few rows, saved products are not worth the weights' growth by up to 2."""


@lru_cache(maxsize=1)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Threads in which torch uses one thread each; `process` keeps a fork from sharing them."""
    ready = Barrier(threads + 1)

    def start() -> None:
        torch.set_num_threads(1)
        ready.wait()

    pool = ThreadPoolExecutor(threads, "dac", start)
    for _ in range(threads):
        pool.submit(int)
    ready.wait()
    torch.set_num_threads(threads)  # for other threads to come: torch remembers what it heard last
    return pool


def _over_tiles(rows: int, step: int, width: int, do: Callable[[int, int, Scratch], None]) -> None:
    """Call `do(first, count, scratch)` for tiles of a multiple of `step` that cover all rows."""
    threads = torch.get_num_threads()
    wanted = max(_TILE_ROWS, _TILE_VALUES // width)
    tiles = -(-rows // wanted)
    if tiles % threads:
        tiles += threads - tiles % threads
    count = -(-rows // (tiles * step)) * step
    starts = iter(range(0, rows, count))

    def work() -> None:
        scratch: Scratch = {}
        with torch.inference_mode():
            for first in starts:
                do(first, count, scratch)

    if threads == 1:
        work()
    else:
        pool = _pool(threads, os.getpid())
        for share in [pool.submit(work) for _ in range(threads)]:
            share.result()


def _activation(layer: nn.Module | None, channels: int) -> Tensor:
    """(3, channels) as `fast_kernels.activate` takes it; None leaves values as they are."""
    table = torch.zeros(3, channels)
    table[2] = -torch.inf
    if isinstance(layer, Snake):
        table[0] = layer.alpha.detach().flatten()
        table[1] = (table[0] + 1e-9).reciprocal()
    elif layer is not None:
        assert isinstance(layer, nn.ReLU), layer
        table[2] = 0
    return table


class Activated:
    """An activation, then a convolution over rows of `per_row` input rows each.

    padding: input rows of zeros before the first.
    """

    def __init__(
        self, activation: nn.Module | None, convolution: RowConvolution, padding: int, per_row: int
    ) -> None:
        self.channels = convolution.width_in // per_row
        self.activation = _activation(activation, self.channels)
        self.convolution, self.padding, self.per_row = convolution, padding, per_row

    def __call__(self, x: Tensor, rows: int) -> Tensor:
        """x (rows·per_row or what it takes, channels) -> (rows, width_out)."""
        convolution, step = self.convolution, self.convolution.step
        out = torch.empty(-(-rows // step) * step, convolution.width_out)
        source, activation = x.numpy(), self.activation.numpy()
        plain = _activation(None, convolution.width_out).numpy()

        def tile(first: int, count: int, scratch: Scratch) -> None:
            count = min(count, len(out) - first)
            y = buffer(scratch, "y", (count + convolution.halo) * self.per_row, self.channels)
            kernels.activate(source, first * self.per_row - self.padding, activation, y.numpy())
            y = y.view(-1, convolution.width_in)
            convolution(y, out[first : first + count], scratch, plain)

        _over_tiles(len(out), step, max(convolution.width_in, convolution.width_out), tile)
        return out[:rows]


def same_length(activation: nn.Module | None, layer: Conv1d) -> Activated:
    """A convolution that keeps the length, without dilation."""
    taps = layer.effective_weight().detach().permute(2, 1, 0)
    return Activated(
        activation, RowConvolution(taps, layer.bias.detach(), 1, True), layer.padding, 1
    )


def downsampling(activation: nn.Module, layer: DownsamplingConv1d) -> Activated:
    """Two taps, each over `stride` rows at once."""
    weight, stride = layer.effective_weight().detach(), layer.stride
    taps = weight.permute(2, 1, 0).reshape(2, stride * weight.shape[1], weight.shape[0])
    plain = taps.numel() > _FEW_WEIGHTS
    convolution = RowConvolution(taps, layer.bias.detach(), 1, plain)
    return Activated(activation, convolution, layer.padding, stride)


class Upsampling:
    """Two taps, which give `stride` rows at once; those at the ends that padding takes are cut."""

    def __init__(self, activation: nn.Module, layer: UpsamplingConv1d) -> None:
        self.stride, self.padding = layer.stride, layer.padding
        weight = layer.effective_weight().detach()
        self.channels = weight.shape[1]
        split = weight.permute(2, 0, 1).reshape(2, self.stride, len(weight), self.channels)
        taps = split.flip(0).transpose(1, 2).reshape(2, len(weight), self.stride * self.channels)
        bias = layer.bias.detach().repeat(self.stride)
        plain = taps.numel() > _FEW_WEIGHTS
        self.inner = Activated(activation, RowConvolution(taps, bias, 1, plain), 1, 1)

    def __call__(self, x: Tensor, complete: bool) -> Tensor:
        """(rows, channels) -> (rows·stride, or 1 less, channels)."""
        samples = len(x) * self.stride - (0 if complete else self.stride % 2)
        y = self.inner(x, len(x) + 1).view(-1, self.channels)
        return y[self.padding : self.padding + samples]


class Residual:
    """A residual unit."""

    def __init__(self, unit: ResidualUnit) -> None:
        before, wide, between, narrow = unit.block
        assert isinstance(wide, Conv1d)
        assert isinstance(narrow, Conv1d)
        taps = wide.effective_weight().detach().permute(2, 1, 0)
        self.channels = taps.shape[1]
        self.convolution = RowConvolution(taps, wide.bias.detach(), wide.dilation)
        self.before = _activation(before, self.channels)
        self.between = _activation(between, self.channels)
        mixing = narrow.effective_weight().detach()[..., 0].t()
        self.weight = mixing.clone(memory_format=torch.contiguous_format)
        self.bias = narrow.bias.detach().clone()

    def __call__(self, x: Tensor, out: Tensor) -> None:
        """x (rows, channels) -> out of the same shape, other memory."""
        convolution, channels = self.convolution, self.channels
        source, before, between = x.numpy(), self.before.numpy(), self.between.numpy()

        def tile(first: int, count: int, scratch: Scratch) -> None:
            y = buffer(scratch, "y", count + convolution.halo, channels)
            branch = buffer(scratch, "branch", count, channels)
            kernels.activate(source, first - convolution.halo // 2, before, y.numpy())
            convolution(y, branch, scratch, between)
            to = out[first : first + count]
            torch.add(x[first : first + count], self.bias, out=to)
            to.addmm_(branch[: len(to)], self.weight)

        _over_tiles(len(x), convolution.step, channels, tile)


class ResidualUnits:
    """Residual units one after another, in the memory of the input and as much again."""

    def __init__(self, units: Iterable[nn.Module]) -> None:
        self.units = []
        for unit in units:
            assert isinstance(unit, ResidualUnit)
            self.units.append(Residual(unit))

    def __call__(self, x: Tensor) -> Tensor:
        """(rows, channels) -> the same shape; overwrites x."""
        other = torch.empty_like(x)
        for unit in self.units:
            unit(x, other)
            x, other = other, x
        return x
