"""Bimodality, use of the scale and agreement against closed forms and a published table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from rated_designs import STANDARD, design, ratings

from codecbench.listening_test.reliability import panel_reliability, replicate_agreement
from codecbench.listening_test.tables import cells
from codecbench.listening_test.uncomputable import Uncomputable
from codecbench.listening_test.warnings_on_scale import BIMODAL, bimodality, scale_warnings

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)


def test_a_published_panel() -> None:
    """Shrout and Fleiss (1979), tables 2 and 4: ICC(2,1) .29, ICC(2,k) .62, ICC(3,k) .91."""
    found = panel_reliability(SHROUT_FLEISS)
    assert found.icc_2_1 == pytest.approx(0.29, abs=5e-3)
    assert found.icc_2_k == pytest.approx(0.62, abs=5e-3)
    assert found.cronbach_alpha == pytest.approx(0.91, abs=5e-3)
    assert (found.raters, found.stimuli) == (4, 6)


def test_cronbach_as_it_is_defined() -> None:
    """k / (k-1) (1 - Σ variance of raters / variance of their sum)."""
    scores = np.random.default_rng(0).normal(50, 9, (30, 5)) + np.arange(30)[:, None]
    variances = scores.var(axis=0, ddof=1)
    alpha = 5 / 4 * (1 - variances.sum() / scores.sum(axis=1).var(ddof=1))
    assert panel_reliability(scores).cronbach_alpha == pytest.approx(alpha)


def test_full_agreement_is_one() -> None:
    found = panel_reliability(np.repeat(np.arange(4.0)[:, None], 3, axis=1))
    assert found.icc_2_1 == found.icc_2_k == found.cronbach_alpha == 1
    with pytest.raises(Uncomputable, match="1 rater"):
        panel_reliability(np.ones((4, 1)))
    with pytest.raises(Uncomputable, match="same mean"):
        panel_reliability(np.ones((4, 3)))


def test_what_raters_repeat() -> None:
    """Differences 2 and -4 on the two stimuli: mean size 3, deviation of one sqrt((4 + 16)/2/2)."""
    test = design(2)
    first = ratings(test, {"a": {"opus@6": [50, 60]}, "b": {"opus@6": [50, 60]}})
    second = ratings(test, {"a": {"opus@6": [52, 56]}}).assign(presentation=1, page=[2, 3])
    (row,) = replicate_agreement(pd.concat([first, second])).to_dict("records")
    assert (row["rater"], row["replicates"], row["repeat_difference"]) == ("a", 2, 3)
    assert row["repeat_sd"] == pytest.approx(np.sqrt(5))
    assert replicate_agreement(first).empty


def test_bimodality_of_two_points() -> None:
    """Half 0, half 1: skewness 0, g₂ = -2, unbiased (n-1)/((n-2)(n-3)) (6 - 2(n+1))."""
    n = 10
    excess = (n - 1) / ((n - 2) * (n - 3)) * (6 - 2 * (n + 1))
    expected = 1 / (excess + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))
    assert bimodality(np.repeat([0, 100], n // 2)) == pytest.approx(expected)


def test_bimodality_in_the_limit() -> None:
    """Uniform 5/9, normal 1/3, two points 1 (SAS/STAT, procedure CLUSTER)."""
    uniform = (np.arange(100_000) + 0.5) / 100_000
    assert bimodality(uniform) == pytest.approx(BIMODAL, abs=1e-3)
    from scipy.special import ndtri

    assert bimodality(ndtri(uniform)) == pytest.approx(1 / 3, abs=1e-3)
    assert bimodality(np.repeat([0, 1], 50_000)) == pytest.approx(1, abs=1e-3)
    with pytest.raises(Uncomputable, match="3 ratings"):
        bimodality(np.arange(3))
    with pytest.raises(Uncomputable, match="equal"):
        bimodality(np.ones(9))


def test_warnings_name_the_condition() -> None:
    test = design(20)
    camps = {
        f"r{k}": {"opus@6": [10 if k % 2 else 90] * 20, "dac@8": list(range(40, 60))}
        for k in range(8)
    }
    (warning,) = scale_warnings(cells(ratings(test, camps), STANDARD))
    assert warning.startswith("opus@6: the ratings may have two modes")


def test_a_scale_that_is_used_at_its_top_alone() -> None:
    """21 of 40 ratings at 80 and more; the references' do not count."""
    test = design(20)
    high = [95 - k // 2 for k in range(20)]
    scores = {"opus@6": high, "dac@8": [79] * 19 + [80], "reference": [100] * 20}
    warned = scale_warnings(cells(ratings(test, {"a": scores}), STANDARD))
    assert any("52% of the codecs' ratings are 80 or more" in warning for warning in warned)
    scores["dac@8"] = [79] * 20
    assert not any("80" in w for w in scale_warnings(cells(ratings(test, {"a": scores}), STANDARD)))
