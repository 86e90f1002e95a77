"""Snake and its gradient on the CPU, compiled by numba: one pass over memory instead of ten.

Training on a CPU is bound by memory in its activations. Values differ from PyTorch's by rounding.
The compiled code is kept on disk by numba. This module imports numba: it is itself imported where
a network is trained on a CPU, and nowhere else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

F = np.float32
_INVERSE_PI = F(1 / np.pi)
_ROUNDING = F(1.5 * 2**23)
_PI = F(np.pi)
_PI_REST = F(np.pi - float(F(np.pi)))
_S3, _S5, _S7, _S9, _S11 = F(-1 / 6), F(1 / 120), F(-1 / 5040), F(1 / 362880), F(-1 / 39916800)
_C2, _C4, _C6, _C8, _C10 = F(-1 / 2), F(1 / 24), F(-1 / 720), F(1 / 40320), F(-1 / 3628800)
_C12 = F(1 / 479001600)


def forward(x: Tensor, alpha: Tensor) -> Tensor:
    """x + sin²(αx) / (α + 1e-9) for x (batch, channels, time) and alpha (1, channels, 1)."""
    y = torch.empty_like(x, memory_format=torch.contiguous_format)
    _forward(x.contiguous().numpy(), alpha.flatten().numpy(), y.numpy())
    return y


def backward(gradient: Tensor, x: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients in x and in alpha, of their shapes."""
    slopes = torch.empty(x.shape[:2])
    by_x = torch.empty_like(x, memory_format=torch.contiguous_format)
    arrays = (gradient.contiguous(), x.contiguous(), alpha.flatten(), by_x, slopes)
    _backward(*(array.numpy() for array in arrays))
    return by_x, slopes.sum(0).view_as(alpha)


_options: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "fastmath": {"contract", "reassoc", "nsz"},
    "error_model": "numpy",
}


@njit(fastmath={"contract"})  # type: ignore[untyped-decorator]
def _reduced(u: Any) -> Any:
    """u less the nearest whole multiple of π: sin² and sin·cos have that period."""
    half_turns = (u * _INVERSE_PI + _ROUNDING) - _ROUNDING
    return (u - half_turns * _PI) - half_turns * _PI_REST


@njit(fastmath={"contract"})  # type: ignore[untyped-decorator]
def _sine(r: Any) -> Any:
    q = r * r
    return r + r * q * (_S3 + q * (_S5 + q * (_S7 + q * (_S9 + q * _S11))))


@njit(fastmath={"contract"})  # type: ignore[untyped-decorator]
def _cosine(r: Any) -> Any:
    q = r * r
    return F(1) + q * (_C2 + q * (_C4 + q * (_C6 + q * (_C8 + q * (_C10 + q * _C12)))))


@njit("void(float32[:,:,::1], float32[::1], float32[:,:,::1])", **_options)  # type: ignore[untyped-decorator]
def _forward(x: Any, alpha: Any, y: Any) -> None:
    batch, channels, time = x.shape
    for row in range(batch * channels):
        b, c = row // channels, row % channels
        a, values, to = alpha[c], x[b, c], y[b, c]
        scale = F(1) / (a + F(1e-9))
        for t in range(time):
            sine = _sine(_reduced(a * values[t]))
            to[t] = values[t] + scale * (sine * sine)


@njit(
    "void(float32[:,:,::1], float32[:,:,::1], float32[::1], float32[:,:,::1], float32[:,::1])",
    **_options,
)  # type: ignore[untyped-decorator]
def _backward(gradient: Any, x: Any, alpha: Any, by_x: Any, slopes: Any) -> None:
    batch, channels, time = x.shape
    for row in range(batch * channels):
        b, c = row // channels, row % channels
        a, values, given, to = alpha[c], x[b, c], gradient[b, c], by_x[b, c]
        scale = F(1) / (a + F(1e-9))
        total = F(0)
        for t in range(time):
            r = _reduced(a * values[t])
            sine = _sine(r)
            double = F(2) * sine * _cosine(r) * scale
            to[t] = given[t] * (F(1) + a * double)
            total += given[t] * (values[t] * double - sine * sine * scale * scale)
        slopes[b, c] = total
