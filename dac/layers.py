"""Layers of the codec: Snake, weight-normed convolutions, the residual unit.

Parameter names follow the released checkpoints: each convolution has `.bias`, `.weight_g` and
`.weight_v`. Shapes: `(batch, channels, time)`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

DILATIONS = (1, 3, 9)
"""Of the three residual units in each block."""


class Snake(nn.Module):
    """Periodic activation `x + sin²(αx) / (α + 1e-9)`, α per channel (Ziyin et al., 2006.08195)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, time) -> the same shape."""
        scale = (self.alpha + 1e-9).reciprocal()
        if torch.is_grad_enabled():
            return x + scale * torch.sin(self.alpha * x).pow(2)
        # The same arithmetic in one buffer: Snake is bound by memory, not by the sine.
        y = self.alpha * x
        return y.sin_().square_().mul_(scale).add_(x)


class WeightNormed(nn.Module):
    """Base of both convolutions: the weight is `g · v / ‖v‖`, the norm taken over dimension 0.

    torch's old `weight_norm` has these parameter names but is deprecated, and its successor has
    others; the weight comes from the same kernel as theirs, so results are equal bit by bit.
    """

    weight: nn.Parameter | None
    weight_g: nn.Parameter | None
    weight_v: nn.Parameter | None

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.bias = nn.Parameter(bias.detach())
        self.weight_g = nn.Parameter(torch.norm_except_dim(weight.detach(), 2, 0))
        self.weight_v = nn.Parameter(weight.detach())
        self.register_parameter("weight", None)

    def effective_weight(self) -> Tensor:
        """The weight that the convolution applies."""
        if self.weight is not None:
            return self.weight
        assert self.weight_v is not None
        assert self.weight_g is not None
        return torch._weight_norm(self.weight_v, self.weight_g, 0)

    def fold(self) -> None:
        """Replace direction and gain by the weight itself: faster, the same bits, not trainable."""
        self.weight = nn.Parameter(self.effective_weight().detach(), requires_grad=False)
        self.weight_g = self.weight_v = None


class Conv1d(WeightNormed):
    """Weight-normed convolution that keeps the length (times 1/stride)."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, dilation: int = 1) -> None:
        plain = nn.Conv1d(in_channels, out_channels, kernel)
        super().__init__(plain.weight, torch.zeros(out_channels))
        self.dilation = dilation
        self.padding = (kernel - 1) * dilation // 2

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, time) -> (batch, out_channels, time)."""
        weight = self.effective_weight()
        return functional.conv1d(x, weight, self.bias, padding=self.padding, dilation=self.dilation)


class DownsamplingConv1d(WeightNormed):
    """Weight-normed convolution of kernel 2·stride that divides time by `stride`."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        plain = nn.Conv1d(in_channels, out_channels, 2 * stride)
        super().__init__(plain.weight, torch.zeros(out_channels))
        self.stride = stride
        self.padding = math.ceil(stride / 2)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, time·stride) -> (batch, out_channels, time)."""
        weight = self.effective_weight()
        return functional.conv1d(x, weight, self.bias, stride=self.stride, padding=self.padding)


class UpsamplingConv1d(WeightNormed):
    """Weight-normed transposed convolution of kernel 2·stride that multiplies time by `stride`.

    The norm is taken per *input* channel, as in the released weights. As there, an odd stride gives
    one sample less than time·stride; `complete` adds that sample at the end.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        plain = nn.ConvTranspose1d(in_channels, out_channels, 2 * stride)
        assert plain.bias is not None
        super().__init__(plain.weight, plain.bias)
        self.stride = stride
        self.padding = math.ceil(stride / 2)

    def forward(self, x: Tensor, complete: bool = False) -> Tensor:
        """(batch, in_channels, time) -> (batch, out_channels, time·stride, or 1 less)."""
        return functional.conv_transpose1d(
            x,
            self.effective_weight(),
            self.bias,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.stride % 2 if complete else 0,
        )


class ResidualUnit(nn.Module):
    """Snake, dilated convolution of kernel 7, Snake, convolution of kernel 1, and the skip."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            Snake(channels),
            Conv1d(channels, channels, 7, dilation),
            Snake(channels),
            Conv1d(channels, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, time) -> the same shape."""
        residual: Tensor = self.block(x)
        return x + residual


def fold_weight_norm(model: nn.Module) -> None:
    """Fold the weight norm of every convolution in place, for inference alone."""
    for module in model.modules():
        if isinstance(module, WeightNormed):
            module.fold()
