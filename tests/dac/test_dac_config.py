"""The configuration: published bitrates, and shapes that no network can have."""

from __future__ import annotations

from typing import Any

import pytest

from codecbench.dac.config import PRESETS, DACConfig
from codecbench.errors import UsageError


@pytest.mark.parametrize(
    ("preset", "bitrate_bps"),
    [("44khz", 7752), ("44khz-16kbps", 15504), ("24khz", 24000), ("16khz", 6000)],
)
def test_bitrate_is_rate_over_hop_times_bits(preset: str, bitrate_bps: int) -> None:
    config = PRESETS[preset]
    assert round(config.bitrate_bps_per_codebook * config.n_codebooks) == bitrate_bps


@pytest.mark.parametrize(("size", "bits"), [(2, 1), (1000, 10), (1024, 10), (1025, 11)])
def test_bits_per_code(size: int, bits: int) -> None:
    assert DACConfig(codebook_size=size).bits_per_code == bits


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"encoder_rates": (2, 4, 8)}, "same hop"),
        ({"encoder_rates": (), "decoder_rates": ()}, "encoder_rates"),
        ({"encoder_rates": (1, 8), "decoder_rates": (8, 1)}, "strides of 2"),
        ({"decoder_dim": 24}, "decoder_dim"),
        ({"n_codebooks": 0}, "n_codebooks"),
        ({"codebook_size": 1}, "codebook_size"),
        ({"quantizer_dropout": 1.5}, "quantizer_dropout"),
        ({"sample_rate": -1}, "sample_rate"),
        ({"latent_dim": 0}, "latent_dim"),
    ],
)
def test_refuses_shapes_that_cannot_be(values: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        DACConfig(**values)
