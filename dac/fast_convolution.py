"""Convolutions along the rows of an array as matrix products, a tile of rows at a time.

A strided convolution of kernel 2·stride is one of kernel 2 over rows of `stride` samples each, and
a transposed one gives such rows: so there are kernels 7, 3 and 2 only. For 7 and 2 three outputs
take 11 products in place of 21, and 4 in place of 6 (see `fast_kernels`): the error of rounding is
two to three times that of the plain sum.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from codecbench.dac import fast_kernels as kernels

_POINTS = {4: (0.0, 1.0, -1.0, 2.0, -0.5), 3: (0.0, 1.0, -1.0, 2.0), 2: (0.0, 1.0, -1.0)}
"""Of Toom-Cook's algorithm, for each number of taps; infinity comes after them."""

Scratch = dict[str, Tensor]
"""Buffers of one thread, kept from tile to tile."""


def at_points(taps: Tensor) -> Tensor:
    """The kernel's side: taps (r, in, out) -> their values (r + 2, in, out), infinity the last.

    Each is divided by the product of its point's distances from the others, which interpolation
    asks for and the inputs would lose accuracy by.
    """
    points = _POINTS[len(taps)]
    exact = taps.double()
    values = []
    for point in points:
        value = sum(tap * point**power for power, tap in enumerate(exact))
        assert isinstance(value, Tensor)
        distances = [point - other for other in points if other != point]
        values.append(value / torch.tensor(distances).double().prod())
    return torch.stack([*values, exact[-1]]).float()


def buffer(scratch: Scratch, name: str, *shape: int) -> Tensor:
    """An uninitialised array, the same memory for the same name and shape."""
    found = scratch.get(name)
    if found is None or found.shape != shape:
        found = scratch[name] = torch.empty(shape)
    return found


class RowConvolution:
    """Correlation of rows with taps (r, in, out), `dilation` apart, plus bias (out,).

    plain: all products are computed, and the weights take no more memory than the taps.
    step: rows of output are made in multiples of it. halo: rows of input beyond those of output.
    """

    def __init__(self, taps: Tensor, bias: Tensor, dilation: int = 1, plain: bool = False) -> None:
        self.width_in, self.width_out = taps.shape[1:]
        self.dilation = dilation
        self.halo = (len(taps) - 1) * dilation
        self.bias = bias.clone()
        self.plain = plain
        self.step = 1 if self.plain else 3 * dilation
        if self.plain:
            self.weights = [taps.clone(memory_format=torch.contiguous_format)]
        elif len(taps) == 2:
            self.weights = [at_points(taps)]
        else:
            # The points of three taps first, then -1/2: products at the same point are added up.
            self.weights = [at_points(taps[:4])[[0, 1, 2, 3, 5, 4]], at_points(taps[4:])]

    def __call__(self, y: Tensor, out: Tensor, scratch: Scratch, activation: Any = None) -> None:
        """y (rows + halo, in) -> out (rows, out); rows are a multiple of `step`.

        activation: of the output, (3, out) as `fast_kernels.activate` takes it; kernel 7 alone has
        one.
        """
        if self.plain:
            self._plain(y, out)
        elif len(self.weights) == 1:
            v, m = self._buffers(y, scratch, 4, 4)
            kernels.spread_2(y.view(-1).numpy(), self.width_in, v.view(4, -1).numpy())
            torch.bmm(v, self.weights[0], out=m)
            kernels.gather_2(m.numpy(), self.bias.numpy(), out.numpy())
        else:
            v, m = self._buffers(y, scratch, 11, 6)
            width = self.width_in * self.dilation
            kernels.spread_7(y.view(-1).numpy(), width, v.view(11, -1).numpy())
            torch.bmm(v[:6], self.weights[0], out=m)
            m[:5].baddbmm_(v[6:], self.weights[1])
            kernels.gather_7(m.numpy(), self.dilation, self.bias.numpy(), activation, out.numpy())

    def _buffers(self, y: Tensor, scratch: Scratch, inputs: int, products: int) -> list[Tensor]:
        rows = (len(y) - self.halo) // 3
        v = buffer(scratch, "inputs", inputs, rows, self.width_in)
        return [v, buffer(scratch, "products", products, rows, self.width_out)]

    def _plain(self, y: Tensor, out: Tensor) -> None:
        rows = len(out)
        (taps,) = self.weights
        torch.addmm(self.bias, y[:rows], taps[0], out=out)
        for k in range(1, len(taps)):
            first = k * self.dilation
            out.addmm_(y[first : first + rows], taps[k])
