"""The bitstream of the DAC adapter: a clip is one packet, its codes bit by bit, frame by frame."""

from __future__ import annotations

import math
import struct

import numpy as np
import numpy.typing as npt

from codecbench.codecs.bits import pack_bits, unpack_bits
from codecbench.codecs.contract import Bitstream
from codecbench.dac.config import DACConfig
from codecbench.errors import BitstreamError

_HEADER = struct.Struct("<BIIHIQ")
"""Format, sample rate in Hz, codebook size, codebooks, frames, samples."""
_FORMAT = 1


def pack(codes: npt.NDArray[np.int64], config: DACConfig, samples: int) -> Bitstream:
    """Codes (codebooks, frames) of a clip of so many samples, most significant bit first."""
    codebooks, frames = codes.shape
    header = _HEADER.pack(
        _FORMAT, config.sample_rate, config.codebook_size, codebooks, frames, samples
    )
    return Bitstream(header, (pack_bits(codes.T, config.bits_per_code),))


def unpack(bitstream: Bitstream, config: DACConfig, name: str) -> tuple[int, npt.NDArray[np.int64]]:
    """Samples, and codes (codebooks, frames).

    Raises `BitstreamError`, with the name of the codec, for what `pack` did not make for a model
    of this shape.
    """
    if len(bitstream.header) != _HEADER.size or len(bitstream.packets) != 1:
        raise BitstreamError(f"{name}: not its header of {_HEADER.size} bytes and 1 packet")
    form, rate, size, codebooks, frames, length = _HEADER.unpack(bitstream.header)
    if form != _FORMAT or (rate, size) != (config.sample_rate, config.codebook_size):
        raise BitstreamError(f"{name}: the header is of another format or model")
    if not 1 <= codebooks <= config.n_codebooks:
        raise BitstreamError(f"{name}: the header says {codebooks} codebooks")
    if length == 0 or frames != math.ceil(length / config.hop_length):
        raise BitstreamError(f"{name}: {length} samples don't make {frames} frames")
    (packet,) = bitstream.packets
    expected = math.ceil(frames * codebooks * config.bits_per_code / 8)
    if len(packet) != expected:
        raise BitstreamError(f"{name}: a packet of {len(packet)} bytes where {expected} belong")
    codes = unpack_bits(packet, config.bits_per_code, frames * codebooks)
    if codes.max() >= config.codebook_size:
        raise BitstreamError(f"{name}: a code of {codes.max()} is out of range")
    return length, np.ascontiguousarray(codes.reshape(frames, codebooks).T)
