"""The self-describing file around a bitstream."""

from __future__ import annotations

import pytest

from codecbench.codecs.contract import Bitstream, OperatingPoint
from codecbench.container import Description, pack_file, unpack_file
from codecbench.errors import BitstreamError

MADE_BY = Description("opus,vbr=cbr", "1", "", OperatingPoint(24000, 48000, 20000))
BITSTREAM = Bitstream(b"head", (b"one", b"", b"three" * 100))
DATA = pack_file(MADE_BY, BITSTREAM)


def test_what_was_packed_comes_back() -> None:
    assert unpack_file(DATA, "x.cbs") == (MADE_BY, BITSTREAM)
    assert pack_file(MADE_BY, BITSTREAM) == DATA


@pytest.mark.parametrize("cut", [0, 3, 4, 9, 40, len(DATA) - 1])
def test_a_cut_file_is_named(cut: int) -> None:
    with pytest.raises(BitstreamError, match=r"x\.cbs"):
        unpack_file(DATA[:cut], "x.cbs")


def test_every_flipped_bit_is_noticed() -> None:
    for position in range(len(DATA)):
        damaged = bytearray(DATA)
        damaged[position] ^= 0x10
        with pytest.raises(BitstreamError):
            unpack_file(bytes(damaged), "x.cbs")
