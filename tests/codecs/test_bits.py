"""Bit packing, against a closed form: the integer that the bits spell."""

from __future__ import annotations

import numpy as np
import pytest

from codecbench.codecs.bits import pack_bits, unpack_bits
from codecbench.errors import BitstreamError


@pytest.mark.parametrize("bits", [1, 4, 7, 10, 16])
@pytest.mark.parametrize("count", [0, 1, 3, 86])
def test_packed_bits_spell_the_numbers_one_after_the_other(bits: int, count: int) -> None:
    values = np.random.default_rng(bits).integers(0, 1 << bits, count)
    spelt = "".join(format(value, f"0{bits}b") for value in values)
    padded = spelt.ljust(-(-len(spelt) // 8) * 8, "0")
    expected = bytes(int(padded[i : i + 8], 2) for i in range(0, len(padded), 8))
    assert pack_bits(values, bits) == expected
    assert unpack_bits(expected, bits, count).tolist() == values.tolist()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.\.15"):
        pack_bits([16], 4)
    with pytest.raises(BitstreamError, match="too short"):
        unpack_bits(b"\x00", 10, 1)
