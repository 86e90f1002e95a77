"""Checkpoints of a training as codecs to check, with the steps that each had done.

What `bench train` and `bench export` write says its steps. A `step-….pt` of a training's folder,
which holds more than the codec, is written out as a codec first. Steps of different trainings say
nothing about which came first: a fine-tune begins again at 0.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from codecbench.codecs.weights import content_hash
from codecbench.dac.run_folder import RECIPE, find_checkpoint
from codecbench.errors import UsageError
from codecbench.files import write_text
from codecbench.names import CodecName
from codecbench.reports.check.sides import Subject

LEDGER = "checkpoints.json"
"""In the run of checks: which checkpoints were measured, and after how many steps they were."""


@dataclass(frozen=True)
class Checkpoint:
    """given: the path as it was given. path: of a file that `dac:PATH` loads. steps: None where the
    file does not say. training: the folder of the training that it lies in, None for a file that
    was copied or exported out of it.
    """

    given: str
    path: Path
    steps: int | None
    training: Path | None = None

    @property
    def codec(self) -> CodecName:
        """The codec of that file."""
        text = str(self.path)
        named = os.sep in text or self.path.suffix == ".pth"
        return CodecName("dac", text if named else os.path.join(os.curdir, text))


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    given: str
    steps: int | None
    subject: Subject


def open_checkpoint(path: Path, folder: Path) -> Checkpoint:
    """Find the codec of a checkpoint: a `.pth`, a training's folder, or a training's `step-….pt`.

    folder: where the codec of the last kind is written. Raises `WeightsError` or `TrainingError`
    naming file and cause.
    """
    from codecbench.dac.checkpoint import load_metadata

    file = find_checkpoint(path)
    training = _training_of(file)
    if file.suffix == ".pt":
        file = _written_out(file, folder)
    steps = load_metadata(file).get("steps")
    return Checkpoint(str(path), file, steps if isinstance(steps, int) else None, training)


def in_order(checkpoints: Sequence[Checkpoint]) -> tuple[list[Checkpoint], str]:
    """The checkpoints, the one that decides last, and what is to be said about their order.

    By steps where all lie in one training's folder and say them, else as they were given: then the
    words are not empty if steps would order them otherwise.
    """
    given = list(checkpoints)
    if any(checkpoint.steps is None for checkpoint in given):
        return given, ""
    by_steps = sorted(given, key=lambda checkpoint: checkpoint.steps or 0)
    trainings = {checkpoint.training for checkpoint in given}
    if by_steps == given or (len(trainings) == 1 and None not in trainings):
        return by_steps, ""
    several = "are of different" if len(trainings - {None}) > 1 else "may be of different"
    return given, (
        f"the order of checkpoints: they {several} trainings, whose steps do not compare. They "
        f"stand as they were given, and the last one decides: {given[-1].given}"
    )


def _training_of(file: Path) -> Path | None:
    """The folder of the training that a checkpoint lies in."""
    folder = file.absolute().parent
    if file.suffix == ".pt":
        folder = folder.parent
    return folder.resolve() if (folder / RECIPE).is_file() else None


def read_ledger(run: Path) -> list[Entry]:
    """What was measured into a run of checks before, oldest first."""
    try:
        lines = json.loads((run / LEDGER).read_text(encoding="utf-8"))
        return [Entry(e["given"], e["steps"], Subject(**e["subject"])) for e in lines]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{run / LEDGER}: cannot be read ({error}): delete it") from error


def add_to_ledger(run: Path, entries: list[Entry]) -> None:
    """Write the ledger with these entries added."""
    known = [entry for entry in read_ledger(run) if entry not in entries]
    lines = ",\n".join(json.dumps(asdict(entry)) for entry in [*known, *entries])
    write_text(run / LEDGER, f"[\n{lines}\n]\n")


def earlier(entries: list[Entry], now: Entry) -> list[Entry]:
    """Checkpoints of the same path that had done fewer steps, by steps: one training's course."""
    last = now.steps or 0
    steps = {entry.steps or last: entry for entry in entries if entry.given == now.given}
    return [steps[done] for done in sorted(steps) if done < last]


def _written_out(file: Path, folder: Path) -> Path:
    from codecbench.dac.checkpoint import save_checkpoint
    from codecbench.dac.model import DAC
    from codecbench.dac.training import checkpoints

    target = folder / f"{file.stem}-{content_hash([file])}.pth"
    if not target.exists():
        stored = checkpoints.load(file)
        model = DAC(stored.recipe.model)
        model.load_state_dict(stored.state["generator"])
        folder.mkdir(parents=True, exist_ok=True)
        save_checkpoint(model, target, {"steps": stored.step})
    return target
