"""`bench encode` and `bench decode`: one file through one codec, by way of real bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codecbench.cli.command import Command
from codecbench.cli.devices import DEVICE
from codecbench.cli.terminal import tell
from codecbench.wording import counted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from codecbench.audio import Audio
    from codecbench.codecs.contract import Codec
    from codecbench.names import CodecName

_FILE = click.Path(path_type=Path)


@click.command(cls=Command)
@click.argument("codec")
@click.argument("audio", type=_FILE, metavar="IN")
@click.argument("out", type=_FILE, metavar="OUT")
@click.option(
    "--channels",
    type=click.Choice(["mono", "keep"]),
    default="keep",
    help="Downmix before coding, or keep the file's channels.",
)
@click.option(
    "--codes",
    type=_FILE,
    metavar="FILE.npy",
    help="Write the tokens too, as an array of integers (codebooks, frames).",
)
@DEVICE
def encode(
    codec: str, audio: Path, out: Path, channels: str, codes: Path | None, device: str
) -> None:
    """Encode one file of audio.

    \b
    bench encode opus@24 in.wav out.cbs
    bench encode encodec@6 in.wav out.cbs --codes tokens.npy
    bench encode dac:small@8 in.wav out.dac

    IN is any audio that FFmpeg reads. OUT says by itself how it is to be decoded. With a name that
    ends in .dac, it is a file of descript's package, which does not.
    """
    from codecbench import coding
    from codecbench.audio import read_audio, to_mono
    from codecbench.bitrate_units import Asked, pcm_bps, refuse_bits
    from codecbench.cli import dac_files
    from codecbench.codecs.table import create_codec
    from codecbench.container import Description, pack_file
    from codecbench.errors import UsageError
    from codecbench.files import write_whole
    from codecbench.names import parse_codec_name
    from codecbench.plan import point_name
    from codecbench.point_choice import REACH, resolve_points

    asked = parse_codec_name(codec)
    coder = create_codec(asked.family, asked.variant, dict(asked.options), device)
    for_descript = dac_files.require_dac(coder, out) if dac_files.is_dac_file(out) else None
    if for_descript is None:  # a .dac file doesn't say by which model, so nothing may stand in
        coder = _or_stand_in(coder, asked, device)
    original = read_audio(audio)
    if original.note:
        tell(f"note: {audio}: {original.note}")
    if channels == "mono":
        original = to_mono(original, audio)
    most_bps = pcm_bps(original.sample_rate_hz, original.channels)
    refuse_bits([Asked(asked, coder)], (), [original.channels], most_bps, REACH)
    rates = (asked.bitrate_bps,) if asked.bitrate_bps else ()
    points, missed = resolve_points(coder, rates, original.channels)
    if missed:
        raise UsageError(f"{coder.name} {missed[0].what}: {missed[0].reason}")
    if len(points) > 1 and points[0].label:
        labels = ", ".join(point.label for point in points)
        raise UsageError(f"{coder.name} has the points {labels}: name one as the variant")
    if len(points) > 1:
        raise UsageError(f"say at which bitrate: {codec}@KBPS")
    if for_descript is not None:
        dac_codes = dac_files.encode(for_descript, points[0], original, out)
        if codes is not None:
            _write_codes(codes, dac_codes)
        return
    weights_hash = coder.find_weights()
    bitstream = coding.encode(coder, original, points[0])
    description = Description(coder.name, coder.version, weights_hash, points[0])
    if codes is not None:
        tokens = coding.tokens(coder, bitstream)
        if tokens is None:
            raise UsageError(f"{coder.name} has no tokens: leave --codes out")
        _write_codes(codes, tokens)
    write_whole(out, pack_file(description, bitstream))
    bitrate = 8 * bitstream.payload_bytes / original.duration_s / 1000
    setting = points[0].label or f"{point_name(points[0])} kbps"
    tell(
        f"{out}: {coder.name} at {setting}, {original.duration_s:.2f} s, "
        f"{original.channels} channel(s), {bitrate:.2f} kbps measured, "
        f"{bitstream.payload_bytes} bytes and {len(bitstream.header)} of header"
    )


def _or_stand_in(codec: Codec, asked: CodecName, device: str) -> Codec:
    """The codec, or the one that stands in for it where it lacks its weights, which is said."""
    from codecbench.codecs.table import create_codec, stand_in
    from codecbench.errors import WeightsError

    try:
        codec.find_weights()
    except WeightsError:
        if found := stand_in(asked, codec):
            instead, reason = found
            tell(f"{codec.name}: {reason}")
            return create_codec(instead.family, instead.variant, dict(instead.options), device)
    return codec  # where nothing stands in, the error comes in its turn


def _write_codes(path: Path, codes: npt.NDArray[np.integer]) -> None:
    import io

    import numpy as np

    from codecbench.files import write_whole

    buffer = io.BytesIO()
    np.save(buffer, codes)
    write_whole(path, buffer.getvalue())


@click.command(cls=Command)
@click.argument("bitstream", type=_FILE, metavar="IN")
@click.argument("out", type=_FILE, metavar="OUT")
@click.option(
    "--codec", metavar="CODEC", help="Decode a .dac file by this codec, such as dac:24khz."
)
@DEVICE
def decode(bitstream: Path, out: Path, codec: str | None, device: str) -> None:
    """Decode one file into WAV.

    \b
    bench decode out.cbs out.wav
    bench decode out.dac out.wav --codec dac:small

    IN was made by `bench encode`, kept by a run, or is a .dac file of descript's package, which
    does not say by which codec. OUT is a WAV file.
    """
    from codecbench.audio import write_wav
    from codecbench.cli import dac_files
    from codecbench.errors import UsageError

    if out.suffix.lower() != ".wav":
        raise UsageError(f"{out}: decoded audio is written as WAV, so give it the suffix .wav")
    if dac_files.is_dac_file(bitstream):
        if codec is None:
            raise UsageError(f"{bitstream} doesn't say by which codec: add --codec dac:24khz, say")
        audio = dac_files.decode(bitstream, codec, device)
    elif codec is not None:
        raise UsageError(f"{bitstream} says by which codec: --codec is for .dac files alone")
    else:
        audio = _decoded(bitstream, device)
    write_wav(out, audio)
    tell(
        f"{out}: {audio.duration_s:.2f} s, {audio.sample_rate_hz} Hz, "
        f"{counted(audio.channels, 'channel')}"
    )


def _decoded(bitstream: Path, device: str) -> Audio:
    """Audio of a file that `bench encode` or a run made."""
    from codecbench import coding
    from codecbench.codecs.table import create_codec
    from codecbench.container import unpack_file
    from codecbench.errors import BitstreamError, WeightsError
    from codecbench.names import parse_codec_name

    try:
        data = bitstream.read_bytes()
    except OSError as error:
        raise BitstreamError(f"cannot read {bitstream}: {error.strerror}") from error
    description, packets = unpack_file(data, str(bitstream))
    asked = parse_codec_name(description.codec)
    codec = create_codec(asked.family, asked.variant, dict(asked.options), device)
    if codec.find_weights() != description.weights_hash:
        raise WeightsError(
            f"{bitstream} was made with other weights of {description.codec} than those at hand"
        )
    return coding.decode(codec, packets)
