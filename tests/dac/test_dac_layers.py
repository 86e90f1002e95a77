"""Layers: against their formulas, torch's own weight norm, and themselves in another mode."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from codecbench.dac.layers import (
    Conv1d,
    DownsamplingConv1d,
    Snake,
    UpsamplingConv1d,
    WeightNormed,
    fold_weight_norm,
)


def test_snake_is_its_formula() -> None:
    snake = Snake(3)
    snake.alpha.data = torch.tensor([0.5, 1.0, 2.0])[None, :, None]
    x = torch.linspace(-4, 4, 101).repeat(2, 3, 1)
    expected = x.double() + torch.sin(snake.alpha.double() * x.double()) ** 2 / (
        snake.alpha.double() + 1e-9
    )
    torch.testing.assert_close(snake(x).double(), expected, atol=1e-6, rtol=1e-6)


def test_snake_without_gradient_has_the_same_bits_and_keeps_its_input() -> None:
    torch.manual_seed(0)
    snake = Snake(8)
    snake.alpha.data.uniform_(0.2, 3)
    x = 3 * torch.randn(2, 8, 1001)
    before = x.clone()
    with torch.no_grad():
        inferred = snake(x)
    assert torch.equal(inferred, snake(x).detach())
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    ("layer", "plain"),
    [
        (Conv1d(4, 6, 7, 3), nn.Conv1d(4, 6, 7, padding=9, dilation=3)),
        (DownsamplingConv1d(4, 6, 5), nn.Conv1d(4, 6, 10, stride=5, padding=3)),
        (UpsamplingConv1d(4, 6, 5), nn.ConvTranspose1d(4, 6, 10, stride=5, padding=3)),
    ],
    ids=["convolution", "downsampling", "upsampling"],
)
def test_convolutions_equal_torchs_weight_norm(layer: WeightNormed, plain: nn.Module) -> None:
    assert list(layer.state_dict()) == ["bias", "weight_g", "weight_v"]
    normed = weight_norm(plain, dim=0)
    normed.load_state_dict(
        {
            "bias": layer.bias,
            "parametrizations.weight.original0": 1.3 * layer.state_dict()["weight_g"],
            "parametrizations.weight.original1": layer.state_dict()["weight_v"],
        }
    )
    layer.state_dict()["weight_g"].mul_(1.3)
    x = torch.randn(2, 4, 50)
    expected = normed(x)
    assert torch.equal(layer(x), expected)
    fold_weight_norm(layer)
    fold_weight_norm(layer)  # a second time changes nothing
    assert list(layer.state_dict()) == ["bias", "weight"]
    assert torch.equal(layer(x), expected)


@pytest.mark.parametrize("stride", [2, 3, 4, 5, 8])
def test_strides_divide_and_multiply_time(stride: int) -> None:
    x = torch.randn(1, 2, 7 * stride)
    down = DownsamplingConv1d(2, 2, stride)(x)
    assert down.shape[-1] == 7
    up = UpsamplingConv1d(2, 2, stride)
    assert up(down).shape[-1] == 7 * stride - stride % 2
    complete = up(down, complete=True)
    assert complete.shape[-1] == 7 * stride
    assert torch.equal(complete[..., : up(down).shape[-1]], up(down))
