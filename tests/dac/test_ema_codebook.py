"""Codebooks of moving averages: what they look up, how they start, learn and are restarted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.cluster.vq import kmeans2
from scipy.spatial.distance import cdist
from spread_weights import SMALL
from torch import Tensor, distributed
from torch.nn import functional

from codecbench.dac import ema_codebook
from codecbench.dac.ema_codebook import DECAY, RESTART_SHARE, EMACodebook, k_means
from codecbench.dac.quantizer import ResidualQuantizer

EMA = replace(SMALL, codebook_learning="ema", codebook_size=16, n_codebooks=2)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def toy_codebook() -> EMACodebook:
    """Four entries of two dimensions that are used alike, one in each corner."""
    codebook = EMACodebook(4, 2)
    corners = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    codebook.counts.fill_(5.0)
    codebook.sums.copy_(5 * corners)
    codebook.weight.copy_(corners)
    return codebook


def test_look_up_is_euclidean() -> None:
    codebook = EMACodebook(50, 3)
    vectors = 3 * random(200, 3)
    expected = cdist(vectors.numpy(), codebook.weight.numpy()).argmin(1)
    np.testing.assert_array_equal(codebook.nearest(vectors).numpy(), expected)


def test_entries_are_moving_averages() -> None:
    """arXiv 1711.00937, equations 6 to 8, worked out for each entry in float64."""
    codebook = toy_codebook()
    vectors = 2 * random(30, 2)
    codes = codebook.nearest(vectors)
    codebook.learn(vectors, codes)
    corners = toy_codebook().weight.double()
    for entry in range(4):
        own = vectors[codes == entry].double()
        count = DECAY * 5 + (1 - DECAY) * len(own)
        total = DECAY * 5 * corners[entry] + (1 - DECAY) * own.sum(0)
        assert float(codebook.counts[entry]) == pytest.approx(count)
        torch.testing.assert_close(codebook.weight[entry], (total / count).float())


def test_autocast_takes_no_precision_from_codebooks() -> None:
    vectors, learnt = 5 + random(300, 8), []
    for mixed in (False, True):
        codebook = EMACodebook(32, 8)
        torch.manual_seed(0)
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            codebook.start(vectors)
            codebook.learn(vectors, codebook.nearest(vectors))
        learnt.append(codebook.weight)
    assert torch.equal(*learnt)


def test_with_one_batch_again_and_again_entries_become_its_means() -> None:
    codebook = toy_codebook()
    vectors = toy_codebook().weight.repeat(8, 1) + 0.1 * random(32, 2)
    for _ in range(2000):
        codebook.learn(vectors, codebook.nearest(vectors))
    for entry in range(4):
        torch.testing.assert_close(
            codebook.weight[entry], vectors[entry::4].mean(0), atol=1e-5, rtol=0
        )
    torch.testing.assert_close(codebook.counts, torch.full((4,), 8.0), rtol=1e-5, atol=0)


def test_an_entry_that_nobody_asks_for_is_restarted_from_the_batch() -> None:
    codebook = toy_codebook()
    codebook.weight[0] = codebook.sums[0] = 100.0
    codebook.counts[0] = 1.0
    vectors = toy_codebook().weight[1:].repeat(7, 1)
    steps = 0
    while codebook.weight[0, 0] > 50:
        assert float(codebook.counts[0]) > RESTART_SHARE * float(codebook.counts.mean())
        codebook.learn(vectors, codebook.nearest(vectors))
        steps += 1
        assert steps < 200
    assert steps > 20
    assert any(torch.equal(codebook.weight[0], vector) for vector in vectors)
    # It starts as if used like the others, and so isn't restarted at once.
    chosen = codebook.weight[0].clone()
    codebook.learn(vectors, torch.arange(21) % 3 + 1)
    torch.testing.assert_close(codebook.weight[0], chosen)
    torch.testing.assert_close(codebook.weight[1:], toy_codebook().weight[1:])


def test_k_means_is_scipys() -> None:
    vectors = random(300, 5)
    starts = vectors[:12]
    expected, codes = kmeans2(
        vectors.double().numpy(),
        starts.double().numpy(),
        iter=ema_codebook.K_MEANS_ITERATIONS,
        minit="matrix",
        missing="raise",
    )
    found = k_means(vectors, starts)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)
    assert len(set(codes)) == 12


def test_k_means_rests_at_the_means_and_leaves_empty_entries() -> None:
    vectors = torch.tensor([[0.0, 0.0], [0.0, 2.0], [9.0, 0.0], [9.0, 2.0]])
    means = torch.tensor([[0.0, 1.0], [9.0, 1.0], [50.0, 50.0]])
    assert torch.equal(k_means(vectors, means), means)


@pytest.mark.parametrize("count", [5, 400], ids=["fewer than entries", "more"])
def test_the_first_batch_starts_the_codebook(count: int) -> None:
    codebook, vectors = EMACodebook(16, 3), random(count, 3) + 7
    torch.manual_seed(0)
    codebook.start(vectors)
    first = codebook.weight.clone()
    assert (first > 2).all()
    torch.testing.assert_close(codebook.counts, torch.full((16,), count / 16))
    torch.testing.assert_close(codebook.sums / codebook.counts[:, None], first)
    codebook.start(vectors - 7)
    assert torch.equal(codebook.weight, first)
    again = EMACodebook(16, 3)
    torch.manual_seed(0)
    again.start(vectors)
    assert torch.equal(again.weight, first)


def test_codebooks_learn_in_training_alone() -> None:
    quantizer = ResidualQuantizer(EMA)
    latents = random(2, EMA.latent_channels, 60)
    before = {key: value.clone() for key, value in quantizer.state_dict().items()}
    quantizer.eval()(latents)
    assert all(torch.equal(before[key], value) for key, value in quantizer.state_dict().items())
    found = quantizer.train()(latents)
    changed = {
        key for key, value in quantizer.state_dict().items() if not torch.equal(before[key], value)
    }
    assert changed == {key for key in before if ".codebook." in key}
    assert float(found.codebook_loss) == 0
    assert float(found.commitment_loss.detach()) > 0
    assert not any("codebook" in name for name, _ in quantizer.named_parameters())


def test_the_error_falls_while_codebooks_learn() -> None:
    """And the projections learn through them, by the straight-through gradient."""
    torch.manual_seed(0)
    quantizer = ResidualQuantizer(replace(EMA, quantizer_dropout=0.0)).train()
    optimiser = torch.optim.Adam(quantizer.parameters(), 3e-3)
    errors = []
    for step in range(60):
        latents = random(4, EMA.latent_channels, 50, seed=step)
        latents[:, 2:] = latents[:, :1]  # what a few dimensions can carry
        found = quantizer(latents)
        error = functional.mse_loss(found.z, latents)
        errors.append(float(error.detach()))
        optimiser.zero_grad()
        (error + 0.25 * found.commitment_loss).backward()
        optimiser.step()
    assert errors[-1] < 0.4 * errors[0]


def _learn_in_process(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    meeting = f"file://{folder}/store"
    distributed.init_process_group("gloo", meeting, rank=rank, world_size=2)
    vectors = random(200, 3)[rank::2]
    started, preset = EMACodebook(8, 3), EMACodebook(8, 3)
    torch.manual_seed(rank)
    started.start(vectors)
    _preset(preset)
    preset.learn(vectors, preset.nearest(vectors))
    torch.save([started.state_dict(), preset.state_dict()], f"{folder}/{rank}.pt")
    distributed.destroy_process_group()


def _preset(codebook: EMACodebook) -> None:
    entries = random(8, 3, seed=5)
    codebook.load_state_dict(
        {"weight": entries, "counts": torch.full((8,), 9.0), "sums": 9 * entries}
    )


@pytest.mark.slow
def test_two_processes_learn_one_codebook(tmp_path: Path) -> None:
    """Of the halves of a batch each learns what one process learns of the whole."""
    context = torch.multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_learn_in_process, args=(rank, str(tmp_path))) for rank in (0, 1)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    (start_a, learnt_a), (start_b, learnt_b) = (
        torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1)
    )
    vectors = random(200, 3)
    alone = EMACodebook(8, 3)
    _preset(alone)
    alone.learn(vectors, alone.nearest(vectors))
    for key, tensor in alone.state_dict().items():
        assert torch.equal(start_a[key], start_b[key])
        assert torch.equal(learnt_a[key], learnt_b[key])
        torch.testing.assert_close(learnt_a[key], tensor)
    torch.manual_seed(0)
    starts = vectors[::2][torch.randperm(100)[:8]]  # drawn by the first process from its half
    torch.testing.assert_close(start_a["weight"], k_means(vectors, starts))
