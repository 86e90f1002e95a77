"""How well a codec uses its codebooks, from counts of its codes over a whole run.

Counts have the shape (codebooks, codebook_size): how often each entry of each codebook was sent,
pooled over the clips. Per codebook, with p the relative counts:

    entropy_bits  H = -sum p log2 p              0 to log2(size)
    perplexity    2^H                            1 to size: the entries in effective use
    usage         entries sent at least once / size

Over all codebooks:

    codebook_usage      mean usage; 0 to 1
    bitrate_efficiency  sum H / (codebooks · log2 size): the share of the bits that an ideal
                        entropy coder of single codes could not save; 0 to 1

Higher is better for all of them. Entropy of few samples is biased low: at least 10 frames per entry
should be counted, so report the count beside it. All raise `Unscorable` for a codebook without
counts and `UsageError` for counts of another shape. Source: bitrate efficiency in Kumar et al.,
arXiv 2306.06546; perplexity in van den Oord et al., arXiv 1711.00937.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from codecbench.errors import Unscorable, UsageError

Counts = npt.NDArray[np.integer]
"""Codes counted, shape (codebooks, codebook_size)."""

PerCodebook = npt.NDArray[np.float64]
"""One value per codebook, shape (codebooks,)."""


def usage(counts: Counts) -> PerCodebook:
    """Share of the entries sent at least once, 0 to 1, shape (codebooks,)."""
    share: PerCodebook = np.mean(_checked(counts) > 0, axis=1)
    return share


def codebook_usage(counts: Counts) -> float:
    """Share of the entries of all codebooks sent at least once, 0 to 1."""
    return float(usage(counts).mean())


def entropy_bits(counts: Counts) -> PerCodebook:
    """Entropy of the codes in bits, 0 to log2(size), shape (codebooks,)."""
    counts = _checked(counts)
    shares = counts / counts.sum(axis=1, keepdims=True)
    surprise = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    entropy: PerCodebook = np.abs(np.sum(shares * surprise, axis=1))
    return entropy


def perplexity(counts: Counts) -> PerCodebook:
    """Entries in effective use, 1 to size, shape (codebooks,)."""
    return np.exp2(entropy_bits(counts))


def bitrate_efficiency(counts: Counts) -> float:
    """Entropy of all codebooks over the bits that they are sent with, 0 to 1."""
    entropy = entropy_bits(counts)
    return float(entropy.sum() / (len(entropy) * np.log2(counts.shape[1])))


def _checked(counts: Counts) -> Counts:
    if counts.ndim != 2 or counts.shape[1] < 2 or counts.min(initial=0) < 0:
        raise UsageError(
            f"counts of codes have the shape {counts.shape}: expected (codebooks, codebook_size) "
            "with at least 2 entries each and nothing negative"
        )
    totals = counts.sum(axis=1)
    if not len(totals) or not totals.all():
        raise Unscorable("no codes were counted for at least one codebook")
    return counts
