"""`bench report`: what is refused, before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from small_runs import write_run

from codecbench.cli.report import report
from codecbench.errors import CodecbenchError

RATES = (6, 12, 24, 48)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scores = {
        f"{codec}@{kbps}": {"mel": tuple(9 - step + 0.1 * i for i in range(6))}
        for codec in ("opus", "mp3")
        for step, kbps in enumerate(RATES)
    }
    return write_run(tmp_path_factory.mktemp("stored") / "run", scores)


def refused(run: Path, out: Path, *options: str) -> str:
    """What is said to these options. Exit status 2, and nothing written."""
    words = (str(run), "--out", str(out), "--bd-bootstrap", "0", *options)
    done = CliRunner().invoke(report, words)
    assert not out.exists()
    error = done.exception
    if isinstance(error, CodecbenchError):
        assert error.exit_status == 2
        return str(error)
    assert done.exit_code == 2, done.output
    return done.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--ablation", "opus", "--at", "-3"], "--at -3: give a bitrate above 0"),
        (["--ablation", "opus", "--at", "0"], "--at 0: give a bitrate above 0"),
        (["--ablation", "opus", "--at", "nan"], "--at nan: give a bitrate above 0"),
        (["--ablation", "opus", "--at", "inf"], "--at inf: give a bitrate above 0"),
        (["--budget", "nan"], "--budget nan"),
        (["--budget", "inf"], "--budget inf"),
        (["--budget", "-1"], "--budget -1"),
        (["--tables", "--columns", ""], "--columns is empty"),
        (["--ablation", ""], "--ablation is empty"),
        (["--at", "3"], "--at does nothing without --ablation"),
        (["--database", "sqlite:///x"], "--database does nothing without --ratings"),
        (["--intervals"], "--intervals does nothing without --tables"),
        (["--columns", "mel"], "--columns does nothing without --tables"),
        (["--run-clips", "nowhere"], "nowhere"),
        (["--device", "tpu"], '--device "tpu" is none of cpu'),
        (["--ablation", "opus", "--at", "1000"], "opus has no point within a factor of 1.5"),
        (["--tables", "--ablation", "mp4"], 'Did you mean "mp3"?'),
        (["--tables", "--columns", "mell"], 'Did you mean "mel"?'),
    ],
)
def test_what_cannot_be_meant_is_refused(
    run: Path, tmp_path: Path, options: list[str], said: str
) -> None:
    assert said in refused(run, tmp_path / "out", *options)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    assert "is not a run" in refused(tmp_path / "nowhere", tmp_path / "out")
    assert "no run.sqlite" in refused(tmp_path, tmp_path / "out")


def test_an_ablation_alone_is_one_table(run: Path, tmp_path: Path) -> None:
    words = [str(run), "--out", str(tmp_path), "--bd-bootstrap", "0", "--budget", "0"]
    done = CliRunner().invoke(report, [*words, "--ablation", "opus", "--at", "24"])
    assert done.exit_code == 0, done.output
    names = ["ablation.csv", "ablation.md", "ablation.tex"]
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == names
