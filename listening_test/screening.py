"""Post-screening of raters by the rule of Recommendation ITU-R BS.1534-3.

A rater is left out who rates the hidden reference under 90 on more than 15% of the trials, or the
mid anchor over 90 on more than 15%. An item where more than 25% of all raters rate the mid anchor
over 90 does not count for the second: there the anchor is hard to hear. Exactly 15% is within the
rule. The numbers stand in the test's `AnalysisPlan`.

Who counts as "all raters" is settled once, before anybody is left out, so the order of raters does
not matter. A replicated trial counts as a trial of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.listening_test.test_file import AnalysisPlan, Kind


@dataclass(frozen=True)
class Verdict:
    """What the rule says of one rater.

    reference_low_share, anchor_high_share: of the trials that count, 0 to 1; None where no trial
    does, as in a design without anchors. judged: False under `AnalysisPlan.least_items` items; such
    a rater is kept.
    """

    rater: str
    kept: bool
    reason: str
    reference_low_share: float | None
    anchor_high_share: float | None
    trials: int
    judged: bool


def screen(ratings: pd.DataFrame, plan: AnalysisPlan, kind: Kind = "mushra") -> tuple[Verdict, ...]:
    """Judge each rater who has a completed scored trial, in the order of their names.

    ratings: the frame of `records.load_ratings`; training and trials that were not sent are passed
    over. No rating yet: no verdicts. kind: the rule is MUSHRA's; in other tests all are kept.
    """
    scored = ratings[~ratings.training.astype(bool) & ratings.completed.astype(bool)]
    if scored.empty:
        return ()
    trials = scored.groupby("rater").page.nunique()
    items = scored.groupby("rater").item.nunique()
    if kind != "mushra":
        reason = f"not judged: the rule is for MUSHRA, and this is {kind.upper()}"
        return tuple(
            Verdict(str(rater), True, reason, None, None, int(trials[rater]), False)
            for rater in sorted(trials.index)
        )
    reference = scored[scored.kind == "hidden_reference"]
    low = _counts(reference.score < plan.reference_least, reference.rater)
    anchor = scored[scored.kind == "mid_anchor"]
    anchor = anchor[~anchor.item.isin(items_where_anchor_is_hard(ratings, plan))]
    high = _counts(anchor.score > plan.anchor_most, anchor.rater)
    none = (0, 0)
    return tuple(
        _verdict(
            rater,
            int(trials[rater]),
            int(items[rater]),
            low.get(rater, none),
            high.get(rater, none),
            plan,
        )
        for rater in sorted(map(str, trials.index))
    )


def items_where_anchor_is_hard(ratings: pd.DataFrame, plan: AnalysisPlan) -> tuple[str, ...]:
    """Name the items whose mid anchor does not count: over 90 for more than 25% of all raters.

    A rater who rated an item twice and was over 90 once counts as half.
    """
    scored = ratings[~ratings.training.astype(bool) & ratings.completed.astype(bool)]
    anchor = scored[scored.kind == "mid_anchor"]
    if anchor.empty:
        return ()
    over = (anchor.score > plan.anchor_most).astype(float)
    by_rater = over.groupby([anchor.item, anchor.rater]).mean()
    share = by_rater.groupby(level=0).mean()
    return tuple(sorted(map(str, share.index[share > plan.guard_share])))


def _counts(wrong: pd.Series[Any], raters: pd.Series[Any]) -> dict[str, tuple[int, int]]:
    """By rater, on how many trials the score was wrong, and of how many."""
    by_rater = wrong.groupby(raters)
    sums, counts = by_rater.sum().to_dict(), by_rater.count().to_dict()
    return {str(rater): (int(sums[rater]), int(counts[rater])) for rater in counts}


def _verdict(
    rater: str,
    trials: int,
    items: int,
    low: tuple[int, int],
    high: tuple[int, int],
    plan: AnalysisPlan,
) -> Verdict:
    low_share = low[0] / low[1] if low[1] else None
    high_share = high[0] / high[1] if high[1] else None
    judged = items >= plan.least_items
    faults = []
    if low_share is not None and low_share > plan.share:
        faults.append(f"hidden reference under {plan.reference_least} on {_count(low)}")
    if high_share is not None and high_share > plan.share:
        faults.append(f"mid anchor over {plan.anchor_most} on {_count(high)}")
    if not judged:
        unit = "item" if items == 1 else "items"
        reason = f"not judged: {items} {unit} completed, the rule needs {plan.least_items}"
    elif faults:
        reason = f"{'; '.join(faults)}: more than {plan.share:.0%}"
    elif low_share is None and high_share is None:
        judged = False
        reason = "not judged: neither hidden reference nor mid anchor is there to judge by"
    else:
        unseen = [
            name
            for name, share in (("hidden reference", low_share), ("mid anchor", high_share))
            if share is None
        ]
        reason = "within the rule" + (f" (no {unseen[0]} that counts)" if unseen else "")
    return Verdict(rater, not (judged and faults), reason, low_share, high_share, trials, judged)


def _count(part: tuple[int, int]) -> str:
    return f"{part[0]} of {part[1]} trials ({part[0] / part[1]:.0%})"
