"""What ITU-R BS.1534-3 wants reported of a test, filled in from the design and the ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codecbench.reports.tables.markdown import escaped
from codecbench.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codecbench.listening_test.results import Results


def checklist(results: Results) -> str:
    """Write the check-list as Markdown; what software cannot know is left open to be filled in."""
    lines = [*_design(results), *_raters(results), *_statistics(results), *_by_hand()]
    return "\n".join(f"- [{'x' if done else ' '}] **{what}**: {text}" for done, what, text in lines)


Line = tuple[bool, str, str]


def _design(results: Results) -> Iterator[Line]:
    test = results.test
    kinds = {"low_anchor": "low anchor", "mid_anchor": "mid anchor"}
    codecs = [condition.name for condition in test.conditions if condition.kind == "codec"]
    yield (
        True,
        "Method",
        f"{test.kind.upper()}, {test.sample_rate_hz} Hz, {counted(test.channels, 'channel')}",
    )
    yield True, "Systems under test", _named(codecs)
    for kind, what in kinds.items():
        names = [condition.name for condition in test.conditions if condition.kind == kind]
        yield bool(names), what.capitalize(), ", ".join(names) or "none in this design"
    hidden = [c.name for c in test.conditions if c.kind == "hidden_reference"]
    yield bool(hidden), "Hidden reference", ", ".join(hidden) or "none in this design"
    items = [
        f"{item.id} ({', '.join(filter(None, [f'{item.duration_s:.1f} s', item.category]))})"
        for item in test.items
    ]
    yield True, "Test items", _named(items)
    sources = sorted({item.source for item in test.items} - {""})
    yield bool(sources), "Sources of the items", "; ".join(map(escaped, sources)) or "not stated"
    training = len(test.training_items)
    yield (
        training > 0,
        "Training",
        f"{counted(training, 'item')}, whose scores are not in the results",
    )
    per_rater = test.items_per_rater or len(test.items)
    again = f", {test.replicated_items} of them twice" if test.replicated_items else ""
    yield True, "Items for each rater", f"{per_rater} of {len(test.items)}{again}"
    yield True, "Order", "of items and of stimuli at random, drawn anew for each rater"
    departures = "; ".join(map(escaped, test.departures)) or "none declared"
    yield True, "Departures from the Recommendation", departures


def _raters(results: Results) -> Iterator[Line]:
    plan = results.test.plan
    before, after = len(results.verdicts), results.kept
    yield before > 0, "Raters before screening", str(before)
    yield before > 0, "Raters after screening", str(after)
    rule = (
        f"hidden reference under {plan.reference_least}, or mid anchor over {plan.anchor_most}, on "
        f"more than {plan.share:.0%} of the trials; items where more than {plan.guard_share:.0%} "
        f"of raters rate the mid anchor over {plan.anchor_most} do not count for it; raters with "
        f"fewer than {counted(plan.least_items, 'item')} are not judged"
    )
    yield results.test.kind == "mushra", "Rule of screening", rule
    out = [
        f"{verdict.rater} ({verdict.reason})" for verdict in results.verdicts if not verdict.kept
    ]
    yield True, "Left out", "; ".join(out) or "nobody"
    unjudged = [v.rater for v in results.verdicts if not v.judged]
    yield True, "Kept without being judged", ", ".join(unjudged) or "nobody"
    hard = ", ".join(results.unguarded_items) or "none"
    yield True, "Items whose mid anchor did not count", hard


def _statistics(results: Results) -> Iterator[Line]:
    plan = results.test.plan
    there = not results.cells.empty
    yield there, "Means with 95% intervals", "Student's t over raters' means; table above"
    yield there, "Medians and inter-quartile ranges", "table above, box plots in plots/boxes"
    primary = (
        f"{plan.primary}, {plan.permutations} rounds, seed {plan.seed}, {plan.correction}, level "
        f"{plan.level:g}"
    )
    yield True, "Analysis plan", f"{primary}; set before the first rating"
    yield True, "SHA-256 of design and plan", f"`{results.design_hash}`"
    checked = results.test.kind == "mushra" and there
    text = "Sarle's b against 5/9; share of scores of 80 and more"
    yield checked, "Bimodality and use of the scale", text
    outliers = "shown in the box plots (1.5 IQR); none was removed"
    yield there, "Outliers", outliers


def _by_hand() -> Iterator[Line]:
    for what in (
        "Raters' experience and how they were found",
        "Headphones or loudspeakers, and room",
    ):
        yield False, what, "to be filled in"
    yield False, "Listening level", "to be filled in"


def _named(names: list[str]) -> str:
    return f"{len(names)}: {', '.join(map(escaped, names))}" if names else "none"
