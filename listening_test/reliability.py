"""How far raters agree with each other, and with themselves.

Panel: intraclass correlations of Shrout and Fleiss (1979, Psychological Bulletin 86): ICC(2,1), of
one rater drawn from the population of raters, ICC(2,k), of the panel's mean, both for absolute
agreement; and ICC(3,k), for consistency, which is Cronbach's alpha. A rater alone: what they gave
the same stimulus the second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.listening_test.uncomputable import Uncomputable
from codecbench.wording import counted

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PanelReliability:
    """Of `raters` raters over `stimuli` stimuli that all of them rated. 1 is full agreement."""

    icc_2_1: float
    icc_2_k: float
    cronbach_alpha: float
    raters: int
    stimuli: int


def panel_reliability(scores: np.ndarray[Any, Any]) -> PanelReliability:
    """Agreement of the panel. scores: `(stimuli, raters)`, complete.

    Raises `Uncomputable` under two stimuli or raters, or where stimuli do not differ.
    """
    scores = np.asarray(scores, np.float64)
    n, k = scores.shape
    if n < 2 or k < 2:
        raise Uncomputable(
            f"{counted(k, 'rater')} {'has' if k == 1 else 'have'} "
            f"{counted(n, 'stimulus', 'stimuli')} in common: agreement needs at least 2 of both"
        )
    grand = scores.mean()
    of_stimuli = k * float(np.sum((scores.mean(axis=1) - grand) ** 2)) / (n - 1)
    of_raters = n * float(np.sum((scores.mean(axis=0) - grand) ** 2)) / (k - 1)
    residual = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + grand
    error = float(np.sum(residual**2)) / ((n - 1) * (k - 1))
    if of_stimuli == 0:
        raise Uncomputable("all stimuli have the same mean: there is nothing to agree on")
    between = of_stimuli - error
    return PanelReliability(
        icc_2_1=between / (of_stimuli + (k - 1) * error + k * (of_raters - error) / n),
        icc_2_k=between / (of_stimuli + (of_raters - error) / n),
        cronbach_alpha=between / of_stimuli,
        raters=k,
        stimuli=n,
    )


def replicate_agreement(ratings: pd.DataFrame) -> pd.DataFrame:
    """How each rater repeats themselves: one row a rater with replicated trials.

    ratings: completed scored rows. Columns: rater; replicates, stimuli rated twice;
    repeat_difference, mean absolute difference in points; repeat_sd, the standard deviation of one
    rating, from the differences d as sqrt(mean d² / 2).
    """
    wide = ratings.pivot_table(
        index=["rater", "item", "condition"], columns="presentation", values="score"
    )
    if 0 not in wide.columns or 1 not in wide.columns:
        wide = wide.reindex(columns=[0, 1])
    difference = (wide[1] - wide[0]).dropna()
    by_rater = difference.groupby(level="rater")
    import pandas as pd

    return pd.DataFrame(
        {
            "replicates": by_rater.count(),
            "repeat_difference": difference.abs().groupby(level="rater").mean(),
            "repeat_sd": (difference**2).groupby(level="rater").mean().div(2).pow(0.5),
        }
    ).reset_index()
