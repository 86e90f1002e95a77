"""What the page says of a listening test, from scores and correlations that are written by hand."""

from __future__ import annotations

import math

import pandas as pd

from codecbench.reports.page.listening_views import listening_view, not_compared
from codecbench.reports.statistics.listening import Ratings

NAN = math.nan


def ratings(kind: str = "mushra") -> Ratings:
    """A reference, a codec, and an anchor that nobody rated."""
    rows = [
        ("reference", "hidden_reference", "", 96.0, 94.0, 98.0, 97.0, 12),
        ("opus@24", "codec", "opus", 71.0, 66.0, 76.0, 70.0, 12),
        ("anchor35", "low_anchor", "", NAN, NAN, NAN, NAN, 0),
    ]
    names = ["condition", "kind", "series", "mean", "ci_low", "ci_high", "median", "raters"]
    return Ratings("A test", kind, pd.DataFrame(rows, columns=names), pd.DataFrame(), ("a note",))


def trust_row(
    metric: str, level: str, rho: float, half: float, **more: object
) -> dict[str, object]:
    """One correlation, Pearson's the same as Spearman's."""
    ends = {"low": rho - half, "high": rho + half}
    found: dict[str, object] = {"metric": metric, "protocol": "paper", "level": level}
    for kind in ("spearman", "pearson"):
        found |= {kind: rho, f"{kind}_low": ends["low"], f"{kind}_high": ends["high"]}
    return found | {"agrees": True, "points": 40, "why_not": ""} | more


TRUST = pd.DataFrame(
    [
        trust_row("visqol", "stimulus", 0.91, 0.05),
        trust_row("mel", "stimulus", -0.88, 0.06),
        trust_row("stft", "stimulus", -0.40, 0.10),
        trust_row("si_sdr", "stimulus", -0.95, 0.02, agrees=False),
        trust_row("visqol", "condition", 0.99, 0.01, points=5),
        trust_row("stoi", "stimulus", NAN, NAN, agrees=None, points=0, why_not="one clip alone"),
    ]
)


def test_advice_names_the_best_metric_and_those_that_may_equal_it() -> None:
    advice = listening_view(ratings(), TRUST).advice
    assert advice == (
        "ViSQOL, audio ranks most like the raters: Spearman's 0.91 [0.86, 0.96] over 40 points "
        "(clips × conditions). Mel distance cannot be told from it."
    )


def test_an_interval_that_holds_zero_and_a_metric_alone_are_said_to_be() -> None:
    alone = pd.DataFrame([trust_row("l1", "condition", -0.56, 0.7)])
    assert listening_view(ratings(), alone).advice == (
        "Waveform L1, the only metric compared, cannot be said to rank as the raters do: "
        "Spearman's −0.56 [−1.26, 0.14] over 40 points (means of conditions), which is not "
        "told from zero. Where less is better, a negative correlation is agreement."
    )
    unsure = pd.concat([alone, pd.DataFrame([trust_row("mel", "condition", -0.4, 0.7)])])
    assert listening_view(ratings(), unsure).advice.startswith(
        "No metric can be said to rank as the raters do: of all, Waveform L1 has the largest"
    )
    sure = pd.DataFrame([trust_row("visqol", "condition", 0.9, 0.05)])
    assert (
        "the only metric compared, ranks as the raters do" in listening_view(ratings(), sure).advice
    )


def test_the_table_says_which_correlations_agree() -> None:
    panels = listening_view(ratings(), TRUST).trust
    assert panels is not None
    assert [row[3].text for row in panels.tables[0][1].rows] == ["no", "yes", "yes", "yes"]


def test_scores_stand_at_their_place_on_the_scale_and_the_unrated_are_left_out() -> None:
    mushra = listening_view(ratings(), TRUST)
    assert [(line.condition, line.mean) for line in mushra.lines] == [
        ("reference", 96.0),
        ("opus@24", 71.0),
    ]
    three = ratings("acr").conditions.assign(mean=3.0, ci_low=2.0, ci_high=4.0)
    acr = listening_view(Ratings("", "acr", three, pd.DataFrame(), ()), TRUST)
    assert [(line.low, line.mean, line.high) for line in acr.lines] == [(25.0, 50.0, 75.0)] * 3


def test_correlations_have_a_table_a_level_the_strongest_first() -> None:
    panels = listening_view(ratings(), TRUST).trust
    assert panels is not None
    assert [key for key, _ in panels.tables] == ["stimulus", "condition"]
    names = [row[0].text for row in panels.tables[0][1].rows]
    assert names == ["SI-SDR", "ViSQOL, audio", "Mel distance", "STFT distance"]


def test_metrics_that_cannot_be_compared_are_named_with_the_reason() -> None:
    assert not_compared(TRUST) == [("correlation with the scores: STOI", "one clip alone")]


def test_without_any_correlation_there_is_no_advice() -> None:
    view = listening_view(ratings(), TRUST[TRUST.metric == "stoi"])
    assert view.advice == ""
    assert view.trust is None
