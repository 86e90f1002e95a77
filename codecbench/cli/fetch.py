"""`bench fetch`: a codec's weights into the cache, checksums verified."""

from __future__ import annotations

from pathlib import Path

import click

from codecbench.cli.command import Command
from codecbench.cli.terminal import tell
from codecbench.wording import counted


@click.command(cls=Command)
@click.argument("codec")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    show_default="the publisher",
    help="Copy from this folder.",
)
def fetch(codec: str, source: Path | None) -> None:
    """Fetch a codec's weights into the cache.

    \b
    bench fetch encodec
    bench fetch lyra --from my/weights

    CODEC is a name of `bench codecs`, such as encodec:48khz. Checksums are verified.
    """
    from codecbench.cli.progress import download_progress
    from codecbench.codecs import weights
    from codecbench.codecs.table import create_codec
    from codecbench.errors import UsageError
    from codecbench.names import parse_codec_name

    asked = parse_codec_name(codec)
    coder = create_codec(asked.family, asked.variant, dict(asked.options), "cpu")
    if coder.weights is None:
        raise UsageError(f"{codec} needs no weights")
    with download_progress() as report:
        folder = weights.fetch(coder.weights, source, report)
    tell(f"{codec}: {counted(len(coder.weights.files), 'file')}, checked, in {folder}")
    tell(f"published by {coder.weights.publisher} under {coder.weights.licence}")
