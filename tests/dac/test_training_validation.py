"""Validation counts codes, scores at three depths, and leaves the model as it was."""

from __future__ import annotations

import numpy as np
import torch

from codecbench.cli.train_watch import codebook_figures, scores_of
from codecbench.dac.config import DACConfig
from codecbench.dac.model import DAC
from codecbench.dac.training.validation import Samples, validate

CONFIG = DACConfig(
    encoder_dim=4,
    encoder_rates=(2, 4),
    decoder_dim=8,
    decoder_rates=(4, 2),
    n_codebooks=5,
    codebook_size=16,
    codebook_dim=4,
)


def excerpts() -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    return [0.1 * torch.randn(1, n, generator=random) for n in (800, 403)]


def lengths(reference: Samples, estimate: Samples, rate_hz: int) -> dict[str, float]:
    assert reference.shape == estimate.shape
    assert rate_hz == 44100
    return {"length": float(len(estimate))}


def test_scores_are_means_over_excerpts_at_three_depths() -> None:
    torch.manual_seed(0)
    found = validate(DAC(CONFIG), excerpts(), lengths)
    assert found.scores == {(books, "length"): 601.5 for books in (1, 3, 5)}


def test_codes_are_counted_and_samples_kept() -> None:
    torch.manual_seed(0)
    model = DAC(CONFIG)
    found = validate(model, excerpts(), lengths, samples=1)
    assert found.counts.sum(1).tolist() == [100 + 51] * 5
    with torch.inference_mode():
        codes = model.eval().encode(excerpts()[0][None]).codes
        expected = model.decode(model.quantizer.from_codes(codes))[0, 0, :800]
    ((reference, estimate),) = found.samples
    np.testing.assert_array_equal(reference, excerpts()[0][0])
    np.testing.assert_allclose(estimate, expected, atol=1e-6)


def test_the_mode_comes_back_and_no_gradient_is_kept() -> None:
    model = DAC(CONFIG).train()
    validate(model, excerpts(), lengths)
    assert model.training
    assert validate(model, excerpts(), lengths).scores
    assert all(parameter.grad is None for parameter in model.parameters())
    model.eval()
    validate(model, excerpts(), lengths)
    assert not model.training


def test_scores_are_the_projects_metrics_and_leave_out_what_has_no_value() -> None:
    score = scores_of(["mel", "si_sdr"])
    reference = 0.1 * np.random.default_rng(0).standard_normal(20000).astype(np.float32)
    values = score(reference, 0.5 * reference, 44100)
    # Halving the level: 7 windows of log10 2, less an empty band, and nothing that SI-SDR hears.
    np.testing.assert_allclose(values["mel"], 7 * np.log10(2), rtol=0.02)
    assert values["si_sdr"] > 100
    assert score(reference[:100], reference[:100], 44100).keys() == {"si_sdr"}


def test_figures_of_codebooks_in_even_and_single_use() -> None:
    from codecbench.dac.training.validation import Validation

    counts = np.array([[5, 5, 5, 5], [20, 0, 0, 0]])
    figures = codebook_figures(Validation({}, counts, ()))
    assert figures["usage"] == [1.0, 0.25]
    assert figures["efficiency"] == [1.0, 0.0]
    assert figures["bitrate_efficiency"] == 0.5
