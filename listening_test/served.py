"""What a running server works with: one value, passed to every part of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from codecbench.listening_test.assignment import Page, pages_of
from codecbench.listening_test.audio_files import AudioFiles
from codecbench.listening_test.database import Database, default_address, open_database
from codecbench.listening_test.frozen_design import check_unchanged, design_row
from codecbench.listening_test.test_file import ListeningTest
from codecbench.listening_test.test_reading import read_test

if TYPE_CHECKING:
    from codecbench.listening_test.raters import Rater


@dataclass(frozen=True, eq=False)
class Served:
    """A test, its database and sounds, and the secret from which tokens are derived."""

    test: ListeningTest
    database: Database
    audio: AudioFiles
    secret: str

    def pages(self, rater: Rater) -> tuple[Page, ...]:
        """All pages of a rater's."""
        return _pages(self, rater.seed, rater.items)


@contextmanager
def open_served(folder: Path, address: str | None = None) -> Iterator[Served]:
    """Open a test's folder and its database, by default the one in the folder.

    Raises `ListeningTestError` for a damaged test, a database that cannot be used, and a test that
    was changed after the first rater began.
    """
    test = read_test(folder, check_stimuli=False)  # `AudioFiles` checks what it reads
    with open_database(address or default_address(folder), test) as database:
        with database.reading() as connection:
            row = design_row(connection)
        check_unchanged(row, test)
        yield Served(test, database, AudioFiles(folder, test), row.secret)


@lru_cache(maxsize=4096)
def _pages(served: Served, seed: int, items: tuple[str, ...]) -> tuple[Page, ...]:
    return pages_of(served.test, seed, items)
