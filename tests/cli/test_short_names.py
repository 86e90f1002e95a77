"""Names of codecs in a narrow column: within it, different, and known."""

from __future__ import annotations

import pytest

from codecbench.cli.short_names import short_names

DEEP = "dac:/data/codecs/{}/checkpoints/step-400000/weights.pth"


@pytest.mark.parametrize("room", [14, 20, 28, 60])
@pytest.mark.parametrize(
    "names",
    [
        ["opus", "opus,complexity=5,vbr=cbr", "encodec:48khz"],
        [DEEP.format("mine"), "mp3"],
        [DEEP.format("first"), DEEP.format("second"), DEEP.format("third")],
        ["folder:a system that somebody else has made", "folder:a system that I have made"],
    ],
)
def test_they_fit_and_stay_different(names: list[str], room: int) -> None:
    short = short_names(names, room)
    assert len(set(short)) == len(names)
    assert max(map(len, short)) <= room
    for name, cut in zip(names, short, strict=True):
        assert cut == name if len(name) <= room else cut.startswith(name.split(":")[0][:4])


def test_a_path_keeps_its_end_or_what_tells_it_apart() -> None:
    assert short_names([DEEP.format("mine")], 30) == ["dac:…/step-400000/weights.pth"]
    first, second = short_names([DEEP.format("first"), DEEP.format("second")], 30)
    assert (first, second) == ("dac:…/first/…/weights.pth", "dac:…/second/…/weights.pth")


def test_names_that_no_cut_keeps_apart_are_left_whole() -> None:
    names = [f"opus,{'a' * 40}{i}{'b' * 40}" for i in range(2)]
    assert short_names(names, 20) == names
