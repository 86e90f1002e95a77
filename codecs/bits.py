"""Packing of codes into bytes, most significant bit first, for bitstreams of neural codecs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from codecbench.errors import BitstreamError


def pack_bits(values: npt.ArrayLike, bits: int) -> bytes:
    """Pack integers of `bits` bits each (1 to 16) in order; the last byte is filled with zeros.

    The length is `ceil(len(values) * bits / 8)`. Raises `ValueError` for a value that does not fit.
    """
    codes = np.asarray(values, dtype=np.int64).ravel()
    if codes.size and (codes.min() < 0 or codes.max() >= 1 << bits):
        raise ValueError(f"codes must lie in 0..{(1 << bits) - 1}")
    shifts = np.arange(bits - 1, -1, -1)
    return np.packbits((codes[:, None] >> shifts & 1).astype(np.uint8).ravel()).tobytes()


def unpack_bits(data: bytes, bits: int, count: int) -> npt.NDArray[np.int64]:
    """Undo `pack_bits`: the first `count` integers. Raises `BitstreamError` where data is short."""
    if len(data) * 8 < bits * count:
        raise BitstreamError(
            f"packet of {len(data)} bytes is too short for {count} codes of {bits} bits"
        )
    flat = np.unpackbits(np.frombuffer(data, np.uint8), count=bits * count)
    weights = 1 << np.arange(bits - 1, -1, -1, dtype=np.int64)
    return flat.reshape(count, bits).astype(np.int64) @ weights
