"""`bench export`: a trained codec as a file to share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codecbench.cli.command import Command
from codecbench.cli.terminal import tell

if TYPE_CHECKING:
    from codecbench.dac.config import DACConfig

_FILE = click.Path(path_type=Path)


@click.command(cls=Command)
@click.argument("source", type=_FILE, metavar="RUN|CHECKPOINT.pth")
@click.argument("out", type=_FILE, metavar="OUT.pth")
@click.option(
    "--folded",
    is_flag=True,
    help="Fold the weight norm, for use by codecbench alone and not to train on.",
)
@click.option("--float32", "full", is_flag=True, help="Keep full precision, at twice the size.")
def export(source: Path, out: Path, folded: bool, full: bool) -> None:
    """Write a trained codec as a file to share.

    \b
    bench export runs/mine mine.pth
    bench run --codecs dac:mine.pth,opus
    """
    from codecbench.dac.checkpoint import (
        load_checkpoint,
        load_metadata,
        save_checkpoint,
        save_folded,
    )
    from codecbench.dac.run_folder import find_checkpoint
    from codecbench.errors import UsageError

    if out.suffix != ".pth":
        raise UsageError(f"{out}: a checkpoint is written, so give it the suffix .pth")
    checkpoint = find_checkpoint(source)
    if out.exists() and out.samefile(checkpoint):
        raise UsageError(f"{out} is the checkpoint itself: write to another file")
    model = load_checkpoint(checkpoint)
    trainable = all(parameter.requires_grad for parameter in model.parameters())
    if not (folded or trainable):
        raise UsageError(
            f"{checkpoint}: its weight norm is folded, which can't be undone: add --folded"
        )
    # Of a file from elsewhere only plain entries are passed on.
    plain = {
        key: value
        for key, value in load_metadata(checkpoint).items()
        if isinstance(value, bool | int | float | str)
    }
    save = save_folded if folded else save_checkpoint
    save(model, out, plain, half=not full)
    kind = "weight norm folded: for use by codecbench alone" if folded else "to use and to train on"
    tell(
        f"{out}: {out.stat().st_size / 1e6:.2f} MB, was {checkpoint.stat().st_size / 1e6:.2f}; "
        f"{'float32' if full else 'float16'}, {kind}"
    )
    tell(_described(model.config, plain))


def _described(config: DACConfig, metadata: dict[str, bool | int | float | str]) -> str:
    from codecbench.dac.parameter_count import parameter_count

    step_bps = config.bitrate_bps_per_codebook
    after = f", {metadata['steps']} steps of training" if "steps" in metadata else ""
    return (
        f"{parameter_count(config) / 1e6:.1f} million parameters, {config.sample_rate} Hz, "
        f"{config.n_codebooks} codebooks of {config.codebook_size}, "
        f"{step_bps / 1000:.3g} to {config.n_codebooks * step_bps / 1000:.4g} kbps{after}"
    )
