"""Validation: what the codec makes of held-out excerpts, by metrics that the caller brings.

Each excerpt is coded with the first codebook alone, with half of them, and with all: a codec whose
later codebooks add nothing shows here first. How the codebooks are used is counted over all
excerpts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from codecbench.dac.model import DAC

Samples = npt.NDArray[np.float32]

Scores = Callable[[Samples, Samples, int], Mapping[str, float]]
"""(reference (samples,), estimate (samples,), sample rate in Hz) -> a value for each metric.

A metric that cannot score the pair is left out.
"""


@dataclass(frozen=True)
class Validation:
    """What was found.

    scores: (codebooks, metric) -> its mean over the excerpts that have it.
    counts: (codebooks, codebook_size), how often each code came, over all excerpts.
    samples: the first excerpts and what the codec makes of them with all codebooks, (samples,).
    """

    scores: Mapping[tuple[int, str], float]
    counts: npt.NDArray[np.int64]
    samples: tuple[tuple[Samples, Samples], ...]


def validate(model: DAC, excerpts: Sequence[Tensor], score: Scores, samples: int = 4) -> Validation:
    """Code each excerpt (1, samples) and score it. The model is left in the mode it came in."""
    config = model.config
    depths = sorted({1, math.ceil(config.n_codebooks / 2), config.n_codebooks})
    values: dict[tuple[int, str], list[float]] = {}
    counts = np.zeros((config.n_codebooks, config.codebook_size), np.int64)
    heard: list[tuple[Samples, Samples]] = []
    device = next(model.parameters()).device
    with _evaluating(model):
        for excerpt in excerpts:
            reference = excerpt[0].numpy()
            codes = model.encode(excerpt[None].to(device)).codes
            for book, row in enumerate(codes[0].cpu().numpy()):
                counts[book] += np.bincount(row, minlength=config.codebook_size)
            for depth in depths:
                # Codes of the first codebooks don't depend on how many come after.
                decoded = model.decode(model.quantizer.from_codes(codes[:, :depth]))
                estimate = decoded[0, 0, : len(reference)].float().cpu().numpy()
                for metric, value in score(reference, estimate, config.sample_rate).items():
                    values.setdefault((depth, metric), []).append(value)
            if len(heard) < samples:
                heard.append((reference, estimate))
    means = {key: math.fsum(found) / len(found) for key, found in values.items()}
    return Validation(means, counts, tuple(heard))


@contextmanager
def _evaluating(model: DAC) -> Iterator[None]:
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(was_training)
