"""Checkpoints of a training as codecs to check, with the steps that each had done.

What `bench train` and `bench export` write says its steps. A `step-….pt` of a training's folder,
which holds more than the codec, is written out as a codec first.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from codecbench.codecs.weights import content_hash
from codecbench.dac.run_folder import find_checkpoint
from codecbench.errors import UsageError
from codecbench.files import write_text
from codecbench.names import CodecName
from codecbench.reports.check.sides import Subject

LEDGER = "checkpoints.json"
"""In the run of checks: which checkpoints were measured, and after how many steps they were."""


@dataclass(frozen=True)
class Checkpoint:
    """given: the path as it was given. path: of a file that `dac:PATH` loads. steps: None where the
    file does not say.
    """

    given: str
    path: Path
    steps: int | None

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
    if file.suffix == ".pt":
        file = _written_out(file, folder)
    steps = load_metadata(file).get("steps")
    return Checkpoint(str(path), file, steps if isinstance(steps, int) else None)


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
