"""Exact storage of audio in a bitstream, for what is compared but not coded.

That is anchors, and audio decoded elsewhere. Its size says nothing about a codec: such codecs set
`bitrate_is_measured = False`.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from codecbench.codecs.contract import Bitstream, Samples
from codecbench.errors import BitstreamError

_HEADER = struct.Struct("<BQ")  # channels, samples


def pack_samples(samples: Samples) -> Bitstream:
    """Store audio of shape (channels, samples) bit for bit, in one packet."""
    packet = zlib.compress(np.ascontiguousarray(samples, dtype="<f4").tobytes(), level=1)
    return Bitstream(_HEADER.pack(*samples.shape), (packet,))


def unpack_samples(bitstream: Bitstream) -> Samples:
    """Undo `pack_samples`. Raises `BitstreamError` for anything else."""
    try:
        shape = _HEADER.unpack(bitstream.header)
        (packet,) = bitstream.packets
        flat = np.frombuffer(zlib.decompress(packet), dtype="<f4")
        return flat.reshape(shape).astype(np.float32)
    except (struct.error, zlib.error, ValueError) as error:
        raise BitstreamError(f"the stored audio is damaged: {error}") from error
