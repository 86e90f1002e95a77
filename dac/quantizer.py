"""Residual vector quantization with factorised, L2-normalised codes.

Each codebook looks up in a few dimensions (8) by cosine similarity what the codebooks before it
left over, and gives the raw vector of the codebook. Codebooks learn by gradient, or where the
configuration says so as moving averages, with a Euclidean look-up (`ema_codebook`).
Source: arXiv 2306.06546, section 3.2; factorised codes from ViT-VQGAN, arXiv 2110.04627.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from codecbench.dac.config import DACConfig
from codecbench.dac.ema_codebook import EMACodebook
from codecbench.dac.layers import Conv1d
from codecbench.errors import UsageError


@dataclass(frozen=True)
class Quantized:
    """What the quantizer makes of latents.

    z: (batch, latent_channels, frames), the sum over the codebooks in use.
    codes: (batch, codebooks, frames), int64.
    projections: (batch, codebooks · codebook_dim, frames), what each codebook was asked to look up.
    commitment_loss, codebook_loss: scalars, mean squared error summed over codebooks; the second is
        0 for codebooks that don't learn by gradient.
    """

    z: Tensor
    codes: Tensor
    projections: Tensor
    commitment_loss: Tensor
    codebook_loss: Tensor


class VectorQuantizer(nn.Module):
    """One codebook with its projections into and out of the space of the look-up."""

    def __init__(self, config: DACConfig) -> None:
        super().__init__()
        self.in_proj = Conv1d(config.latent_channels, config.codebook_dim, 1)
        self.out_proj = Conv1d(config.codebook_dim, config.latent_channels, 1)
        size, dim = config.codebook_size, config.codebook_dim
        averaged = config.codebook_learning == "ema"
        self.codebook = EMACodebook(size, dim) if averaged else nn.Embedding(size, dim)

    def nearest(self, projection: Tensor) -> Tensor:
        """(batch, codebook_dim, frames) -> codes (batch, frames) of the greatest cosine.

        Of the least Euclidean distance where the codebook learns as a moving average.
        """
        batch, _, frames = projection.shape
        if isinstance(self.codebook, EMACodebook):
            return self.codebook.nearest(_rows(projection)).reshape(batch, frames)
        vectors = functional.normalize(_rows(projection))
        entries = functional.normalize(self.codebook.weight)
        distance = (
            vectors.pow(2).sum(1, keepdim=True)
            - 2 * vectors @ entries.t()
            + entries.pow(2).sum(1, keepdim=True).t()
        )
        # argmin may choose another of two equal entries than the released code, which does this.
        return (-distance).max(1)[1].reshape(batch, frames)

    def vectors(self, codes: Tensor) -> Tensor:
        """(batch, frames) -> codebook vectors (batch, codebook_dim, frames)."""
        found: Tensor = self.codebook(codes)
        return found.transpose(1, 2)

    def forward(self, residual: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Quantize (batch, latent_channels, frames) with the straight-through gradient.

        In training mode a codebook of moving averages learns from what it is asked here: from all
        items, those too whose codes are dropped, which are drawn without regard to what they hold.
        Returns its approximation, codes (batch, frames), the projection that was looked up, and the
        commitment and codebook losses, one per item of the batch.
        """
        projection: Tensor = self.in_proj(residual)
        averaged = self.codebook if isinstance(self.codebook, EMACodebook) else None
        if averaged is not None and self.training:
            averaged.start(_rows(projection))
        codes = self.nearest(projection)
        vectors = self.vectors(codes)
        commitment = functional.mse_loss(projection, vectors.detach(), reduction="none").mean(
            [1, 2]
        )
        if averaged is None:
            codebook = functional.mse_loss(vectors, projection.detach(), reduction="none")
            codebook = codebook.mean([1, 2])
        else:
            codebook = torch.zeros_like(commitment)
            if self.training:
                averaged.learn(_rows(projection), codes.flatten())
        # In inference too: x + (v - x) is not v to the last bit, and the next residual needs it.
        passed = projection + (vectors - projection).detach()
        return self.out_proj(passed), codes, projection, commitment, codebook


def _rows(projection: Tensor) -> Tensor:
    """(batch, dim, frames) -> (batch·frames, dim)."""
    return projection.transpose(1, 2).reshape(-1, projection.shape[1])


@torch.no_grad()
def invert_projections(quantizer: ResidualQuantizer) -> None:
    """Make each projection out of the look-up's space the inverse of the one into it.

    Rows of both become orthonormal. So each codebook begins by taking away what it codes; with
    projections drawn at random the residual grows at first from one codebook to the next, and a
    short training ends before they have learned otherwise.
    """
    for layer in quantizer.quantizers:
        assert isinstance(layer, VectorQuantizer)
        rows = torch.empty(layer.in_proj.bias.shape[0], layer.out_proj.bias.shape[0])
        nn.init.orthogonal_(rows)
        layer.in_proj.set_weight(rows[:, :, None])
        layer.out_proj.set_weight(rows.t()[:, :, None])


class ResidualQuantizer(nn.Module):
    """Codebooks in a row, each on what the ones before it left over."""

    def __init__(self, config: DACConfig) -> None:
        super().__init__()
        self.dropout = config.quantizer_dropout
        self.quantizers = nn.ModuleList(VectorQuantizer(config) for _ in range(config.n_codebooks))

    def _depths(self, batch: int, device: torch.device) -> Tensor:
        """Codebooks for each item, (batch,): the first of the batch draw, the rest use all."""
        total = len(self.quantizers)
        depths = torch.full((batch,), total, device=device)
        drawing = int(batch * self.dropout)
        depths[:drawing] = torch.randint(1, total + 1, (batch,))[:drawing].to(device)
        return depths

    def forward(self, latents: Tensor, n_quantizers: int | None = None) -> Quantized:
        """Quantize (batch, latent_channels, frames).

        n_quantizers: codebooks to use, in training mode too. Without it all are used; in training
        mode then `quantizer_dropout` of the batch draws its number from 1 to all, and codes still
        come from every codebook. Raises `UsageError` for a number that the model does not have.
        """
        total = len(self.quantizers)
        count = total if n_quantizers is None else n_quantizers
        if not 1 <= count <= total:
            raise UsageError(f"DAC: n_quantizers must lie in 1..{total}, got {count}")
        batch = latents.shape[0]
        dropping = self.training and n_quantizers is None
        depths = self._depths(batch, latents.device) if dropping else None

        residual = latents
        z = torch.zeros_like(latents)
        commitment_loss = codebook_loss = latents.new_zeros(())
        codes: list[Tensor] = []
        projections: list[Tensor] = []
        for index in range(count):
            step, indices, projection, commitment, codebook = self.quantizers[index](residual)
            residual = residual - step
            if depths is not None:
                used = (index < depths).to(latents.dtype)
                step = step * used[:, None, None]
                commitment, codebook = commitment * used, codebook * used
            z = z + step
            commitment_loss = commitment_loss + commitment.mean()
            codebook_loss = codebook_loss + codebook.mean()
            codes.append(indices)
            projections.append(projection)
        return Quantized(
            z, torch.stack(codes, 1), torch.cat(projections, 1), commitment_loss, codebook_loss
        )

    def from_codes(self, codes: Tensor) -> Tensor:
        """Codes (batch, codebooks, frames) -> their sum (batch, latent_channels, frames).

        The codebooks are the first ones, as many as the codes have.
        """
        count = codes.shape[1]
        if not 1 <= count <= len(self.quantizers):
            raise UsageError(f"DAC: codes of {count} codebooks for {len(self.quantizers)}")
        z = torch.zeros((), device=codes.device)
        for index in range(count):
            quantizer = self.quantizers[index]
            assert isinstance(quantizer, VectorQuantizer)
            z = z + quantizer.out_proj(quantizer.vectors(codes[:, index]))
        return z
