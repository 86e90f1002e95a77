"""`bench report` of runs of `bench score`: there is sound, or the terminal and the page say why."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import soundfile
from click.testing import CliRunner
from conftest import speechlike

from codecbench.cli.report import report
from codecbench.cli.score import score

pytestmark = pytest.mark.slow

RATE_HZ = 16000


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with references, estimates and the run of their scores, which has no bitrate."""
    folder = tmp_path_factory.mktemp("scored")
    for i in range(3):
        sound = speechlike(1.0, RATE_HZ, seed=i)
        for name, gain in (("ref", 1.0), ("est", 0.8)):
            (folder / name).mkdir(exist_ok=True)
            soundfile.write(folder / name / f"{i}.wav", gain * sound, RATE_HZ)
    words = [str(folder / "ref"), str(folder / "est"), "--metrics", "mel,si_sdr", "--jobs", "1"]
    done = CliRunner().invoke(score, [*words, "--out", str(folder / "run")], standalone_mode=False)
    assert done.return_value == 0, done.output
    return folder


def reported(scored: Path, out: Path, *options: str) -> tuple[str, str]:
    """What the terminal says, and the page."""
    words = [str(scored / "run"), "--run-clips", str(scored / "ref"), "--bd-bootstrap", "0"]
    done = CliRunner().invoke(report, [*words, "--out", str(out), *options])
    assert done.exit_code == 0, done.output
    return done.output, (out / "report.html").read_text("utf-8")


def test_scores_without_a_bitrate_are_heard(scored: Path, tmp_path: Path) -> None:
    said, page = reported(scored, tmp_path)
    assert "2 sounds of 2 clips to hear" in said
    assert "sound" not in "".join(line for line in said.splitlines() if "missing" in line)
    assert page.count('class="player"') == 2
    assert "Nothing can be heard here" not in page
    assert ">given</" in page.replace("\n", "")  # its point, as it has no bitrate


@pytest.mark.parametrize(
    ("budget", "why"),
    [
        ("0", "missing: 2 sounds: --budget 0 asks for none"),
        ("0.01", "missing: 2 sounds: --budget 0.01 leaves no room; a larger one has more"),
    ],
)
def test_no_room_for_sound_is_said(scored: Path, tmp_path: Path, budget: str, why: str) -> None:
    said, page = reported(scored, tmp_path, "--budget", budget)
    assert "0 sounds of 0 clips" in said
    assert why in said
    assert "2 versions were left out for lack of room. Make the page with a larger --budget" in page


def test_clips_that_are_gone_are_said(scored: Path, tmp_path: Path) -> None:
    shutil.copytree(scored, tmp_path / "moved")
    for path in (tmp_path / "moved/ref").iterdir():
        sound, rate_hz = soundfile.read(path)
        soundfile.write(path, 0.5 * sound, rate_hz)
    said, page = reported(tmp_path / "moved", tmp_path / "out")
    assert said.count("missing: sound of the clip ") == 2
    assert "is not the clip" in said
    assert "Nothing can be heard here:" in page
