"""Batches of a training: the same whatever reads them, from any step on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from audio_folders import RATE_HZ, indexed, noise, write

from codecbench.dac.training.batches import batches
from codecbench.dac.training.excerpts import Excerpts
from codecbench.dac.training.recipe import DataConfig
from codecbench.errors import AudioError, UsageError

SAMPLES = 2048


@pytest.fixture
def excerpts(tmp_path: Path) -> Excerpts:
    for k in range(5):
        write(tmp_path / f"{'ab'[k % 2]}/{k}.wav", noise(1.5, seed=k))
    index = indexed(tmp_path, excerpt_s=SAMPLES / RATE_HZ)
    return Excerpts(index, DataConfig(gate_tries=2), RATE_HZ, SAMPLES, seed=5)


def audio_of(excerpts: Excerpts, workers: int = 0, first: int = 0) -> torch.Tensor:
    found = list(batches(excerpts, 4, first, 5, workers))
    assert all(failed == () for _, failed in found)
    return torch.stack([audio for audio, _ in found])


def test_step_k_takes_the_excerpts_from_k_times_the_batch_on(excerpts: Excerpts) -> None:
    audio = audio_of(excerpts)
    assert audio.shape == (6, 4, 1, SAMPLES)
    expected = torch.stack([excerpts[n].audio for n in range(24)])
    assert torch.equal(audio.flatten(0, 1), expected)


def test_workers_change_nothing(excerpts: Excerpts) -> None:
    alone = audio_of(excerpts)
    for workers in (1, 2):
        assert torch.equal(audio_of(excerpts, workers), alone)


def test_a_training_goes_on_at_any_step(excerpts: Excerpts) -> None:
    assert torch.equal(audio_of(excerpts, first=3), audio_of(excerpts)[3:])
    assert list(batches(excerpts, 4, 6, 5, workers=0)) == []


def test_processes_share_each_batch(excerpts: Excerpts) -> None:
    shares = [list(batches(excerpts, 4, 0, 5, 0, rank, processes=2)) for rank in (0, 1)]
    joined = [torch.cat([x, y]) for (x, _), (y, _) in zip(*shares, strict=True)]
    assert torch.equal(torch.stack(joined), audio_of(excerpts))


def test_batches_leave_the_training_s_random_numbers_alone(excerpts: Excerpts) -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    audio_of(excerpts)
    assert torch.equal(torch.get_rng_state(), before)


def test_uneven_shares_and_ranks_that_are_not_are_refused(excerpts: Excerpts) -> None:
    with pytest.raises(UsageError, match="a batch of 4 cannot be shared by 3 processes"):
        batches(excerpts, 4, 0, 5, 0, processes=3)
    with pytest.raises(UsageError, match="rank must lie"):
        batches(excerpts, 4, 0, 5, 0, rank=2, processes=2)


def test_failed_files_come_with_their_batch(excerpts: Excerpts, tmp_path: Path) -> None:
    (tmp_path / "a/2.wav").unlink()
    found = list(batches(excerpts, 6, 0, 2, workers=0))
    assert all(audio.shape == (6, 1, SAMPLES) for audio, _ in found)
    assert {failed for _, failed in found} <= {(), ("a/2.wav",)}
    assert any(failed for _, failed in found)


def test_the_error_of_a_worker_arrives_as_it_was(excerpts: Excerpts, tmp_path: Path) -> None:
    for path in tmp_path.rglob("*.wav"):
        path.unlink()
    with pytest.raises(AudioError) as caught:
        next(batches(excerpts, 4, 0, 5, workers=1))
    assert str(caught.value).startswith(f"{tmp_path}: 8 files in a row cannot be read")
