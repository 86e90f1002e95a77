"""Codebook statistics against closed forms and scipy's entropy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from codecbench.errors import Unscorable, UsageError
from codecbench.metrics.codebooks import (
    bitrate_efficiency,
    codebook_usage,
    entropy_bits,
    perplexity,
    usage,
)


def test_uniform_codes_are_fully_efficient() -> None:
    counts = np.full((3, 1024), 7)
    np.testing.assert_allclose(entropy_bits(counts), 10)
    np.testing.assert_allclose(perplexity(counts), 1024)
    assert bitrate_efficiency(counts) == pytest.approx(1)
    assert codebook_usage(counts) == 1


def test_a_collapsed_codebook_carries_nothing() -> None:
    counts = np.zeros((2, 1024), np.int64)
    counts[0, 5] = 100  # one entry
    counts[1, :256] = 3  # a quarter of the entries, evenly
    np.testing.assert_allclose(entropy_bits(counts), [0, 8])
    np.testing.assert_allclose(perplexity(counts), [1, 256])
    np.testing.assert_allclose(usage(counts), [1 / 1024, 1 / 4])
    assert codebook_usage(counts) == pytest.approx((1 / 1024 + 1 / 4) / 2)
    assert bitrate_efficiency(counts) == pytest.approx(8 / 20)


def test_entropy_agrees_with_scipy() -> None:
    counts = np.random.default_rng(0).poisson(2.0, (4, 64))
    np.testing.assert_allclose(entropy_bits(counts), scipy.stats.entropy(counts, base=2, axis=1))


def test_what_cannot_be_measured() -> None:
    with pytest.raises(Unscorable, match="no codes"):
        bitrate_efficiency(np.array([[1, 2], [0, 0]]))
    with pytest.raises(Unscorable, match="no codes"):
        codebook_usage(np.zeros((0, 4), np.int64))
    for counts in (np.ones(4, np.int64), np.ones((2, 1), np.int64), np.array([[1, -1]])):
        with pytest.raises(UsageError, match="shape"):
            entropy_bits(counts)
