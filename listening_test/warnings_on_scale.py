"""Signs that a mean does not say what raters heard: two camps, or a scale that was hardly used.

Sarle's bimodality coefficient, with the correction for samples (SAS/STAT, procedure CLUSTER):
b = (g² + 1) / (k + 3 (n-1)² / ((n-2)(n-3))), g skewness and k excess kurtosis, both unbiased.
It is 5/9 for a uniform distribution; ITU-R BS.1534-3 takes more as a sign of two modes. A skewed
distribution gives high values too, so near the ends of the scale it is a question, not a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.listening_test.uncomputable import Uncomputable
from codecbench.wording import counted

if TYPE_CHECKING:
    import pandas as pd

BIMODAL = 5 / 9
EXCELLENT = 80
"""From here up the scale is "excellent": most scores there may mean that the test is not valid."""


def bimodality(scores: np.ndarray[Any, Any]) -> float:
    """Sarle's b, 0 to 1. scores: shape `(ratings,)`. Raises `Uncomputable` if it has none."""
    from scipy.stats import kurtosis, skew

    scores = np.asarray(scores, np.float64)
    n = scores.size
    if n < 4:
        raise Uncomputable(f"{counted(n, 'rating')}: bimodality needs at least 4")
    if np.ptp(scores) == 0:
        raise Uncomputable("all ratings are equal: bimodality has no value")
    g, k = float(skew(scores, bias=False)), float(kurtosis(scores, bias=False))
    return (g * g + 1) / (k + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))


def scale_warnings(cells: pd.DataFrame) -> list[str]:
    """Say what is odd about the use of the scale, one sentence each.

    cells: of `tables.cells`. Codecs alone are looked at: references belong at the top.
    """
    warnings = []
    codecs = cells[cells.kind == "codec"]
    for condition, group in codecs.groupby("condition", sort=False):
        try:
            b = bimodality(group.score.to_numpy())
        except Uncomputable:
            continue
        if b > BIMODAL:
            warnings.append(
                f"{condition}: the ratings may have two modes (b = {b:.2f}, over 0.56): "
                "look at the violin plot before quoting the mean"
            )
    if len(codecs):
        share = float((codecs.score >= EXCELLENT).mean())
        if share > 0.5:
            warnings.append(
                f"{share:.0%} of the codecs' ratings are {EXCELLENT} or more: the test may be too "
                "easy to tell them apart (ITU-R BS.1116 is meant for small impairments)"
            )
    return warnings
