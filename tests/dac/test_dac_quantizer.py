"""The quantizer: cosine look-up, losses, gradient, number of codebooks, dropout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from spread_weights import SMALL

from codecbench.dac.quantizer import ResidualQuantizer
from codecbench.errors import UsageError


@pytest.fixture
def quantizer() -> ResidualQuantizer:
    torch.manual_seed(0)
    return ResidualQuantizer(SMALL)


@pytest.fixture
def latents() -> torch.Tensor:
    return torch.randn(4, SMALL.latent_channels, 50, generator=torch.Generator().manual_seed(1))


def test_codes_have_the_greatest_cosine(
    quantizer: ResidualQuantizer, latents: torch.Tensor
) -> None:
    with torch.no_grad():
        found = quantizer.eval()(latents, 1)
    asked = found.projections.numpy().transpose(0, 2, 1).astype(np.float64)
    entries = quantizer.state_dict()["quantizers.0.codebook.weight"].numpy().astype(np.float64)
    cosine = asked @ entries.T / np.linalg.norm(asked, axis=2)[..., None]
    expected = (cosine / np.linalg.norm(entries, axis=1)).argmax(axis=2)
    np.testing.assert_array_equal(found.codes[:, 0].numpy(), expected)
    raw = entries[expected]
    assert float(found.commitment_loss) == pytest.approx(np.mean((asked - raw) ** 2), rel=1e-5)
    assert float(found.codebook_loss) == pytest.approx(np.mean((asked - raw) ** 2), rel=1e-5)


def test_fewer_codebooks_are_the_first_ones(
    quantizer: ResidualQuantizer, latents: torch.Tensor
) -> None:
    whole, part = quantizer.eval()(latents), quantizer(latents, 3)
    assert torch.equal(part.codes, whole.codes[:, :3])
    torch.testing.assert_close(quantizer.from_codes(part.codes), part.z)


def test_the_number_of_codebooks_is_honoured_in_training(
    quantizer: ResidualQuantizer, latents: torch.Tensor
) -> None:
    inferred = quantizer.eval()(latents, 2)
    trained = quantizer.train()(latents, 2)
    assert torch.equal(trained.codes, inferred.codes)
    assert torch.equal(trained.z, inferred.z)
    assert torch.equal(trained.commitment_loss, inferred.commitment_loss)


def test_dropout_gives_the_first_half_of_the_batch_fewer_codebooks(
    quantizer: ResidualQuantizer, latents: torch.Tensor
) -> None:
    quantizer.train()
    depths = set()
    for seed in range(12):
        torch.manual_seed(seed)
        found = quantizer(latents)
        assert found.codes.shape[1] == SMALL.n_codebooks
        for item in range(4):
            fits = [
                n
                for n in range(1, SMALL.n_codebooks + 1)
                if torch.allclose(found.z[item], quantizer(latents, n).z[item], atol=1e-6)
            ]
            assert len(fits) == 1
            assert item < 2 or fits == [SMALL.n_codebooks]
            depths.update(fits)
    assert depths == set(range(1, SMALL.n_codebooks + 1))


def test_without_dropout_training_uses_all(latents: torch.Tensor) -> None:
    torch.manual_seed(0)
    quantizer = ResidualQuantizer(replace(SMALL, quantizer_dropout=0.0))
    assert torch.equal(quantizer.train()(latents).z, quantizer.eval()(latents).z)


def test_the_gradient_passes_straight_through(quantizer: ResidualQuantizer) -> None:
    latents = torch.randn(1, SMALL.latent_channels, 10, requires_grad=True)
    quantizer(latents, 1).z.sum().backward()
    first = quantizer.quantizers[0]
    weights = [getattr(first, f"{end}_proj").effective_weight()[..., 0] for end in ("in", "out")]
    expected = weights[0].T @ weights[1].T @ torch.ones(SMALL.latent_channels, 10)
    assert latents.grad is not None
    torch.testing.assert_close(latents.grad[0], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("count", [0, -1, 6])
def test_refuses_codebooks_that_it_lacks(quantizer: ResidualQuantizer, count: int) -> None:
    with pytest.raises(UsageError, match=r"1\.\.5"):
        quantizer(torch.zeros(1, SMALL.latent_channels, 3), count)


def test_refuses_codes_of_more_codebooks(quantizer: ResidualQuantizer) -> None:
    with pytest.raises(UsageError, match="6 codebooks"):
        quantizer.from_codes(torch.zeros(1, 6, 3, dtype=torch.int64))
