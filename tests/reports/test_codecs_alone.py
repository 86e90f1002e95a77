"""Codebooks and speed: closed forms, and what there is too little of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_measurements import measured

from codecbench.reports.measurements import Measurements
from codecbench.reports.statistics.codebook_use import codebook_table
from codecbench.reports.statistics.speed import speed_table
from codecbench.reports.summary import summarise


def base() -> Measurements:
    return measured({"a": [8, 16]}, {"q": lambda series, kbps, clip: kbps})


def with_counts(*counts: list[list[int]], point: str = "8") -> Measurements:
    """counts: of each clip, (codebooks, entries)."""
    common = {"series": "a", "point": point, "bitrate_nominal_bps": 8000.0}
    rows = [common | {"counts": np.array(of_clip)} for of_clip in counts]
    return replace(base(), token_counts=pd.DataFrame(rows))


def test_codebooks_of_known_entropy_pooled_over_clips() -> None:
    """Uniform over four: 2 bits. Half, quarter, two eighths: 1.75. One alone: 0 (Cover, Thomas)."""
    one = [[20, 20, 0, 0], [20, 10, 10, 0], [40, 0, 0, 0]]
    other = [[0, 0, 20, 20], [20, 10, 0, 10], [40, 0, 0, 0]]
    table = codebook_table(with_counts(one, other))
    assert table.codebook.tolist() == [1, 2, 3]
    assert table.entropy_bits.tolist() == pytest.approx([2, 1.75, 0])
    assert table.perplexity.tolist() == pytest.approx([4, 2**1.75, 1])
    assert table.efficiency.tolist() == pytest.approx([1, 0.875, 0])
    assert table.used.tolist() == [4, 4, 1]
    assert table.usage.tolist() == [1, 1, 0.25]
    assert table.codes.tolist() == [80, 80, 80]
    assert table.note.tolist() == ["", "", ""]


def test_few_codes_are_noted_and_no_codes_have_no_value() -> None:
    table = codebook_table(with_counts([[5, 4, 0, 0], [0, 0, 0, 0]]))
    assert "9 codes for 4 entries" in table.note[0]
    assert np.isnan(table.entropy_bits[1])
    assert "no codes" in table.note[1]


def test_codecs_without_tokens_have_no_codebooks() -> None:
    table = codebook_table(base())
    assert table.empty
    assert "efficiency" in table.columns


def test_speed_beside_the_measured_bitrate_a_row_a_machine() -> None:
    measurements = base()
    timing = {"series": "a", "device": "cpu", "threads": 1, "rtf_encode": 0.1, "rtf_decode": 0.2}
    timings = pd.DataFrame(
        [
            timing | {"point": "16", "machine": "x"},
            timing | {"point": "8", "machine": "y"},
            timing | {"point": "8", "machine": "x", "rtf_encode": 0.3},
        ]
    )
    measurements = replace(measurements, timings=timings)
    table = speed_table(measurements, summarise(base()))
    assert table.bitrate_bps.tolist() == [8000, 8000, 16000]
    assert table.machine.tolist() == ["x", "y", "x"]
    assert table.rtf_encode.tolist() == [0.3, 0.1, 0.1]
    assert speed_table(base(), summarise(base())).empty
