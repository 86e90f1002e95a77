"""`bench encode` and `bench decode`: one file through one codec, by way of real bytes."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("codec")
@click.argument("audio", type=_FILE, metavar="IN")
@click.argument("out", type=_FILE, metavar="OUT")
@click.option("--channels", type=click.Choice(["mono", "keep"]), default="keep", show_default=True)
@click.option(
    "--codes",
    type=_FILE,
    metavar="FILE.npy",
    help="Also write the tokens, an integer array (codebooks, frames).",
)
@click.option("--device", default="cpu", show_default=True)
def encode(
    codec: str, audio: Path, out: Path, channels: str, codes: Path | None, device: str
) -> None:
    """Encode IN (any audio) by CODEC, such as opus@24, into the self-describing file OUT."""
    import io

    import numpy as np

    from codecbench import coding
    from codecbench.audio import Audio, downmix, read_audio
    from codecbench.codecs.table import create_codec
    from codecbench.container import Description, pack_file
    from codecbench.errors import UsageError
    from codecbench.names import parse_codec_name
    from codecbench.plan import point_name, resolve_points
    from codecbench.store import write_atomic

    asked = parse_codec_name(codec)
    coder = create_codec(asked.family, asked.variant, dict(asked.options), device)
    original = read_audio(audio)
    if channels == "mono":
        original = Audio(downmix(original.samples), original.sample_rate_hz)
    rates = (asked.bitrate_bps,) if asked.bitrate_bps else ()
    points, missed = resolve_points(coder, rates, original.channels)
    if missed:
        raise UsageError(f"{coder.name} {missed[0].what}: {missed[0].reason}")
    if len(points) > 1 and points[0].label:
        labels = ", ".join(point.label for point in points)
        raise UsageError(f"{coder.name} has the points {labels}: name one as the variant")
    if len(points) > 1:
        raise UsageError(f"say at which bitrate: {codec}@KBPS")
    weights_hash = coder.find_weights()
    bitstream = coding.encode(coder, original, points[0])
    description = Description(coder.name, coder.version, weights_hash, points[0])
    if codes is not None:
        tokens = coding.tokens(coder, bitstream)
        if tokens is None:
            raise UsageError(f"{coder.name} has no tokens: leave --codes out")
        buffer = io.BytesIO()
        np.save(buffer, tokens)
        write_atomic(codes, buffer.getvalue())
    write_atomic(out, pack_file(description, bitstream))
    bitrate = 8 * bitstream.payload_bytes / original.duration_s / 1000
    setting = points[0].label or f"{point_name(points[0])} kbps"
    click.echo(
        f"{out}: {coder.name} at {setting}, {original.duration_s:.2f} s, "
        f"{original.channels} channel(s), {bitrate:.2f} kbps measured, "
        f"{bitstream.payload_bytes} bytes and {len(bitstream.header)} of header"
    )


@click.command()
@click.argument("bitstream", type=_FILE, metavar="IN")
@click.argument("out", type=_FILE, metavar="OUT")
@click.option("--device", default="cpu", show_default=True)
def decode(bitstream: Path, out: Path, device: str) -> None:
    """Decode IN, made by `bench encode` or kept by a run, into the WAV file OUT."""
    from codecbench import coding
    from codecbench.audio import write_wav
    from codecbench.codecs.table import create_codec
    from codecbench.container import unpack_file
    from codecbench.errors import BitstreamError, UsageError, WeightsError
    from codecbench.names import parse_codec_name

    if out.suffix.lower() != ".wav":
        raise UsageError(f"{out}: decoded audio is written as WAV, so give it the suffix .wav")
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
    audio = coding.decode(codec, packets)
    write_wav(out, audio)
    click.echo(
        f"{out}: {audio.duration_s:.2f} s, {audio.sample_rate_hz} Hz, {audio.channels} channels"
    )
