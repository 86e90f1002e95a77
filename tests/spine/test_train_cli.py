"""`bench train` by hand: what it shows, keeps and refuses; and `bench run` on what it made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from test_training_loop import SETTINGS

from codecbench.cli import bench
from codecbench.dac.training.log import read_log
from codecbench.errors import TrainingError, UsageError

RATE_HZ = 8000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for k in range(4):
        path = tmp_path / "data" / ("speech" if k % 2 else "music") / f"{k}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.1 * random.standard_normal(2 * RATE_HZ), RATE_HZ)
    (tmp_path / "data" / "broken.wav").write_bytes(b"RIFF")
    return tmp_path / "data"


def train(*arguments: str) -> str:
    result = CliRunner().invoke(bench, ["train", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def options(data: Path, run: Path, *settings: str) -> list[str]:
    words = ["44khz", "--data", str(data), "--out", str(run), "--device", "cpu"]
    for setting in (*SETTINGS, "data.held_out=0.5", *settings):
        words += ["--set", setting]
    return words


@pytest.mark.slow
def test_a_run_shows_its_data_progress_and_validation(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shown = train(*options(data, run), "--metrics", "si_sdr")
    assert "2 files, 0.00 h; 2 more held out" in shown
    assert "skipped: broken.wav:" in shown
    assert "training to step 6 on cpu, float32" in shown
    assert "step 6/6" in shown
    assert "validation at step 3: si_sdr" in shown
    assert f"done: {run}/weights.pth" in shown
    entries = [entry for entry in read_log(run / "log.jsonl") if entry["kind"] == "validation"]
    assert [entry["step"] for entry in entries] == [3, 6]
    assert {"si_sdr@1", "si_sdr@2", "si_sdr@3", "codebook_usage", "efficiency"} <= entries[0].keys()
    assert list((run / "tensorboard").glob("events.*"))
    assert "on from step 6 to step 6" in train(*options(data, run), "--metrics", "si_sdr")


@pytest.mark.slow
def test_tensorboard_holds_losses_and_audio(data: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(*options(data, tmp_path / "run"), "--metrics", "si_sdr")
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("train/mel")] == [1, 2, 3, 4, 5, 6]
    assert "bitrate_efficiency/codebook_3" in events.Tags()["scalars"]
    (clip, _) = events.Audio("coded/0")
    assert clip.sample_rate == RATE_HZ


def test_the_list_names_every_preset() -> None:
    from codecbench.dac.training.presets import PRESETS

    shown = train("--list")
    assert all(name in shown for name in PRESETS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "needs a PRESET, --data FOLDER and --out RUN"),
        (["44kHz", "--data", ".", "--out", "x"], "no preset 44kHz: did you mean 44khz"),
        (["small", "--data", ".", "--out", "x", "--set", "stepz=3"], "did you mean steps"),
        (["small", "--data", ".", "--out", "x", "--metrics", "mell"], "mell"),
        (["small", "--data", ".", "--out", "x", "--device", "gpu"], "none of auto, cpu, cuda"),
        (["small", "--data", ".", "--out", "x", "--discriminator", "y"], "give --weights too"),
        (
            ["small", "--data", "missing", "--out", "x", "--device", "cpu"],
            "missing: no such folder",
        ),
    ],
)
def test_what_cannot_be_meant(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message):
        train(*arguments)


def test_one_training_at_a_time_in_a_folder(data: Path, tmp_path: Path) -> None:
    from filelock import FileLock

    run = tmp_path / "run"
    run.mkdir()
    with FileLock(run / ".lock"), pytest.raises(TrainingError, match="another training is at work"):
        train(*options(data, run))
