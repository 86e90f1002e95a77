"""A codebook that learns as an exponential moving average of the vectors that it stands for.

The alternative to learning by gradient, as in SoundStream and EnCodec: Euclidean look-up, k-means
on the first batch, and entries that nobody asks for are restarted from the batch. All processes of
a training keep the same codebook.
Source: arXiv 1711.00937, appendix A.1; arXiv 2107.03312, section III-C; arXiv 2210.13438.
"""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional

DECAY = 0.99
"""Of counts and sums, per batch."""

K_MEANS_ITERATIONS = 10
"""On the first batch."""

RESTART_SHARE = 0.1
"""An entry is restarted where it is used less than this share of the mean.

SoundStream and EnCodec restart under 2 uses a batch. A share means the same for each batch: under
2, a batch with fewer than 2 vectors an entry would restart most of the codebook at every step.
"""


class EMACodebook(nn.Module):
    """Entries `weight` (size, dim) = `sums` / `counts`; all three are buffers, without a gradient.

    `counts` (size,): how often a batch asks for the entry; all 0 before the first batch.
    `sums` (size, dim): of the vectors that asked for it.
    """

    weight: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self, size: int, dim: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.randn(size, dim))
        self.register_buffer("counts", torch.zeros(size))
        self.register_buffer("sums", torch.zeros(size, dim))

    def forward(self, codes: Tensor) -> Tensor:
        """Codes (...), int64 -> entries (..., dim)."""
        return functional.embedding(codes, self.weight)

    def nearest(self, vectors: Tensor) -> Tensor:
        """(n, dim) -> codes (n,) of the least Euclidean distance."""
        # Products of bf16 can't tell near entries apart.
        with torch.autocast(vectors.device.type, enabled=False):
            return nearest(vectors.to(self.weight.dtype), self.weight)

    @torch.no_grad()
    def start(self, vectors: Tensor) -> None:
        """Take the entries from k-means on the first batch, (n, dim); later ones change nothing.

        Starts are drawn with torch's generator of the CPU. Fewer vectors than entries are drawn
        more than once.
        """
        if bool(self.counts.any()):
            return
        vectors, size = vectors.to(self.weight.dtype), len(self.weight)
        with torch.autocast(vectors.device.type, enabled=False):
            entries = k_means(vectors, _drawn(vectors, size))
            total = _over_processes(vectors.new_tensor(float(len(vectors))))
        # As if all were used alike: each entry has the time to find its vectors.
        self.counts.copy_((total / size).expand(size))
        self.sums.copy_(entries * self.counts[:, None])
        self.weight.copy_(entries)

    @torch.no_grad()
    def learn(self, vectors: Tensor, codes: Tensor) -> None:
        """Move towards a batch: vectors (n, dim) that were given the codes (n,)."""
        vectors, size = vectors.to(self.weight.dtype), len(self.weight)
        with torch.autocast(vectors.device.type, enabled=False):
            counts, sums = assigned(vectors, codes, size)
        self.counts.lerp_(counts, 1 - DECAY)
        self.sums.lerp_(sums, 1 - DECAY)
        mean = self.counts.mean()
        idle = self.counts < RESTART_SHARE * mean
        fresh = _drawn(vectors, size)
        self.counts.copy_(torch.where(idle, mean, self.counts))
        self.sums.copy_(torch.where(idle[:, None], fresh * mean, self.sums))
        self.weight.copy_(self.sums / self.counts[:, None])


def nearest(vectors: Tensor, entries: Tensor) -> Tensor:
    """(n, dim), (size, dim) -> the index of the nearest entry for each vector, (n,)."""
    # Half the squared distance, negated, without ‖vector‖², which all entries share.
    closeness = vectors @ entries.t() - entries.square().sum(1) / 2
    return closeness.max(1)[1]


def k_means(vectors: Tensor, entries: Tensor) -> Tensor:
    """Lloyd's algorithm on (n, dim) of all processes, from starts (size, dim) -> means (size, dim).

    An entry that no vector is nearest to stays where it is.
    """
    for _ in range(K_MEANS_ITERATIONS):
        counts, sums = assigned(vectors, nearest(vectors, entries), len(entries))
        means = sums / counts.clamp(min=1)[:, None]
        entries = torch.where(counts[:, None] > 0, means, entries)
    return entries


def assigned(vectors: Tensor, codes: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """How often each code occurs, (size,), and the sum of its vectors, (size, dim)."""
    # By a product: adding at indices is not reproducible on GPUs.
    chosen = functional.one_hot(codes, size).to(vectors.dtype)
    both = _over_processes(torch.cat([chosen.sum(0)[:, None], chosen.t() @ vectors], dim=1))
    return both[:, 0], both[:, 1:]


def _drawn(vectors: Tensor, count: int) -> Tensor:
    """Vectors drawn at random, (count, dim), the same in all processes: those of the first."""
    if count <= len(vectors):
        chosen = torch.randperm(len(vectors))[:count]
    else:
        chosen = torch.randint(len(vectors), (count,))
    drawn = vectors[chosen.to(vectors.device)]
    if distributed.is_available() and distributed.is_initialized():
        distributed.broadcast(drawn, 0)
    return drawn


def _over_processes(tensor: Tensor) -> Tensor:
    """The sum over all processes."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.all_reduce(tensor)
    return tensor
