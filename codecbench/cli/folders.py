"""Folders that commands write to."""

from __future__ import annotations

from pathlib import Path


def make_folder_of(path: Path) -> None:
    """Make the folder that a file is to be in. Raises `StoreError` where that can't be."""
    from codecbench.errors import StoreError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}: {error.filename}") from error
