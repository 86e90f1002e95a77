"""Layers of the codec: Snake, weight-normed convolutions, the residual unit.

Parameter names follow the released checkpoints: each convolution has `.bias`, `.weight_g` and
`.weight_v`. Shapes: `(batch, channels, time)`.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional

from codecbench.dac.config import Activation

DILATIONS = (1, 3, 9)
"""Of the three residual units in each block."""


class Snake(nn.Module):
    """Periodic activation `x + sin²(αx) / (α + 1e-9)`, α per channel (Ziyin et al., 2006.08195)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, time) -> the same shape."""
        on_cpu = x.device.type == "cpu" and x.dtype == torch.float32
        function = _CompiledSnakeFunction if self.training and on_cpu else _SnakeFunction
        y: Tensor = function.apply(x, self.alpha.to(x.dtype))  # type: ignore[no-untyped-call]
        return y


class _SnakeFunction(torch.autograd.Function):
    """Snake that keeps nothing but its input for the gradient: training is bound by memory.

    With s = sin(2αx) / (α + ε) the gradients are 1 + α·s in x, and x·s − sin²(αx) / (α + ε)² in α.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, alpha: Tensor) -> Tensor:
        ctx.save_for_backward(x, alpha)
        scale = (alpha + 1e-9).reciprocal()
        y = alpha * x
        return y.sin_().square_().mul_(scale).add_(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        (gradient,) = gradients
        x, alpha = ctx.saved_tensors
        scale = (alpha + 1e-9).reciprocal()
        angle = alpha * x
        squares = angle.sin().square_().mul_(gradient).sum((0, 2)).view_as(alpha)
        s = angle.mul_(2).sin_().mul_(gradient).mul_(scale)
        slopes = (s * x).sum((0, 2)).view_as(alpha)
        return torch.addcmul(gradient, alpha, s), slopes - squares * scale.square()


class _CompiledSnakeFunction(torch.autograd.Function):
    """The same by compiled loops, for training on a CPU."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, alpha: Tensor) -> Tensor:
        from codecbench.dac import snake_kernels

        ctx.save_for_backward(x, alpha)
        return snake_kernels.forward(x, alpha)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        from codecbench.dac import snake_kernels

        return snake_kernels.backward(*gradients, *ctx.saved_tensors)


def activation(kind: Activation, channels: int) -> nn.Module:
    """Snake, or the ReLU that the paper compares it with: it has no parameters, and its place."""
    return Snake(channels) if kind == "snake" else nn.ReLU()


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

    def set_weight(self, weight: Tensor) -> None:
        """Set direction and gain so that `weight` is what the convolution applies."""
        assert self.weight_v is not None
        assert self.weight_g is not None
        with torch.no_grad():
            self.weight_v.copy_(weight)
            self.weight_g.copy_(torch.norm_except_dim(weight, 2, 0))

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
        if complete and self.stride == 1:  # torch has no output padding without a stride
            whole = functional.conv_transpose1d(x, self.effective_weight(), self.bias)
            return whole[..., self.padding :]
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

    def __init__(self, channels: int, dilation: int, kind: Activation = "snake") -> None:
        super().__init__()
        self.block = nn.Sequential(
            activation(kind, channels),
            Conv1d(channels, channels, 7, dilation),
            activation(kind, channels),
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
