"""The elementwise steps of fast inference, compiled by numba: activations, and sums of rows.

Arrays are float32, (rows, width) with time along the rows. The compiled code is kept on disk
(in `NUMBA_CACHE_DIR`, or where numba keeps it). This module imports numba: it is itself imported
where a model is made fast, and nowhere else.

Three outputs of a convolution are made from fewer products than it has taps, by Toom-Cook's
algorithm as Winograd turns it round (Lavin and Gray, arXiv 1509.09308): inputs and kernel are
polynomials, evaluated at a few points, multiplied there and interpolated. `spread_*` evaluates the
inputs at the points, `gather_*` interpolates; the kernel's side is in `fast_convolution`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

F = np.float32
_INVERSE_PI = F(1 / np.pi)
_ROUNDING = F(1.5 * 2**23)
"""Added and taken off again, it rounds to a whole number."""
_PI = F(np.pi)
_PI_REST = F(np.pi - float(F(np.pi)))
_S3, _S5, _S7, _S9, _S11 = F(-1 / 6), F(1 / 120), F(-1 / 5040), F(1 / 362880), F(-1 / 39916800)
"""Taylor's series of the sine, which is off by 6e-8 at π/2."""


def _compiled(signature: str | None = None) -> Any:
    # Only a product and a sum may become one operation: nothing else changes order or rounding.
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract"}, "error_model": "numpy"}
    if signature is None:
        return njit(**options)
    return njit(signature, cache=True, **options)


@_compiled()  # type: ignore[untyped-decorator]
def _activated(x: Any, alpha: Any, scale: Any, least: Any) -> Any:
    """x + scale · sin²(alpha · x), and no less than `least`; accurate up to |alpha · x| of 1e5."""
    u = alpha * x
    half_turns = (u * _INVERSE_PI + _ROUNDING) - _ROUNDING
    r = (u - half_turns * _PI) - half_turns * _PI_REST
    q = r * r
    sine = r + r * q * (_S3 + q * (_S5 + q * (_S7 + q * (_S9 + q * _S11))))
    y = x + scale * (sine * sine)
    return least if y < least else y


@_compiled("void(float32[:,::1], int64, float32[:,::1], float32[:,::1])")  # type: ignore[untyped-decorator]
def activate(x: Any, first: Any, activation: Any, y: Any) -> None:
    """Fill y (n, width) with the rows of x from `first` on, activated; zeros beyond either end.

    activation: alpha, scale and least for each column, (3, width).
    """
    alpha, scale, least = activation[0], activation[1], activation[2]
    for i in range(y.shape[0]):
        t, to = first + i, y[i]
        if t < 0 or t >= x.shape[0]:
            to[:] = F(0)
        else:
            row = x[t]
            for c in range(x.shape[1]):
                to[c] = _activated(row[c], alpha[c], scale[c], least[c])


@_compiled("void(float32[::1], int64, float32[:,::1])")  # type: ignore[untyped-decorator]
def spread_7(y: Any, w: Any, v: Any) -> None:
    """Inputs of kernel 7, three outputs at a time: y has 3n + 6 pieces of w values, v is (11, n·w).

    Rows of v: the pieces for the first four taps at the points 0, 1, -1, 2, infinity, -1/2; those
    for the last three taps at 0, 1, -1, 2, infinity.
    """
    for i in range(v.shape[1] // w):
        y0 = y[3 * i * w :]
        y1, y2, y3, y4 = y0[w:], y0[2 * w :], y0[3 * w :], y0[4 * w :]
        y5, y6, y7, y8 = y0[5 * w :], y0[6 * w :], y0[7 * w :], y0[8 * w :]
        j = i * w
        v0, v1, v2, v3, v4, v5 = v[0, j:], v[1, j:], v[2, j:], v[3, j:], v[4, j:], v[5, j:]
        v6, v7, v8, v9, v10 = v[6, j:], v[7, j:], v[8, j:], v[9, j:], v[10, j:]
        for c in range(w):
            a0, a1, a2, a3, a4, a5 = y0[c], y1[c], y2[c], y3[c], y4[c], y5[c]
            v0[c] = a0 + F(1.5) * (a1 - a3) - F(2) * a2 + a4
            v1[c] = a4 - a1 - F(2.5) * a2 - F(0.5) * a3
            v2[c] = a4 + a1 + F(0.5) * a2 - F(2.5) * a3
            v3[c] = a4 - a2 - F(0.5) * (a1 - a3)
            v4[c] = a1 + F(1.5) * (a2 - a4) - F(2) * a3 + a5
            v5[c] = a4 - a2 + F(2) * (a1 - a3)
        for c in range(w):
            a4, a5, a6, a7, a8 = y4[c], y5[c], y6[c], y7[c], y8[c]
            v6[c] = F(2) * (a4 - a6) - a5 + a7
            v7[c] = a7 - F(2) * a5 - a6
            v8[c] = a7 + F(2) * a5 - F(3) * a6
            v9[c] = a7 - a5
            v10[c] = F(2) * (a5 - a7) - a6 + a8


@_compiled("void(float32[:,:,::1], int64, float32[::1], float32[:,::1], float32[:,::1])")  # type: ignore[untyped-decorator]
def gather_7(m: Any, dilation: Any, bias: Any, activation: Any, out: Any) -> None:
    """Products at 0, 1, -1, 2, infinity, -1/2, m (6, n, width) -> out (3n, width), activated.

    Row q of the i-th group of `dilation` products gives the rows 3i, 3i + 1 and 3i + 2 of such
    groups in out.
    """
    alpha, scale, least = activation[0], activation[1], activation[2]
    for row in range(m.shape[1]):
        group = row // dilation
        t = 3 * group * dilation + row % dilation
        p0, p1, p2, p3 = m[0, row], m[1, row], m[2, row], m[3, row]
        p4, p5 = m[4, row], m[5, row]
        out0, out1, out2 = out[t], out[t + dilation], out[t + 2 * dilation]
        for c in range(m.shape[2]):
            both, difference, b = p1[c] + p2[c], p1[c] - p2[c], bias[c]
            at_2, at_half = p3[c], p5[c]
            z0 = b + p0[c] + both + at_2 + at_half
            z1 = b + difference + F(2) * at_2 - F(0.5) * at_half
            z2 = b + both + F(4) * at_2 + F(0.25) * at_half + p4[c]
            out0[c] = _activated(z0, alpha[c], scale[c], least[c])
            out1[c] = _activated(z1, alpha[c], scale[c], least[c])
            out2[c] = _activated(z2, alpha[c], scale[c], least[c])


@_compiled("void(float32[::1], int64, float32[:,::1])")  # type: ignore[untyped-decorator]
def spread_2(y: Any, w: Any, v: Any) -> None:
    """Inputs of kernel 2, three outputs at a time: y has 3n + 1 pieces of w values, v is (4, n·w).

    Rows of v: the pieces at the points 0, 1, -1, infinity.
    """
    for i in range(v.shape[1] // w):
        y0 = y[3 * i * w :]
        y1, y2, y3 = y0[w:], y0[2 * w :], y0[3 * w :]
        to = v[:, i * w : (i + 1) * w]
        for c in range(w):
            a1, a2 = y1[c], y2[c]
            to[0, c] = a2 - y0[c]
            to[1, c] = a1 + a2
            to[2, c] = a2 - a1
            to[3, c] = y3[c] - a1


@_compiled("void(float32[:,:,::1], float32[::1], float32[:,::1])")  # type: ignore[untyped-decorator]
def gather_2(m: Any, bias: Any, out: Any) -> None:
    """Products at 0, 1, -1, infinity, m (4, n, width) -> out (3n, width)."""
    for row in range(m.shape[1]):
        p0, p1, p2, p3 = m[0, row], m[1, row], m[2, row], m[3, row]
        out0, out1, out2 = out[3 * row], out[3 * row + 1], out[3 * row + 2]
        for c in range(m.shape[2]):
            both, difference, b = p1[c] + p2[c], p1[c] - p2[c], bias[c]
            out0[c] = b + p0[c] + both
            out1[c] = b + difference
            out2[c] = b + both + p3[c]
