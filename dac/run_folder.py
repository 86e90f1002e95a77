"""Where a training's folder keeps the codec that came out of it. Loads no torch."""

from __future__ import annotations

from pathlib import Path

from codecbench.errors import WeightsError

WEIGHTS = "weights.pth"
"""In the folder of a run: the codec as of the last checkpoint."""

RECIPE = "recipe.json"
"""In the folder of a run, from its beginning."""


def find_checkpoint(path: Path) -> Path:
    """The file of a checkpoint, or of a run's folder the codec in it.

    Raises `WeightsError` where there is none.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise WeightsError(f"{path}: no such file, and no such folder of a training")
    weights = path / WEIGHTS
    if weights.is_file():
        return weights
    if (path / RECIPE).is_file():
        raise WeightsError(
            f"{path}: the training has no {WEIGHTS} yet: it comes with the first checkpoint"
        )
    raise WeightsError(f"{path}: a folder without {WEIGHTS}, so not of a training")
