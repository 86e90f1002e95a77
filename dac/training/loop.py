"""A training from its first step, or from where it stopped, to its last.

The folder of a run holds `recipe.json`, `index.json` (the audio that is used), `log.jsonl`,
`checkpoints/` and `weights.pth`, the codec as of the last checkpoint in the released layout.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codecbench.dac.checkpoint import save_checkpoint
from codecbench.dac.training import checkpoints, sources
from codecbench.dac.training.batches import batches
from codecbench.dac.training.excerpts import Excerpts
from codecbench.dac.training.log import Log
from codecbench.dac.training.recipe import Recipe
from codecbench.dac.training.settings import differences, from_plain, to_plain
from codecbench.dac.training.step import Networks, train_step
from codecbench.errors import TrainingError, UsageError
from codecbench.files import write_text

if TYPE_CHECKING:
    from accelerate import Accelerator

_MAY_CHANGE = {
    "steps",
    "adversarial_from_step",
    "checkpoint_every",
    "validate_every",
    "log_every",
    "compile",
}
"""Settings that a run may be resumed with otherwise than it was begun."""

_DIVERGED = 3.0
"""A training whose mel loss exceeds its lowest by this factor has diverged; means over entries."""

_RECENT = 20


@dataclass(frozen=True)
class Progress:
    """Where a training is. losses: means since the last report."""

    step: int
    steps: int
    losses: Mapping[str, float]
    steps_per_s: float
    left_s: float


@dataclass(frozen=True)
class Hooks:
    """What a training tells to whoever started it, in the first process alone.

    on_progress: after each `log_every` steps. on_unreadable: once for each file that could not be
    read. on_validation: gets the networks and the number of steps that are done, returns what is
    to be logged; called every `validate_every` steps and at the end.
    """

    on_progress: Callable[[Progress], None] = lambda progress: None
    on_unreadable: Callable[[str], None] = lambda path: None
    on_validation: Callable[[Networks, int], Mapping[str, Any]] | None = None


def open_run(run: Path, recipe: Recipe) -> Recipe:
    """The recipe that the training in the folder goes on with, written down where it is new.

    A run without a checkpoint is begun anew. Raises `TrainingError` where the folder holds a
    training by another recipe, or something else.
    """
    path = run / "recipe.json"
    if path.exists() and _has_begun(run):
        try:
            begun = from_plain(json.loads(path.read_text()))
        except (OSError, ValueError, UsageError) as error:
            raise TrainingError(f"{path}: not a recipe: {error}") from error
        changed = {k: v for k, v in differences(recipe, begun).items() if k not in _MAY_CHANGE}
        if changed:
            listed = ", ".join(f"{key} was {old}, is {new}" for key, (old, new) in changed.items())
            raise TrainingError(
                f"{run} holds a training by another recipe ({listed}): "
                "take the settings it was begun with, or another folder"
            )
    elif not path.exists() and run.exists() and any(p.name != ".lock" for p in run.iterdir()):
        raise TrainingError(f"{run} is not empty and not a training: take another folder")
    text = json.dumps(to_plain(recipe), indent=1) + "\n"
    write_text(path, text, TrainingError)
    return recipe


def _has_begun(run: Path) -> bool:
    return any((run / "checkpoints").glob("step-*.pt"))


def open_index(
    run: Path, data: Path, recipe: Recipe, progress: Callable[[int, int], None] | None = None
) -> sources.Index:
    """The audio that the run is trained on: as it was when the run began, else the folder's.

    Raises `TrainingError` where the run was begun on another folder.
    """
    path = run / "index.json"
    if path.exists() and _has_begun(run):
        index = sources.from_plain(json.loads(path.read_text()))
        if Path(index.folder) != data.resolve():
            # The same files elsewhere are the same data.
            index = replace(index, folder=str(data.resolve()))
            missing = next((f.path for f in index.files if not (data / f.path).exists()), None)
            if missing:
                raise TrainingError(f"{run} was trained on other data: {data} has no {missing}")
        return index
    index = sources.index_folder(data, recipe.model.sample_rate, recipe.data.excerpt_s, progress)
    text = json.dumps(sources.to_plain(index)) + "\n"
    write_text(path, text, TrainingError)
    return index


def train(
    recipe: Recipe,
    run: Path,
    index: sources.Index,
    networks: Networks,
    accelerator: Accelerator,
    hooks: Hooks,
    workers: int = 0,
) -> None:
    """Train to the recipe's last step, from the newest checkpoint in `run` where there is one.

    index: the audio for training, without what is held out. Raises `TrainingError` where a loss is
    no number or the training diverges, naming the checkpoint to go back to.
    """
    checkpoint = checkpoints.latest(run / "checkpoints")
    first = 0
    if checkpoint is not None:
        checkpoints.restore(networks, checkpoint)
        first = checkpoint.step
    if first >= recipe.steps:
        return
    samples = recipe.excerpt_samples
    excerpts = Excerpts(index, recipe.data, recipe.model.sample_rate, samples, recipe.seed)
    stream = batches(
        excerpts,
        recipe.batch_size,
        first,
        recipe.steps - 1,
        workers,
        accelerator.process_index,
        accelerator.num_processes,
    )
    main = accelerator.is_main_process
    log = Log(run / "log.jsonl", first) if main else None
    watch = _Watch(run / "checkpoints")
    unreadable: set[str] = set()
    pending: list[dict[str, Any]] = []
    started = time.monotonic()
    try:
        for step, (audio, failed) in enumerate(stream, first):
            pending.append(
                train_step(networks, audio.to(accelerator.device), recipe, step, accelerator)
            )
            for path in set(failed) - unreadable:
                unreadable.add(path)
                hooks.on_unreadable(path)
            done = step + 1
            last = done == recipe.steps
            saving = last or done % recipe.checkpoint_every == 0
            if last or saving or done % recipe.log_every == 0:
                losses = _means(pending)
                pending.clear()
                watch.check(done, losses)
                if log is not None:
                    log.add("train", done, losses)
                    rate = (done - first) / (time.monotonic() - started)
                    left_s = (recipe.steps - done) / rate
                    hooks.on_progress(Progress(done, recipe.steps, losses, rate, left_s))
            if saving and main:
                checkpoints.save(run / "checkpoints", networks, recipe, done)
                save_checkpoint(networks.codec, run / "weights.pth", {"steps": done})
            validating = last or done % recipe.validate_every == 0
            if validating and log is not None and hooks.on_validation is not None:
                log.add("validation", done, hooks.on_validation(networks, done))
            if saving or validating:
                accelerator.wait_for_everyone()
    finally:
        if log is not None:
            log.close()


def _means(steps: list[dict[str, Any]]) -> dict[str, float]:
    """The mean of each loss over steps; losses that begin midway over the steps that have them."""
    names = dict.fromkeys(name for losses in steps for name in losses)
    return {
        name: math.fsum(values) / len(values)
        for name in names
        if (values := [float(losses[name]) for losses in steps if name in losses])
    }


class _Watch:
    """Ends a training that has gone wrong before it overwrites what was good."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recent: list[float] = []
        self._lowest = math.inf

    def check(self, step: int, losses: Mapping[str, float]) -> None:
        bad = [name for name, value in losses.items() if not math.isfinite(value)]
        if bad:
            raise TrainingError(
                f"step {step}: {', '.join(bad)} is no number any more{self._good()}"
            )
        self._recent = [*self._recent[1 - _RECENT :], losses["mel"]]
        if len(self._recent) == _RECENT:
            mean = math.fsum(self._recent) / _RECENT
            self._lowest = min(self._lowest, mean)
            if mean > _DIVERGED * self._lowest:
                raise TrainingError(
                    f"step {step}: the training diverges: mel loss {mean:.3g}, "
                    f"it was {self._lowest:.3g}{self._good()}"
                )

    def _good(self) -> str:
        path = max(self._folder.glob("step-*.pt"), default=None)
        if path is None:
            return "; there is no checkpoint yet"
        return f"; the last good checkpoint is {path}: go on from it with a lower learning rate"
