"""Words that several parts share."""

from __future__ import annotations

import pytest

from codecbench.wording import clips_in_layouts, counted, joined, layout_words


@pytest.mark.parametrize(
    ("count", "noun", "plural", "words"),
    [
        (0, "clip", "", "0 clips"),
        (1, "clip", "", "1 clip"),
        (2, "stimulus", "stimuli", "2 stimuli"),
        (1, "stimulus", "stimuli", "1 stimulus"),
    ],
)
def test_one_thing_is_in_the_singular(count: int, noun: str, plural: str, words: str) -> None:
    assert counted(count, noun, plural) == words


def test_layouts_are_told_where_there_are_several() -> None:
    assert [layout_words(channels) for channels in (1, 2, 6)] == ["mono", "stereo", "6 channels"]
    assert clips_in_layouts({1: 1}) == "1 clip"
    assert clips_in_layouts({2: 3}) == "3 clips"
    assert clips_in_layouts({2: 3, 1: 2}) == "2 mono and 3 stereo clips"


def test_names_that_hold_commas_are_parted_by_semicolons() -> None:
    assert joined(["opus", "mp3"]) == "opus, mp3"
    assert joined(["opus, mono", "mp3, mono"]) == "opus, mono; mp3, mono"
