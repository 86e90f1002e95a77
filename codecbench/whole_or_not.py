"""Writing into a run so that all of it is there in the end, or the run is as it was."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from codecbench.errors import StoreError
from codecbench.schema import ENCODINGS, SESSIONS
from codecbench.store import Store, open_run

_BEFORE = "run.sqlite.before"
"""The database as it was, while it is written to."""


@contextmanager
def whole_or_not(folder: Path) -> Iterator[Store]:
    """Open a run as `open_run` does. Where the block raises, nothing that it wrote stays.

    A run that was not there is gone again, with the folders that were made for it.
    """
    was_there = (folder / "run.sqlite").exists()
    made = next((path for path in (*reversed(folder.parents), folder) if not path.exists()), None)
    with open_run(folder) as store:
        # Another process may have made and filled it just now.
        is_new = not (was_there or store.rows(SESSIONS))
        with _gone_again(store, made) if is_new else _as_it_was(store):
            yield store


@contextmanager
def _gone_again(store: Store, made: Path | None) -> Iterator[None]:
    """made: the outermost folder that was made for the run."""
    try:
        yield
    except BaseException:
        store.close()
        shutil.rmtree(store.folder / "bitstreams", ignore_errors=True)
        for name in ("run.sqlite", "lock"):
            (store.folder / name).unlink(missing_ok=True)
        if made is not None:
            _remove_empty(store.folder, made)
        raise


@contextmanager
def _as_it_was(store: Store) -> Iterator[None]:
    database, before = store.folder / "run.sqlite", store.folder / _BEFORE
    keys = {row["key"] for row in store.select(select(ENCODINGS.c.key))}
    try:
        shutil.copyfile(database, before)
    except OSError as error:
        before.unlink(missing_ok=True)
        raise StoreError(f"cannot write the run {store.folder}: {error.strerror}") from error
    try:
        yield
    except BaseException:
        store.close()
        os.replace(before, database)
        for path in (store.folder / "bitstreams").rglob("*.cbs"):
            if path.stem not in keys:
                path.unlink()
                _remove_empty(path.parent, path.parents[1])
        raise
    before.unlink()


def _remove_empty(folder: Path, last: Path) -> None:
    """Remove a folder and those around it, up to `last`, as far as they are empty."""
    with contextlib.suppress(OSError):
        for path in (folder, *folder.parents):
            path.rmdir()
            if path == last:
                return
