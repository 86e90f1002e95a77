"""What a command skips is told by that command, and by `bench show` until the run has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Bench, speechlike
from soundfile import write

FAST = ("--metrics", "l1", "--jobs", "1", "--no-timing")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    write(tmp_path / "clips" / "one.wav", speechlike(0.5, 16000), 16000)
    return tmp_path / "clips"


def test_a_later_command_does_not_tell_what_earlier_ones_skipped(bench: Bench, clip: Path) -> None:
    ours = ("--clips", clip, "--out", "r", *FAST)
    first = bench("run", "--codecs", "toy@16,lyra", *ours)
    line = "skipped: lyra: its weights are not here: run `bench fetch lyra`"
    assert first.stdout.count(line) == 1
    assert "skipped" not in bench("run", "--codecs", "toy@32", *ours).stdout
    assert line in bench("show", "r").stdout.splitlines()
    assert bench("run", "--codecs", "toy@32,lyra", *ours).stdout.count(line) == 1


def test_score_tells_its_own_skips(bench: Bench, clip: Path) -> None:
    ours = ("--out", "r", "--jobs", "1", "--metrics")
    assert "skipped: stoi" in bench("score", clip, clip, *ours, "l1,stoi").stdout
    assert "skipped" not in bench("score", clip, clip, *ours, "l1").stdout
    assert "skipped: stoi" in bench("show", "r").stdout
