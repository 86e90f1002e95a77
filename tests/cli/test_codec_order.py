"""Codecs stand in the order in which they were asked for, wherever that is known from."""

from __future__ import annotations

import pytest

from codecbench.cli.codec_order import codecs_in_order


@pytest.mark.parametrize(
    ("sessions", "order"),
    [
        ([{"codecs": ["opus", "dac:small"]}, {"codecs": ["mp3", "opus"]}], "opus dac:small mp3"),
        ([{"command": "bench run --codecs mp3,dac,opus --out x"}], "mp3 dac:small opus"),
        ([{"command": "bench run --codecs=mp3 --codecs opus@24"}], "mp3 opus dac:small"),
        ([{"command": "bench run --codecs dac:small,opus,mp3"}], "dac:small opus mp3"),
        ([{"command": "made in Python, 'without a shell"}], "dac:small mp3 opus"),
        ([{"command": "bench run --codecs ="}, {"codecs": ["opus"]}], "opus dac:small mp3"),
        ([], "dac:small mp3 opus"),
    ],
)
def test_the_order(sessions: list[dict[str, object]], order: str) -> None:
    assert codecs_in_order(sessions, {"opus", "mp3", "dac:small"}) == order.split()


def test_options_and_folders_are_known_again() -> None:
    command = "bench run --codecs opus,vbr=cbr,complexity=5,folder:mine@6=a/b,aac"
    codecs = {"aac", "folder:mine", "opus,vbr=cbr,complexity=5"}
    order = ["opus,vbr=cbr,complexity=5", "folder:mine", "aac"]
    assert codecs_in_order([{"command": command}], codecs) == order
