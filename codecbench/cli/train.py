"""`bench train`: a folder of audio in; a codec that `bench run` measures out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codecbench.cli.command import Command, Stopped
from codecbench.cli.terminal import tell
from codecbench.wording import counted

if TYPE_CHECKING:
    from accelerate import Accelerator

    from codecbench.dac.training.recipe import Recipe
    from codecbench.dac.training.sources import Index
    from codecbench.dac.training.validation import Scores

_SHOWN = 5
"""Skipped files named before only their number is told."""


GROUPS = {
    "What is trained": ("--list", "--set", "--weights", "--discriminator"),
    "What it reads and writes": ("--data", "--out", "--metrics"),
    "How it runs": ("--workers", "--device"),
}


@click.command(cls=Command, option_groups=GROUPS)
@click.argument("preset", required=False)
@click.option("--list", "list_", is_flag=True, help="Show the presets and what each changes.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Train on this audio. Its sub-folders get equal shares.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Write checkpoints to this folder. A training that is there goes on.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe, as by batch_size=8, loss.gan=hinge, model.encoder_rates=[2,4,8,8].",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE|RUN",
    help="Begin from these weights of a codec: a released file, or another training.",
)
@click.option(
    "--discriminator",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Begin from these discriminators too, beside --weights.",
)
@click.option(
    "--metrics",
    default="mel,stft,si_sdr",
    metavar="NAMES",
    help="Validate by these metrics, on what is held out.",
)
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Read audio in so many processes.",
)
@click.option("--device", default="auto", metavar="NAME", help="Train on auto, cpu or cuda.")
def train(
    preset: str | None,
    list_: bool,
    data: Path | None,
    out: Path | None,
    settings: tuple[str, ...],
    weights: Path | None,
    discriminator: Path | None,
    metrics: str,
    workers: int,
    device: str,
) -> None:
    """Train a codec on a folder of audio.

    \b
    bench train --list
    bench train 44khz --data audio/ --out runs/mine
    torchrun --nproc-per-node 4 -m codecbench \\
        train 44khz --data audio/ --out runs/mine
    bench run --codecs dac:runs/mine,opus --bitrates 2,4,8

    PRESET is a recipe that --list shows. Stopped at any moment, the same command goes on from the
    last checkpoint.
    """
    from codecbench.errors import UsageError
    from codecbench.readable import readable

    if list_:
        from codecbench.cli.train_list import print_presets

        print_presets()
        return
    if preset is None or data is None or out is None:
        raise UsageError(
            "train needs a PRESET, --data FOLDER and --out RUN: `bench train --list` shows presets"
        )
    if discriminator is not None and weights is None:
        raise UsageError("--discriminator begins from given discriminators: give --weights too")
    if readable(str(out)) != str(out):
        raise UsageError(f"--out {out}: TensorBoard writes only into names in UTF-8: give another")
    if device not in {"auto", "cpu", "cuda"}:
        raise UsageError(f'--device "{device}" is none of auto, cpu, cuda')
    from codecbench.dac.training.presets import preset as find
    from codecbench.dac.training.settings import with_settings

    recipe = with_settings(find(preset).recipe, settings)
    scores = _scores(metrics)
    from codecbench.dac.training import loop
    from codecbench.dac.training.accelerator import start_accelerator
    from codecbench.errors import TrainingError

    accelerator = start_accelerator(recipe, device)
    from filelock import FileLock, Timeout  # of the same extra, whose absence is told before

    lock = FileLock(out / ".lock")
    with accelerator.main_process_first():
        recipe = loop.open_run(out, recipe)
        if accelerator.is_main_process:
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise TrainingError(f"{out}: another training is at work in it") from None
        index = loop.open_index(out, data, recipe)
    try:
        _train(recipe, out, index, accelerator, weights, discriminator, scores, workers)
    except KeyboardInterrupt:
        raise Stopped(
            f"The same command goes on from the last checkpoint in {out}/checkpoints"
        ) from None
    finally:
        lock.release()
    if accelerator.is_main_process:
        tell(f"done: {out}/weights.pth. Measure it: bench run --codecs dac:{out}")


def _train(
    recipe: Recipe,
    out: Path,
    index: Index,
    accelerator: Accelerator,
    weights: Path | None,
    discriminator: Path | None,
    scores: Scores,
    workers: int,
) -> None:
    from codecbench.cli.train_watch import Watch
    from codecbench.dac.training import checkpoints, loop, sources
    from codecbench.dac.training.start import begin_from
    from codecbench.dac.training.step import build_networks

    training, validation = sources.split(index, recipe.data.held_out, recipe.seed)
    main = accelerator.is_main_process
    begun = checkpoints.latest(out / "checkpoints")
    if main:
        _show_data(training, validation, index)
        device = accelerator.device
        precision = {"no": "float32"}.get(accelerator.mixed_precision, accelerator.mixed_precision)
        tell(
            f"{'on from step ' + str(begun.step) if begun else 'training'} "
            f"to step {recipe.steps} on {device}, {precision}"
            + (f", {accelerator.num_processes} processes" if accelerator.num_processes > 1 else "")
        )
    networks = build_networks(recipe, accelerator)
    if weights is not None and begun is None:
        begin_from(networks, recipe, weights, discriminator)
    with Watch(out, recipe, validation, scores, begun.step if begun else 0, main) as watch:
        loop.train(recipe, out, training, networks, accelerator, watch.hooks, workers)


def _show_data(training: Index, validation: Index, index: Index) -> None:
    from codecbench.dac.training import sources

    hours = sum(file.duration_s for file in training.files) / 3600
    tell(
        f"{counted(len(training.files), 'file')}, {hours:.2f} h; {len(validation.files)} more "
        "held out "
        "for validation"
    )
    for (group, band), files in training.strata().items():
        minutes = sum(file.duration_s for file in files) / 60
        name = {"full": "full-band", "limited": "band-limited"}[band]
        tell(
            f"{group or 'no folder'}, {name}: {counted(len(files), 'file')}, {minutes:.1f} min",
            "  ",
        )
    for path, reason in index.skipped[:_SHOWN]:
        tell(f"skipped: {path}: {reason}", "  ")
    if len(index.skipped) > _SHOWN:
        counts = ", ".join(f"{count} {why}" for why, count in sources.reasons(index).items())
        tell(f"skipped: {counted(len(index.skipped), 'file')} in all: {counts}", "  ")


def _scores(names: str) -> Scores:
    """The metrics of validation, loaded before anything begins, so that a typing error is told."""
    from codecbench.cli.train_watch import scores_of

    return scores_of([name.strip() for name in names.split(",") if name.strip()])
