"""What `bench train` shows and keeps while it runs: progress, validation, TensorBoard."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from codecbench.dac.training.validation import Samples, Scores, Validation, validate
from codecbench.errors import Unscorable

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

    from codecbench.dac.training.loop import Hooks, Progress
    from codecbench.dac.training.recipe import Recipe
    from codecbench.dac.training.sources import Index
    from codecbench.dac.training.step import Networks

_LINE_EVERY_S = 60.0
"""Between lines of progress where they are not rewritten in place."""


def scores_of(names: Sequence[str]) -> Scores:
    """Metrics of `bench run` as validation wants them. Raises `UsageError` for unknown names."""
    from codecbench.metrics.table import load_metric

    metrics = [load_metric(name) for name in names]

    def score(reference: Samples, estimate: Samples, sample_rate_hz: int) -> dict[str, float]:
        from codecbench.audio import resample

        values = {}
        for metric in metrics:
            rate_hz = metric.sample_rate_hz or sample_rate_hz
            ours, theirs = (
                resample(samples[None], sample_rate_hz, rate_hz)[0].astype("float64")
                for samples in (reference, estimate)
            )
            try:
                values[metric.name] = metric.compare(metric.prepare(ours, rate_hz), theirs, rate_hz)
            except Unscorable:
                continue  # a mean over the excerpts that have a value
        return values

    return score


def codebook_figures(validation: Validation) -> dict[str, Any]:
    """Use, entropy in bits and bitrate efficiency of the codebooks, each and all."""
    import numpy as np

    from codecbench.metrics.codebooks import (
        bitrate_efficiency,
        codebook_usage,
        entropy_bits,
        usage,
    )

    counts = validation.counts
    entropy = entropy_bits(counts)
    return {
        "codebook_usage": codebook_usage(counts),
        "bitrate_efficiency": bitrate_efficiency(counts),
        "usage": [round(float(share), 4) for share in usage(counts)],
        "efficiency": [round(float(share), 4) for share in entropy / np.log2(counts.shape[1])],
    }


class Watch:
    """Prints and records, in the main process alone; `hooks` is what the loop calls."""

    def __init__(
        self,
        run: Path,
        recipe: Recipe,
        held_out: Index,
        scores: Scores,
        first_step: int,
        main: bool,
    ) -> None:
        self._run = run
        self._recipe = recipe
        self._scores = scores
        self._printed_s = 0.0
        self._unreadable = 0
        self._writer: SummaryWriter | None = None
        self._excerpts: list[Any] = []
        if main:
            from codecbench.dac.training.excerpts import validation_excerpts

            self._excerpts, failed = validation_excerpts(
                held_out, recipe.data, recipe.model.sample_rate, limit=16
            )
            for path in failed:
                self._tell_unreadable(path)
            self._writer = _writer(run / "tensorboard", first_step)

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if sys.stderr.isatty():
            click.echo(err=True)
        if self._writer is not None:
            self._writer.close()

    @property
    def hooks(self) -> Hooks:
        """What the training loop calls."""
        from codecbench.dac.training.loop import Hooks

        validating = self._validate if self._excerpts else None
        return Hooks(self._show, self._tell_unreadable, validating)

    def _show(self, progress: Progress) -> None:
        for name, value in progress.losses.items():
            self._scalar(f"train/{name}", value, progress.step)
        now = time.monotonic()
        rewriting = sys.stderr.isatty()
        if not rewriting and now - self._printed_s < _LINE_EVERY_S and progress.left_s > 0:
            return
        self._printed_s = now
        losses = "  ".join(f"{name} {value:.3g}" for name, value in progress.losses.items())
        line = (
            f"step {progress.step}/{progress.steps}  {progress.steps_per_s:.2f} steps/s  "
            f"{_time(progress.left_s)} left  {losses}"
        )
        if rewriting:
            click.echo(f"\r\033[K{line[: _columns() - 1]}", nl=False, err=True)
        else:
            click.echo(line, err=True)

    def _tell_unreadable(self, path: str) -> None:
        self._unreadable += 1
        click.echo(
            f"cannot be read any more, left out: {path} ({self._unreadable} so far)", err=True
        )

    def _validate(self, networks: Networks, step: int) -> Mapping[str, Any]:
        validation = validate(networks.codec, self._excerpts, self._scores)
        figures = codebook_figures(validation)
        all_books = max(books for books, _ in validation.scores)
        shown = "  ".join(
            f"{metric} {value:.3g}"
            for (books, metric), value in validation.scores.items()
            if books == all_books
        )
        newline = "\n" if sys.stderr.isatty() else ""
        click.echo(
            f"{newline}validation at step {step}: {shown}  "
            f"codebook use {figures['codebook_usage']:.0%}, "
            f"bitrate efficiency {figures['bitrate_efficiency']:.0%}",
            err=True,
        )
        scores = {
            f"{metric}@{books}": value for (books, metric), value in validation.scores.items()
        }
        for name, value in scores.items():
            self._scalar(f"validation/{name}", value, step)
        for name in ("codebook_usage", "bitrate_efficiency"):
            self._scalar(f"validation/{name}", figures[name], step)
        for book, share in enumerate(figures["efficiency"], 1):
            self._scalar(f"bitrate_efficiency/codebook_{book}", share, step)
        if self._writer is not None:
            rate_hz = self._recipe.model.sample_rate
            for k, (reference, estimate) in enumerate(validation.samples):
                self._writer.add_audio(f"original/{k}", reference, step, rate_hz)
                self._writer.add_audio(f"coded/{k}", estimate, step, rate_hz)
            self._writer.flush()
        return {**scores, **figures}

    def _scalar(self, name: str, value: float, step: int) -> None:
        if self._writer is not None:
            self._writer.add_scalar(name, value, step)


def _writer(folder: Path, first_step: int) -> SummaryWriter | None:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        click.echo("TensorBoard is not installed: pip install 'codecbench[train]'", err=True)
        return None
    return SummaryWriter(str(folder), purge_step=first_step)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
