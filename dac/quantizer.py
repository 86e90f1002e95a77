"""Residual vector quantization with factorised, L2-normalised codes.

Each codebook looks up in a few dimensions (8) by cosine similarity what the codebooks before it
left over, and gives the raw vector of the codebook. Codebooks learn by gradient.
Source: arXiv 2306.06546, section 3.2; factorised codes from ViT-VQGAN, arXiv 2110.04627.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from codecbench.dac.config import DACConfig
from codecbench.dac.layers import Conv1d
from codecbench.errors import UsageError


@dataclass(frozen=True)
class Quantized:
    """What the quantizer makes of latents.

    z: (batch, latent_channels, frames), the sum over the codebooks in use.
    codes: (batch, codebooks, frames), int64.
    projections: (batch, codebooks · codebook_dim, frames), what each codebook was asked to look up.
    commitment_loss, codebook_loss: scalars, mean squared error summed over codebooks.
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
        self.codebook = nn.Embedding(config.codebook_size, config.codebook_dim)

    def nearest(self, projection: Tensor) -> Tensor:
        """(batch, codebook_dim, frames) -> codes (batch, frames) of the greatest cosine."""
        batch, dim, frames = projection.shape
        vectors = functional.normalize(projection.transpose(1, 2).reshape(batch * frames, dim))
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

        Returns its approximation, codes (batch, frames), the projection that was looked up, and the
        commitment and codebook losses, one per item of the batch.
        """
        projection: Tensor = self.in_proj(residual)
        codes = self.nearest(projection)
        vectors = self.vectors(codes)
        commitment = functional.mse_loss(projection, vectors.detach(), reduction="none").mean(
            [1, 2]
        )
        codebook = functional.mse_loss(vectors, projection.detach(), reduction="none").mean([1, 2])
        # In inference too: x + (v - x) is not v to the last bit, and the next residual needs it.
        passed = projection + (vectors - projection).detach()
        return self.out_proj(passed), codes, projection, commitment, codebook


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
