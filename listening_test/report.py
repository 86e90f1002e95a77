"""The report of a listening test in Markdown: results, then what ITU-R BS.1534-3 asks for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from codecbench.categories import EVERY
from codecbench.listening_test.checklist import checklist
from codecbench.reports.tables.markdown import escaped
from codecbench.wording import counted

if TYPE_CHECKING:
    from codecbench.listening_test.results import Results

METHODS = """\
Means and intervals are over raters: each rater's mean over items counts once, and the interval is
Student's t over those. It speaks for other raters on these items. Medians and quartiles are of
single scores. A stimulus that a rater heard twice counts once, as the mean. The permutation test
swaps the two scores of a pair within one rater's trial; Wilcoxon's test and the mean difference are
over raters. p values are corrected within each family of comparisons."""


def report(results: Results) -> str:
    """Write the report. A dash stands where there is no value; the reasons are listed."""
    parts = [
        f"# {escaped(results.test.title or results.test.name)}",
        summary_line(results),
        "## Conditions",
        _conditions(results),
        "## Comparisons",
        _comparisons(results),
    ]
    if results.anova:
        parts += ["## Repeated-measures analysis of variance", _anova(results)]
    if results.mixed:
        parts += ["## Mixed model", _mixed(results)]
    if results.reliability:
        parts += ["## Agreement of raters", _agreement(results)]
    parts += _list("## Warnings", results.warnings)
    parts += _list("## Not computed, and why", [*results.not_computed, *_reasons(results)])
    parts += ["## How it was computed", METHODS]
    parts += ["## Check-list of Recommendation ITU-R BS.1534-3", checklist(results)]
    return "\n\n".join(parts) + "\n"


def summary_line(results: Results) -> str:
    """Say in a line how many raters there were, and how many count."""
    screened = len(results.verdicts)
    out = screened - results.kept
    items = results.cells.item.nunique()
    erased = (
        f"; {results.erased} {'was' if results.erased == 1 else 'were'} erased on request"
        if results.erased
        else ""
    )
    return (
        f"{counted(results.kept, 'rater')} on {counted(items, 'item')}. {results.began} began, "
        f"{screened} completed a "
        f"trial, {out} {'was' if out == 1 else 'were'} left out by the screening{erased}."
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], left: int = 1) -> str:
    """Write a Markdown table; columns after the first `left` are numbers."""
    rule = ["---"] * left + ["---:"] * (len(headings) - left)
    lines = [headings, rule, *([escaped(cell(value)) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(value: Any) -> str:
    """Text of one cell: numbers to one decimal, a dash for none."""
    if _is_none(value):
        return "–"
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value)


def p_value(p: float | None) -> str:
    """Text of a p value; never 0."""
    if p is None or _is_none(p):
        return "–"
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def _conditions(results: Results) -> str:
    rows = []
    for row in results.conditions[results.conditions.category == EVERY].to_dict("records"):
        kbps = row["bitrate_bps"] / 1000 if row["bitrate_bps"] else None
        values = [kbps, row["mean"], row["ci_low"], row["ci_high"], row["median"]]
        rest = [row["quartile_1"], row["quartile_3"], row["raters"], row["scores"]]
        rows.append([row["condition"], *values, *rest])
    heads = ["condition", "kbps", "mean", "95% from", "to", "median", "quartile 1", "quartile 3"]
    return table([*heads, "raters", "scores"], rows)


def _comparisons(results: Results) -> str:
    plan, pairs = results.test.plan, results.comparisons
    if pairs.empty:
        return "There is no pair to compare."
    rows = []
    if "share" in pairs:
        for row in pairs.to_dict("records"):
            shares = [_percent(row[key]) for key in ("share", "ci_low", "ci_high")]
            values = [row["a"], row["b"], row["trials"], row["for_a"], *shares]
            rows.append([*values, p_value(row["p_corrected"]), _decided(row["significant"])])
        heads = ["a", "b", "trials", "for a", "share", "95% from", "to", f"p, {plan.correction}"]
        return table([*heads, f"at {plan.level:g}"], rows, left=2)
    for row in pairs.to_dict("records"):
        values = [row["mean_difference"], row["ci_low"], row["ci_high"], row["median_difference"]]
        tests = [
            p_value(row[f"{test}_p_{plan.correction}"]) for test in ("permutation", "wilcoxon")
        ]
        rows.append([row["a"], row["b"], *values, *tests, _decided(row["significant"])])
    heads = ["a", "b", "mean a − b", "95% from", "to", "median a − median b"]
    tests = [f"permutation p, {plan.correction}", f"Wilcoxon p, {plan.correction}"]
    decided = f"The plan's primary test is {plan.primary}, at {plan.level:g}."
    return table([*heads, *tests, "differ"], rows, left=2) + f"\n\n{decided}"


def _anova(results: Results) -> str:
    rows = [
        [
            effect.name,
            f"{effect.f:.2f}",
            f"{effect.df}, {effect.df_error}",
            f"{effect.epsilon_hf:.3f}",
            p_value(effect.p_hf),
            p_value(effect.p),
            f"{effect.eta_squared:.2f}",
        ]
        for effect in results.anova
    ]
    heads = ["effect", "F", "degrees of freedom", "ε (Huynh-Feldt)", "p, corrected"]
    note = "Of raters who rated every condition of every item."
    if len(results.anova) == 1:
        note = "Of each rater's means over the items of which they rated every condition."
    return table([*heads, "p, uncorrected", "partial η²"], rows) + "\n\n" + note


def _mixed(results: Results) -> str:
    fit = results.mixed
    assert fit is not None
    rows = [[e.condition, e.mean, e.ci_low, e.ci_high] for e in fit.estimates]
    text = (
        f"F({fit.df}, {fit.df_error}) = {fit.f:.2f}, p {p_value(fit.p)}. Standard deviations: "
        f"raters {fit.rater_sd:.1f}, tastes {fit.taste_sd:.1f}, residual {fit.residual_sd:.1f}; "
        f"{counted(fit.ratings, 'score')} of {counted(fit.raters, 'rater')}."
    )
    notes = "".join(f"\n\nNote: {note}." for note in fit.notes)
    return table(["condition", "mean", "95% from", "to"], rows) + f"\n\n{text}{notes}"


def _agreement(results: Results) -> str:
    panel = results.reliability
    assert panel is not None
    return (
        f"ICC(2,1) {panel.icc_2_1:.2f}, ICC(2,k) {panel.icc_2_k:.2f}, Cronbach's alpha "
        f"{panel.cronbach_alpha:.2f}, of {counted(panel.raters, 'rater')} on {panel.stimuli} "
        "stimuli that all "
        "of them rated."
    )


def _reasons(results: Results) -> list[str]:
    reasons = []
    for row in results.conditions.to_dict("records"):
        if row["reason"] and row["category"] == EVERY:
            reasons.append(f"{row['condition']}: {row['reason']}")
    for row in results.comparisons.to_dict("records"):
        if row["reason"]:
            reasons.append(f"{row['a']} and {row['b']}: {row['reason']}")
    return reasons


def _list(heading: str, lines: Sequence[str]) -> list[str]:
    return [heading, "\n".join(f"- {escaped(line)}" for line in lines)] if lines else []


def _percent(share: float | None) -> str:
    return "–" if share is None or _is_none(share) else f"{share:.0%}"


def _decided(significant: Any) -> str:
    if _is_none(significant):
        return "–"
    return "yes" if significant else "no"


def _is_none(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
