"""Snake's gradients, written out by hand, against PyTorch's own differentiation."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from codecbench.dac.layers import Snake, _SnakeFunction


def plain(x: Tensor, alpha: Tensor) -> Tensor:
    return x + (alpha + 1e-9).reciprocal() * torch.sin(alpha * x).pow(2)


def test_the_gradient_by_finite_differences() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 7, dtype=torch.double, requires_grad=True)
    alpha = (torch.rand(1, 3, 1, dtype=torch.double) + 0.3).requires_grad_()
    assert torch.autograd.gradcheck(_SnakeFunction.apply, (x, alpha))


@pytest.mark.parametrize("training", [False, True])  # by PyTorch, and by compiled loops
@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_value_and_gradients_are_those_of_autograd(training: bool, scale: float) -> None:
    torch.manual_seed(1)
    snake = Snake(5).train(training)
    with torch.no_grad():
        snake.alpha.uniform_(0.2, 3)
    x = (scale * torch.randn(3, 5, 101)).requires_grad_()
    given = torch.randn(3, 5, 101)
    found = torch.autograd.grad(snake(x), (x, snake.alpha), given)
    # In double precision, of the same float32 angles: what is compared is the arithmetic.
    x64, alpha64 = x.detach().double(), snake.alpha.detach().double()
    expected_of = [x64.requires_grad_(), alpha64.requires_grad_()]
    value = plain(*expected_of)
    expected = torch.autograd.grad(value, expected_of, given.double())
    tolerance = 3e-6 * scale
    torch.testing.assert_close(snake(x).double(), value, rtol=1e-5, atol=tolerance)
    torch.testing.assert_close(found[0].double(), expected[0], rtol=1e-4, atol=10 * tolerance)
    torch.testing.assert_close(found[1].double(), expected[1], rtol=1e-4, atol=1e3 * tolerance)


def test_strided_input_and_gradient() -> None:
    snake = Snake(4).train()
    x = torch.randn(2, 9, 4).transpose(1, 2).requires_grad_()
    given = torch.randn(2, 9, 4).transpose(1, 2)
    found = torch.autograd.grad(snake(x), x, given)[0]
    expected = torch.autograd.grad(plain(x, snake.alpha), x, given)[0]
    torch.testing.assert_close(found, expected)


def test_only_the_input_is_kept_for_the_gradient() -> None:
    kept: list[Tensor] = []

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor)
        return tensor

    x = torch.randn(1, 2, 50, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        Snake(2)(x)
    assert sum(tensor.numel() for tensor in kept) == 100 + 2
