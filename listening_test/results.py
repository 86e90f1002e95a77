"""From ratings to results: screening, tables, tests, plots and the report, and their files.

Nothing here decides anything that the test's `AnalysisPlan` has not said before. What cannot be
computed is named with its reason in `Results.not_computed`, and the rest is computed all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from codecbench.files import write_whole
from codecbench.listening_test import tables
from codecbench.listening_test.anova import Effect, one_way, two_way
from codecbench.listening_test.choice_tests import compare_choices
from codecbench.listening_test.comparisons import compare
from codecbench.listening_test.mixed_model import MixedFit, fit_mixed_model
from codecbench.listening_test.reliability import PanelReliability, panel_reliability
from codecbench.listening_test.screening import Verdict, items_where_anchor_is_hard, screen
from codecbench.listening_test.test_file import ListeningTest, content_hash
from codecbench.listening_test.uncomputable import Uncomputable
from codecbench.listening_test.warnings_on_scale import scale_warnings
from codecbench.readable import utf8
from codecbench.wording import counted

if TYPE_CHECKING:
    import pandas as pd

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class Results:
    """All that follows from a test's ratings.

    ratings: every rating as given, with `kept`; events, answers: as given. raters: all with a
    completed trial; exclusions: of those, who was left out. items, conditions, comparisons and all
    after them: of kept raters alone. unguarded_items: where the mid anchor did not count. began:
    raters who ever began; erased: of those, whose ratings were erased on request.
    """

    test: ListeningTest
    design_hash: str
    began: int
    erased: int
    verdicts: tuple[Verdict, ...]
    unguarded_items: tuple[str, ...]
    ratings: pd.DataFrame
    events: pd.DataFrame
    answers: pd.DataFrame
    mushra: pd.DataFrame
    cells: pd.DataFrame
    raters: pd.DataFrame
    exclusions: pd.DataFrame
    items: pd.DataFrame
    conditions: pd.DataFrame
    comparisons: pd.DataFrame
    anova: tuple[Effect, ...]
    mixed: MixedFit | None
    reliability: PanelReliability | None
    warnings: tuple[str, ...]
    not_computed: tuple[str, ...]

    @property
    def kept(self) -> int:
        """How many raters the results are of."""
        return sum(verdict.kept for verdict in self.verdicts)


def analyse(
    test: ListeningTest,
    ratings: pd.DataFrame,
    events: pd.DataFrame,
    raters: pd.DataFrame,
    answers: pd.DataFrame | None = None,
) -> Results:
    """Analyse a test. The frames are those of `records`; none of them is changed.

    Any number of raters and items will do, none too. Raises `ListeningTestError` for a plan that
    names no test that there is.
    """
    import pandas as pd

    from codecbench.listening_test.webmushra_export import webmushra_table

    verdicts = screen(ratings, test.plan, test.kind)
    kept = {verdict.rater for verdict in verdicts if verdict.kept}
    counted = ratings[ratings.rater.isin(kept)]
    cells = tables.cells(counted, test.conditions)
    not_computed: list[str] = []
    if answers is None:
        answers = pd.DataFrame(columns=["rater", "page", "name", "value", "answered"])

    def attempt(name: str, compute: Callable[[], Value]) -> Value | None:
        try:
            return compute()
        except Uncomputable as reason:
            not_computed.append(f"{name}: {reason}")
            return None

    if cells.empty:
        not_computed.append(f"everything: {_why_nothing(ratings, verdicts)}")
    is_scale = test.kind in ("mushra", "acr")
    ask = is_scale and not cells.empty
    anova = attempt("ANOVA, condition × item", lambda: _two_way(cells)) if ask else None
    if ask and not anova:
        anova = attempt("ANOVA, condition", lambda: (_one_way(cells),))
    mixed = attempt("mixed model", lambda: fit_mixed_model(cells)) if ask else None
    agreement = attempt("agreement of raters", lambda: _panel(cells)) if ask else None
    of_raters = tables.rater_table(ratings, verdicts)
    return Results(
        test=test,
        design_hash=content_hash(test),
        began=len(set(raters.rater) | set(ratings.rater)),
        erased=int(raters.erased.sum()) if "erased" in raters else 0,
        verdicts=verdicts,
        unguarded_items=items_where_anchor_is_hard(ratings, test.plan),
        ratings=ratings.assign(kept=ratings.rater.isin(kept)),
        events=events,
        answers=answers,
        mushra=webmushra_table(test, ratings, events, answers),
        cells=cells,
        raters=of_raters,
        exclusions=of_raters[~of_raters.kept.astype(bool)].reset_index(drop=True),
        items=tables.item_table(cells, test.conditions),
        conditions=tables.condition_table(cells, test.conditions),
        comparisons=compare(cells, test.conditions, test.plan)
        if is_scale
        else compare_choices(test, counted),
        anova=anova or (),
        mixed=mixed,
        reliability=agreement,
        warnings=tuple(scale_warnings(cells) if test.kind == "mushra" else ()),
        not_computed=tuple(not_computed + _missing_from_design(test)),
    )


def write(results: Results, folder: Path) -> list[Path]:
    """Write the results' files, each whole or not at all; return their paths.

    CSV files `ratings`, `raters`, `items`, `conditions`, `exclusions`, `comparisons`, `events`,
    `answers` and `mushra` (webMUSHRA's layout), `report.md`, and `plots/` as SVG, PDF and PNG.
    Plots of an earlier analysis that can't be drawn any more are removed, no other file is.
    """
    from codecbench.listening_test.figures import FORMATS, PLOTS, draw, to_bytes
    from codecbench.listening_test.report import report

    frames = {
        "ratings": results.ratings,
        "raters": results.raters,
        "items": results.items,
        "conditions": results.conditions,
        "exclusions": results.exclusions,
        "comparisons": results.comparisons,
        "events": results.events,
        "answers": results.answers,
        "mushra": results.mushra,
    }
    files = {f"{name}.csv": utf8(frame.to_csv(index=False)) for name, frame in frames.items()}
    figures = draw(results.cells, results.conditions, results.test.kind)
    for name, figure in figures.items():
        files |= {f"plots/{name}.{kind}": to_bytes(figure, kind) for kind in FORMATS}
    files["report.md"] = utf8(report(results))
    for name, data in files.items():
        write_whole(folder / name, data)
    for name in set(PLOTS) - set(figures):
        for kind in FORMATS:
            (folder / "plots" / f"{name}.{kind}").unlink(missing_ok=True)
    return [folder / name for name in files]


def _one_way(cells: pd.DataFrame) -> Effect:
    """Of raters' means over the trials in which they rated every condition."""
    wide = cells.pivot_table(index=["rater", "item"], columns="condition", values="score").dropna()
    return one_way(wide.groupby(level="rater").mean().to_numpy())


def _two_way(cells: pd.DataFrame) -> tuple[Effect, ...]:
    """Of raters who rated every condition of every item."""
    wide = cells.pivot_table(index="rater", columns=["condition", "item"], values="score").dropna()
    conditions, items = cells.condition.nunique(), cells.item.nunique()
    if wide.shape[1] < conditions * items or len(wide) < 2:
        raise Uncomputable(
            f"{counted(len(wide), 'rater')} rated every condition of "
            f"{'the one item' if items == 1 else f'all {items} items'}: at least 2 are needed"
        )
    return two_way(wide.to_numpy().reshape(len(wide), conditions, items))


def _panel(cells: pd.DataFrame) -> PanelReliability:
    """Of the stimuli that every rater rated."""
    wide = cells.pivot_table(index=["item", "condition"], columns="rater", values="score")
    return panel_reliability(wide.dropna().to_numpy())


def _why_nothing(ratings: pd.DataFrame, verdicts: tuple[Verdict, ...]) -> str:
    if verdicts:
        return "every rater was left out by the screening"
    if len(ratings):
        return "no scored trial was completed yet"
    return "there are no ratings yet"


def _missing_from_design(test: ListeningTest) -> list[str]:
    kinds = {condition.kind for condition in test.conditions}
    if test.kind != "mushra":
        return [
            f"screening of raters: the rule of BS.1534-3 is for MUSHRA, not {test.kind.upper()}"
        ]
    missing = []
    if "hidden_reference" not in kinds:
        missing.append("screening by the hidden reference: the design has none")
    if "mid_anchor" not in kinds:
        missing.append("screening by the mid anchor: the design has none")
    return missing
