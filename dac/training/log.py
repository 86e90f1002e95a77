"""What a training leaves in its folder to be read: a line of JSON for each step that is logged.

A training that goes on from a checkpoint forgets what was logged after it, and then logs the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codecbench.errors import TrainingError
from codecbench.files import write_text


class Log:
    """`log.jsonl` of a run, open for adding. Entries have a `step` and a `kind`."""

    def __init__(self, path: Path, step: int) -> None:
        """step: entries of later steps are dropped."""
        kept = [line for line in _lines(path) if json.loads(line)["step"] <= step]
        write_text(path, "".join(f"{line}\n" for line in kept), TrainingError)
        self._file = path.open("a")

    def add(self, kind: str, step: int, values: Mapping[str, Any]) -> None:
        """Add an entry and see to it that it outlives this process."""
        self._file.write(json.dumps({"step": step, "kind": kind, **values}) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_log(path: Path) -> list[dict[str, Any]]:
    """The entries of a log, in order."""
    return [json.loads(line) for line in _lines(path)]


def _lines(path: Path) -> list[str]:
    """Whole lines: one that a kill cut short is no entry."""
    if not path.exists():
        return []
    return [line[:-1] for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
