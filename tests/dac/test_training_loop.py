"""A training stops, is killed, goes on, overfits, diverges and refuses as it says it does."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from accelerate import Accelerator
from torch import Tensor

from codecbench.dac.checkpoint import load_checkpoint
from codecbench.dac.config import DACConfig, FrameNetworks
from codecbench.dac.model import DAC
from codecbench.dac.training import checkpoints, loop
from codecbench.dac.training.log import read_log
from codecbench.dac.training.recipe import (
    DataConfig,
    DiscriminatorConfig,
    LossConfig,
    OptimiserConfig,
    Recipe,
)
from codecbench.dac.training.settings import differences, to_plain, with_settings
from codecbench.dac.training.step import Networks, build_networks
from codecbench.errors import TrainingError

RATE_HZ = 8000
RECIPE = Recipe(
    model=DACConfig(
        encoder_dim=4,
        encoder_rates=(2, 4),
        decoder_dim=16,
        decoder_rates=(4, 2),
        n_codebooks=3,
        codebook_size=16,
        codebook_dim=4,
        sample_rate=RATE_HZ,
    ),
    discriminator=DiscriminatorConfig(
        periods=(2,), fft_sizes=(64,), period_channels=(4, 4), stft_channels=2
    ),
    loss=LossConfig(mel_windows=(32, 128), mel_bands=(5, 20)),
    data=DataConfig(excerpt_s=0.2, held_out=0.0),
    batch_size=4,
    steps=6,
    adversarial_from_step=2,
    checkpoint_every=2,
    validate_every=3,
    log_every=1,
)
FRAME_RATE = dataclasses.replace(
    RECIPE,
    model=DACConfig(
        encoder_dim=8,
        encoder_rates=(8,),
        latent_dim=8,
        decoder_dim=8,
        decoder_rates=(8,),
        n_codebooks=3,
        codebook_size=16,
        codebook_dim=4,
        codebook_learning="ema",
        sample_rate=RATE_HZ,
        frame_networks=FrameNetworks(encoder_blocks=1, decoder_blocks=1, kernel=3, expansion=1),
    ),
    loss=dataclasses.replace(RECIPE.loss, spectrum=1.0, spectrum_windows=(64,)),
    averaging=0.9,
)
"""Networks at the frame rate, with averaged weights."""

SETTINGS = [
    f"{path}={json.dumps(value)}" for path, (_, value) in differences(RECIPE, Recipe()).items()
]
"""What makes the preset `44khz` this recipe on the command line."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    random = np.random.default_rng(0)
    for k in range(3):
        tone = 0.3 * np.sin(2 * np.pi * (300 + 200 * k) * np.arange(2 * RATE_HZ) / RATE_HZ)
        noise = 0.05 * random.standard_normal(2 * RATE_HZ)
        soundfile.write(folder / f"{k}.wav", tone + noise, RATE_HZ)
    return folder


def last_bias(model: DAC) -> Tensor:
    """Of the convolution that gives the audio."""
    return [value for name, value in model.decoder.named_parameters() if name.endswith("bias")][-1]


def trained(
    recipe: Recipe, run: Path, data: Path, hooks: loop.Hooks | None = None
) -> dict[str, torch.Tensor]:
    """Train in `run` and give the codec's weights."""
    recipe = loop.open_run(run, recipe)
    index = loop.open_index(run, data, recipe)
    accelerator = Accelerator(cpu=True)
    networks = build_networks(recipe, accelerator)
    loop.train(recipe, run, index, networks, accelerator, hooks or loop.Hooks())
    return networks.codec.state_dict()


def begin(run: Path) -> None:
    """Make it look as if there were a checkpoint."""
    (run / "checkpoints").mkdir()
    (run / "checkpoints" / "step-00000001.pt").touch()


def assert_equal(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def losses(run: Path) -> list[dict[str, float]]:
    return [entry for entry in read_log(run / "log.jsonl") if entry["kind"] == "train"]


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [RECIPE, FRAME_RATE], ids=["paper", "frame rate"])
def test_a_run_that_goes_on_ends_where_an_unbroken_one_does(
    tmp_path: Path, data: Path, recipe: Recipe
) -> None:
    whole = trained(recipe, tmp_path / "whole", data)
    trained(dataclasses.replace(recipe, steps=3), tmp_path / "parts", data)
    torch.rand(5)
    parts = trained(recipe, tmp_path / "parts", data)
    assert_equal(parts, whole)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert [entry["step"] for entry in losses(tmp_path / "whole")] == [1, 2, 3, 4, 5, 6]
    assert_equal(load_checkpoint(tmp_path / "parts" / "weights.pth").state_dict(), whole)


def _command(run: Path, data: Path, *more: str) -> list[str]:
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    command = [sys.executable, "-m", "codecbench", "train", "44khz", "--device", "cpu"]
    return [*command, "--data", str(data), "--out", str(run), *settings, *more]


@pytest.mark.slow
def test_a_killed_run_loses_no_more_than_the_interval(tmp_path: Path, data: Path) -> None:
    steps = ["--set", "steps=14", "--set", "checkpoint_every=2"]
    killed = tmp_path / "killed"
    with subprocess.Popen(_command(killed, data, *steps), stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not list(killed.glob("checkpoints/step-*.pt")) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    reached = checkpoints.latest(killed / "checkpoints")
    assert reached is not None
    assert reached.step < 14
    logged = [entry["step"] for entry in losses(killed)]
    assert logged[-1] - reached.step <= 2
    recipe = dataclasses.replace(RECIPE, steps=14)
    assert_equal(trained(recipe, killed, data), trained(recipe, tmp_path / "whole", data))
    assert losses(killed) == losses(tmp_path / "whole")


@pytest.mark.slow
def test_two_processes_train_as_one_does(tmp_path: Path, data: Path) -> None:
    plain = ["--set", "model.quantizer_dropout=0", "--set", "steps=3"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]
    launch += ["--master-addr=127.0.0.1", f"--master-port={port}", "-m", "codecbench"]
    both = launch + _command(tmp_path / "both", data, *plain)[3:]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    subprocess.run(both, check=True, env=environment, stderr=subprocess.DEVNULL, timeout=200)
    one = trained(with_settings(RECIPE, plain[1::2]), tmp_path / "one", data)
    two = load_checkpoint(tmp_path / "both" / "weights.pth").state_dict()
    for key, value in one.items():
        torch.testing.assert_close(two[key], value, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_overfitting_one_clip_halves_the_mel_distance(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE_HZ // 4) / RATE_HZ)
    soundfile.write(folder / "one.wav", tone, RATE_HZ)
    recipe = dataclasses.replace(
        RECIPE,
        steps=40,
        checkpoint_every=1000,
        optimiser=OptimiserConfig(learning_rate=1e-2),
        data=dataclasses.replace(RECIPE.data, phase_shift=False),
    )
    trained(recipe, tmp_path / "run", folder)
    mels = [entry["mel"] for entry in losses(tmp_path / "run")]
    assert np.mean(mels[-5:]) < 0.5 * np.mean(mels[:5])


def test_a_loss_that_is_no_number_stops_at_the_last_good_checkpoint(
    tmp_path: Path, data: Path
) -> None:
    def break_it(progress: loop.Progress) -> None:
        if progress.step == 3:
            with torch.no_grad():
                last_bias(networks.generator).fill_(float("nan"))

    run = tmp_path / "run"
    accelerator = Accelerator(cpu=True)
    networks = build_networks(loop.open_run(run, RECIPE), accelerator)
    index = loop.open_index(run, data, RECIPE)
    with pytest.raises(TrainingError, match=r"step 4: .*mel.* last good .*step-00000002\.pt"):
        loop.train(RECIPE, run, index, networks, accelerator, loop.Hooks(break_it))
    newest = checkpoints.latest(run / "checkpoints")
    assert newest is not None
    assert newest.step == 2


@pytest.mark.slow
def test_a_diverging_training_stops(tmp_path: Path, data: Path) -> None:
    recipe = dataclasses.replace(RECIPE, steps=100, checkpoint_every=10)

    def wreck(progress: loop.Progress) -> None:
        if progress.step >= 30:
            with torch.no_grad():
                last_bias(networks.generator).fill_(9)

    run = tmp_path / "run"
    accelerator = Accelerator(cpu=True)
    networks = build_networks(loop.open_run(run, recipe), accelerator)
    index = loop.open_index(run, data, recipe)
    loop_with_little_patience = pytest.MonkeyPatch()
    loop_with_little_patience.setattr(loop, "_DIVERGED", 1.2)
    with pytest.raises(
        TrainingError, match=r"diverges: mel loss .* it was .* last good checkpoint"
    ):
        loop.train(recipe, run, index, networks, accelerator, loop.Hooks(wreck))
    loop_with_little_patience.undo()


def test_another_recipe_is_refused_and_named(tmp_path: Path) -> None:
    loop.open_run(tmp_path / "run", dataclasses.replace(RECIPE, batch_size=5))
    loop.open_run(tmp_path / "run", RECIPE)  # nothing was trained yet
    begin(tmp_path / "run")
    loop.open_run(tmp_path / "run", dataclasses.replace(RECIPE, steps=9, log_every=3))
    with pytest.raises(TrainingError, match="batch_size was 4, is 8"):
        loop.open_run(tmp_path / "run", dataclasses.replace(RECIPE, batch_size=8))
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "thesis.tex").touch()
    with pytest.raises(TrainingError, match="is not empty and not a training"):
        loop.open_run(tmp_path / "else", RECIPE)
    assert not (tmp_path / "else" / "recipe.json").exists()


def test_the_audio_of_a_run_is_scanned_once_and_may_move(tmp_path: Path, data: Path) -> None:
    run = tmp_path / "run"
    index = loop.open_index(run, data, RECIPE)
    begin(run)
    soundfile.write(data / "later.wav", np.ones(RATE_HZ) * 0.1, RATE_HZ)
    assert loop.open_index(run, data, RECIPE) == index
    moved = data.rename(tmp_path / "moved")
    assert loop.open_index(run, moved, RECIPE).files == index.files
    (tmp_path / "other").mkdir()
    with pytest.raises(TrainingError, match="trained on other data"):
        loop.open_index(run, tmp_path / "other", RECIPE)


@pytest.mark.slow
def test_validation_is_called_when_due_and_logged(tmp_path: Path, data: Path) -> None:
    called = []

    def validate(networks: Networks, step: int) -> dict[str, float]:
        called.append(step)
        return {"mel@3": 1.5}

    trained(RECIPE, tmp_path / "run", data, loop.Hooks(on_validation=validate))
    assert called == [3, 6]
    entries = [e for e in read_log(tmp_path / "run" / "log.jsonl") if e["kind"] == "validation"]
    assert entries == [{"step": step, "kind": "validation", "mel@3": 1.5} for step in called]


@pytest.mark.slow
def test_a_file_that_breaks_in_training_is_told_once(tmp_path: Path, data: Path) -> None:
    run = tmp_path / "run"
    trained(dataclasses.replace(RECIPE, steps=2), run, data)
    (data / "1.wav").write_bytes(b"gone")
    told: list[str] = []
    trained(RECIPE, run, data, loop.Hooks(on_unreadable=told.append))
    assert told == ["1.wav"]


@pytest.mark.slow
def test_a_checkpoint_holds_the_recipe_and_only_the_newest_stay(tmp_path: Path, data: Path) -> None:
    recipe = dataclasses.replace(RECIPE, checkpoint_every=1)
    trained(recipe, tmp_path / "run", data)
    folder = tmp_path / "run" / "checkpoints"
    assert sorted(path.name for path in folder.iterdir()) == [
        f"step-{step:08d}.pt" for step in (4, 5, 6)
    ]
    newest = checkpoints.latest(folder)
    assert newest is not None
    assert to_plain(newest.recipe) == to_plain(recipe)
    newest.path.write_bytes(newest.path.read_bytes()[:1000])
    with pytest.raises(TrainingError, match=r"step-00000006\.pt: not a checkpoint"):
        checkpoints.latest(folder)
