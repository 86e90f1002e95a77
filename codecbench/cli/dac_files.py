"""The side of `bench encode` and `bench decode` that deals in descript's `.dac` files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from codecbench.cli.terminal import tell

if TYPE_CHECKING:
    from codecbench.audio import Audio
    from codecbench.codecs.contract import Codec, OperatingPoint, Tokens
    from codecbench.codecs.dac import Dac

SUFFIX = ".dac"


def is_dac_file(path: Path) -> bool:
    """Whether a name asks for the format."""
    return path.suffix.lower() == SUFFIX


def encode(codec: Dac, point: OperatingPoint, audio: Audio, out: Path) -> Tokens:
    """Write a `.dac` file, say what it holds, and return its codes (codebooks, frames).

    Those of several channels are one after another.
    """
    import numpy as np

    from codecbench.dac.dac_file import write_dac_file
    from codecbench.plan import point_name

    assert point.codebooks is not None
    file = codec.compress(audio.samples, audio.sample_rate_hz, point.codebooks)
    write_dac_file(out, file)
    bits = codec.shape().bits_per_code
    tell(
        f"{out}: {codec.name} at {point_name(point)} kbps, {audio.duration_s:.2f} s, "
        f"{audio.channels} channel(s): {out.stat().st_size} bytes; packed, the codes take "
        f"{-(-file.codes.size * bits // 8)} (a .dac file stores 16 bits a code, not {bits})"
    )
    return file.codes.reshape(-1, file.codes.shape[-1]).astype(np.int32)


def decode(path: Path, codec_text: str, device: str) -> Audio:
    """Audio of a `.dac` file by the codec that the user names: the file doesn't."""
    from codecbench.audio import Audio
    from codecbench.codecs.table import create_codec
    from codecbench.dac.dac_file import read_dac_file
    from codecbench.errors import BitstreamError, UsageError
    from codecbench.names import parse_codec_name

    asked = parse_codec_name(codec_text)
    if asked.bitrate_bps:
        raise UsageError(f"--codec {codec_text}: {path} has its bitrate, so leave @ and it out")
    coder = require_dac(
        create_codec(asked.family, asked.variant, dict(asked.options), device), path
    )
    file = read_dac_file(path)
    try:
        return Audio(coder.decompress(file), file.sample_rate)
    except BitstreamError as error:
        raise BitstreamError(f"{path}: {error}") from error


def require_dac(codec: Codec, path: Path) -> Dac:
    """The codec, for a `.dac` file. Raises `UsageError` for any other than a DAC."""
    from codecbench.codecs.dac import Dac
    from codecbench.errors import UsageError

    if not isinstance(codec, Dac):
        raise UsageError(
            f"{path}: {codec.name} has no .dac files: those are of dac and its variants"
        )
    return codec
