"""Shares of groups and bands are exact, and files take turns."""

from __future__ import annotations

from collections import Counter

import pytest
from audio_folders import RATE_HZ

from codecbench.dac.training.rotation import Rotation
from codecbench.dac.training.sources import Index, SourceFile
from codecbench.errors import AudioError


def made_up(counts: dict[tuple[str, str], int]) -> Index:
    return Index(
        ".",
        tuple(
            SourceFile(f"{group}/{band}{k}.wav", group, band, RATE_HZ, RATE_HZ, 1)  # type: ignore[arg-type]
            for (group, band), count in counts.items()
            for k in range(count)
        ),
    )


def test_groups_and_bands_have_equal_shares_and_files_take_turns() -> None:
    index = made_up({("a", "full"): 5, ("a", "limited"): 2, ("b", "full"): 30, ("c", "limited"): 1})
    rotation = Rotation(index, balance=True, seed=7)
    files = [rotation.file(n) for n in range(1200)]
    assert Counter(file.group for file in files) == {"a": 400, "b": 400, "c": 400}
    assert [file.group for file in files[:6]] == ["a", "b", "c"] * 2
    in_a = [file for file in files if file.group == "a"]
    assert [file.band for file in in_a[:4]] == ["full", "limited", "full", "limited"]
    full = [file.path for file in in_a if file.band == "full"]
    passes = [tuple(full[k : k + 5]) for k in range(0, 200, 5)]
    assert all(len({*once}) == 5 for once in passes)
    assert len({*passes}) > 20  # in another order each time
    # Out of turn: the same.
    assert [Rotation(index, True, 7).file(n) for n in range(1199, -1, -37)] == files[::-37]
    assert [Rotation(index, True, 8).file(n) for n in range(1200)] != files


def test_a_stray_band_is_not_half_of_its_group() -> None:
    index = made_up({("a", "full"): 30, ("a", "limited"): 1})
    counts = Counter(Rotation(index, True, 0).file(n).path for n in range(31 * 4))
    assert {*counts.values()} == {4}
    assert len(counts) == 31


def test_without_balance_all_files_are_alike() -> None:
    index = made_up({("a", "full"): 9, ("b", "limited"): 2})
    rotation = Rotation(index, balance=False, seed=0)
    assert {*Counter(rotation.file(n).path for n in range(33)).values()} == {3}


def test_an_index_without_files_is_refused() -> None:
    with pytest.raises(AudioError, match="no files to train on"):
        Rotation(Index("x", ()), True, 0)
