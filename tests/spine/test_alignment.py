"""Delays by cross-correlation: a delay that was put in comes out."""

from __future__ import annotations

import numpy as np
import pytest

from codecbench.alignment import delay_samples, undo_delay

NOISE = np.random.default_rng(0).standard_normal((1, 8000)).astype(np.float32)


@pytest.mark.parametrize("delay", [0, 1, 20, -7, 3999, -4000])
def test_a_known_delay_is_found_and_undone(delay: int) -> None:
    late = undo_delay(NOISE, -delay)
    assert delay_samples(NOISE, late, 8000) == delay
    kept = slice(max(0, -delay), NOISE.shape[1] - max(0, delay))
    assert np.array_equal(undo_delay(late, delay)[:, kept], NOISE[:, kept])


def test_delays_beyond_half_a_second_are_not_looked_for() -> None:
    assert abs(delay_samples(NOISE, undo_delay(NOISE, -6000), 8000)) <= 4000
