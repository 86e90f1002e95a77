"""The compact file: its bytes by hand, the nominal bitrate, and every kind of damage."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from codecbench.dac.compact import (
    HEADER_BYTES,
    CompactCodes,
    pack,
    read_compact,
    unpack,
    write_compact,
)
from codecbench.dac.config import PRESETS
from codecbench.errors import BitstreamError, UsageError


def contents(
    channels: int = 2, codebooks: int = 3, frames: int = 7, size: int = 1024
) -> CompactCodes:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, size, (channels, codebooks, frames)).astype(np.uint16)
    return CompactCodes(codes, 44100, 512, size, frames * 512 - 100, -20.25)


def same(one: CompactCodes, other: CompactCodes) -> bool:
    fields = ("sample_rate_hz", "hop_length", "codebook_size", "samples", "input_lufs")
    return np.array_equal(one.codes, other.codes) and all(
        getattr(one, name) == getattr(other, name) for name in fields
    )


def test_the_layout_byte_by_byte() -> None:
    """Two channels of two codebooks and two frames, in 10 bits each, written out as a number."""
    codes = np.array([[[1, 5], [2, 6]], [[3, 7], [1023, 512]]])
    bits = "".join(f"{code:010b}" for code in (1, 2, 3, 1023, 5, 6, 7, 512))
    payload = int(bits, 2).to_bytes(10, "big")
    head = b"DACc" + bytes([1, 2]) + struct.pack("<HIIIIQf", 2, 1024, 24000, 320, 2, 600, -23.5)
    assert len(head) == HEADER_BYTES - 4 == 36
    crc = struct.pack("<I", zlib.crc32(head + payload))
    assert pack(CompactCodes(codes, 24000, 320, 1024, 600, -23.5)) == head + crc + payload


@pytest.mark.parametrize(
    ("preset", "nominal_bps"),
    [("44khz", 7752), ("44khz-16kbps", 15504), ("24khz", 24000), ("16khz", 6000)],
)
@pytest.mark.parametrize("frames", [1, 77, 1000])
def test_the_codes_take_the_nominal_bitrate(preset: str, nominal_bps: int, frames: int) -> None:
    config = PRESETS[preset]
    codes = np.full((1, config.n_codebooks, frames), 1023)
    hop, rate_hz = config.hop_length, config.sample_rate
    payload = len(pack(CompactCodes(codes, rate_hz, hop, 1024, frames * hop))) - HEADER_BYTES
    assert payload == math.ceil(frames * config.n_codebooks * 10 / 8)
    duration_s = frames * hop / rate_hz
    assert nominal_bps - 0.5 <= 8 * payload / duration_s < nominal_bps + 0.5 + 8 / duration_s


@pytest.mark.parametrize("size", [2, 3, 256, 257, 1000, 1024, 65535, 65536])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 50), (2, 3, 7), (5, 1, 3)])
def test_what_is_packed_is_unpacked(size: int, shape: tuple[int, int, int]) -> None:
    content = contents(*shape, size=size)
    found = unpack(pack(content))
    assert same(found, content)
    assert found.codes.dtype == np.uint16


def test_files_and_unknown_loudness(tmp_path: Path) -> None:
    content = replace(contents(), input_lufs=None)
    write_compact(tmp_path / "a.dacc", content)
    assert same(read_compact(tmp_path / "a.dacc"), content)
    assert [path.name for path in tmp_path.iterdir()] == ["a.dacc"]


def test_every_flipped_bit_is_noticed() -> None:
    data = pack(contents())
    for position in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(BitstreamError):
            unpack(bytes(damaged))


def test_every_cut_and_every_addition_is_noticed() -> None:
    data = pack(contents())
    for length in range(len(data)):
        with pytest.raises(BitstreamError):
            unpack(data[:length])
    with pytest.raises(BitstreamError, match="checksum"):
        unpack(data + b"\0")


def signed(head: bytes, payload: bytes) -> bytes:
    """A file whose checksum fits, whatever it says."""
    return head + struct.pack("<I", zlib.crc32(head + payload)) + payload


@pytest.mark.parametrize(
    ("fields", "payload", "cause"),
    [
        ((1, 1, 1, 1024, 16000, 320, 1, 320, 0.0), b"\0\0\0", "3 bytes of codes"),
        ((1, 1, 1, 1024, 16000, 320, 0, 320, 0.0), b"", "0 bytes of codes"),
        ((1, 1, 1, 1, 16000, 320, 1, 320, 0.0), b"", "0 bytes of codes"),
        ((1, 255, 65535, 1024, 16000, 320, 2**32 - 1, 320, 0.0), b"\0", "1 bytes of codes"),
        ((1, 1, 1, 2**32 - 1, 16000, 320, 1, 320, 0.0), b"\0\0\0\0", "4 bytes of codes"),
        ((1, 1, 1, 1000, 16000, 320, 1, 320, 0.0), b"\xff\xc0", "1023 for a codebook of 1000"),
        ((1, 1, 1, 1024, 16000, 320, 1, 321, 0.0), b"\0\0", "samples must lie in 1..320"),
        ((1, 1, 1, 1024, 0, 320, 1, 320, 0.0), b"\0\0", "sample_rate_hz"),
        ((1, 1, 1, 1024, 16000, 320, 1, 320, math.inf), b"\0\0", "input_lufs"),
        ((2, 1, 1, 1024, 16000, 320, 1, 320, 0.0), b"\0\0", "version 2"),
    ],
)
def test_headers_that_cannot_be(
    fields: tuple[float, ...], payload: bytes, cause: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.dacc"
    path.write_bytes(signed(b"DACc" + struct.pack("<BBHIIIIQf", *fields), payload))
    with pytest.raises(BitstreamError, match=cause) as caught:
        read_compact(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BitstreamError, match="No such file"):
        read_compact(tmp_path / "none.dacc")
    with pytest.raises(BitstreamError, match="does not begin with DACc"):
        unpack(b"RIFF" + bytes(60))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"codes": np.zeros((1, 2, 3))}, "codes must be integers"),
        ({"codes": np.zeros((2, 3), np.uint16)}, "codes must be integers"),
        ({"codes": np.full((1, 1, 7), -1)}, "-1"),
        ({"codes": np.full((1, 1, 7), 1024)}, "1024"),
        ({"codes": np.zeros((256, 1, 1), np.uint16)}, "channels"),
        ({"samples": 0}, "samples"),
        ({"samples": 7 * 512 + 1}, "samples"),
        ({"codebook_size": 1}, "codebook_size"),
        ({"input_lufs": -math.inf}, "input_lufs"),
    ],
)
def test_what_the_layout_cannot_hold(values: dict[str, object], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        replace(contents(), **values)  # type: ignore[arg-type]
