"""The rule of ITU-R BS.1534-3 at its edges, from ratings written by hand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from rated_designs import design, ratings

from codecbench.listening_test.screening import Verdict, items_where_anchor_is_hard, screen
from codecbench.listening_test.test_file import AnalysisPlan

PLAN = AnalysisPlan()


def rated(low: int = 0, high: int = 0, items: int = 20) -> dict[str, list[int]]:
    """A rater with the reference at 89 on `low` items and the mid anchor at 91 on `high`."""
    return {
        "reference": [89] * low + [90] * (items - low),
        "anchor70": [90] * (items - high) + [91] * high,
        "opus@6": [50] * items,
    }


def verdicts(frame: pd.DataFrame, plan: AnalysisPlan = PLAN) -> dict[str, Verdict]:
    return {verdict.rater: verdict for verdict in screen(frame, plan)}


@pytest.mark.parametrize(("low", "kept"), [(0, True), (2, True), (3, True), (4, False)])
def test_low_references_up_to_15_percent_are_kept(low: int, kept: bool) -> None:
    """89 is under 90 and 90 is not; 3 of 20 are exactly 15%, which is not more than 15%."""
    frame = ratings(design(), {"a": rated(low), "b": rated()})
    verdict = verdicts(frame)["a"]
    assert verdict.kept is kept
    assert verdict.judged
    assert verdict.reference_low_share == low / 20
    assert verdict.trials == 20
    if not kept:
        assert "hidden reference under 90 on 4 of 20 trials (20%)" in verdict.reason


@pytest.mark.parametrize(("high", "kept"), [(3, True), (4, False)])
def test_high_anchors_up_to_15_percent_are_kept(high: int, kept: bool) -> None:
    """Of ten raters one is over 90 on an item: 10%, so every item counts."""
    others = {f"b{k}": rated() for k in range(9)}
    verdict = verdicts(ratings(design(), {"a": rated(high=high)} | others))["a"]
    assert verdict.kept is kept
    assert verdict.anchor_high_share == high / 20


@pytest.mark.parametrize(("high_raters", "counts"), [(2, True), (3, False)])
def test_an_item_where_many_miss_the_anchor_does_not_count(high_raters: int, counts: bool) -> None:
    """2 of 8 raters are exactly 25%, which is not more; 3 of 8 are, and all of them are kept."""
    scores = {f"a{k}": rated(high=4) for k in range(high_raters)}
    scores |= {f"b{k}": rated() for k in range(8 - high_raters)}
    frame = ratings(design(), scores)
    found = verdicts(frame)
    assert found["a0"].kept is not counts
    assert found["a0"].anchor_high_share == (4 / 20 if counts else 0)
    hard = () if counts else ("i16", "i17", "i18", "i19")
    assert items_where_anchor_is_hard(frame, PLAN) == hard


def test_the_guard_is_of_all_raters_before_anybody_is_left_out() -> None:
    """Three of eight miss the anchor, two of whom go for their references: the guard holds."""
    scores = {"a": rated(high=4), "x": rated(20, 4), "y": rated(20, 4)}
    scores |= {f"b{k}": rated() for k in range(5)}
    found = verdicts(ratings(design(), scores))
    assert [name for name, verdict in found.items() if not verdict.kept] == ["x", "y"]


def test_few_items_are_not_judged() -> None:
    four, five = design(4), design(5)
    verdict = verdicts(ratings(four, {"a": rated(4, items=4)}))["a"]
    assert verdict.kept
    assert not verdict.judged
    assert "4 items" in verdict.reason
    assert not verdicts(ratings(five, {"a": rated(5, items=5)}))["a"].kept


def test_a_repeated_trial_is_a_trial() -> None:
    """4 of 20 items low are 20%; with 10 more trials that are not they are 4 of 30, under 15%."""
    frame = ratings(design(), {"a": rated(4), "b": rated()})
    again = frame[(frame.rater == "a") & (frame.page >= 10)].copy()
    again["presentation"] = 1
    again["page"] += 20
    verdict = verdicts(pd.concat([frame, again]))["a"]
    assert verdict.kept
    assert verdict.trials == 30
    assert verdict.reference_low_share == 4 / 30


def test_training_and_trials_that_were_not_sent_do_not_count() -> None:
    frame = ratings(design(), {"a": rated(4), "b": rated()})
    low = (frame.rater == "a") & (frame.page < 4)
    assert verdicts(frame.assign(training=low))["a"].kept
    assert verdicts(frame.assign(completed=~low))["a"].reference_low_share == 0
    assert screen(frame.assign(completed=False), PLAN) == ()
    assert screen(frame.iloc[:0], PLAN) == ()


def test_a_design_without_anchors_says_so() -> None:
    frame = ratings(design(), {"a": rated(), "b": rated(4)})
    without = verdicts(frame[frame.kind != "mid_anchor"])
    assert without["a"].anchor_high_share is None
    assert without["a"].judged
    assert "mid anchor" in without["a"].reason
    assert not without["b"].kept
    bare = verdicts(frame[frame.kind == "codec"])["b"]
    assert bare.kept
    assert not bare.judged


def test_thresholds_are_the_plans() -> None:
    frame = ratings(design(), {"a": rated(4), "b": rated()})
    assert verdicts(frame, replace(PLAN, reference_least=89))["a"].kept
    assert verdicts(frame, replace(PLAN, share=0.2))["a"].kept
    assert screen(frame, PLAN, "acr")[0].kept
