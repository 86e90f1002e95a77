"""Files that appear whole or not at all, and reading them whole, with causes by name."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from codecbench.errors import BitstreamError


def read_whole(path: Path) -> bytes:
    """The bytes of a file. Raises `BitstreamError` that names the file and the cause."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BitstreamError(f"{path}: cannot be read: {error.strerror}") from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under another name in its folder, then rename it into place.

    Raises `BitstreamError` that names the file and the cause.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(name, 0o644)  # mkstemp's are for the owner alone
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BitstreamError(f"{path}: cannot be written: {error.strerror}") from error
