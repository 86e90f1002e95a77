"""The listening test: scores of its conditions, and how far each metric agrees with the raters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.reports.page.metrics_shown import ShownMetric
from codecbench.reports.page.view import (
    Cell,
    Choice,
    Column,
    Panels,
    TableView,
    counted,
    interval,
    listed,
    number,
    number_cell,
    text_cell,
)

if TYPE_CHECKING:
    import pandas as pd

SCALES = {"mushra": (0.0, 100.0), "acr": (1.0, 5.0)}
LEVELS = {"stimulus": "clips × conditions", "condition": "means of conditions"}


@dataclass(frozen=True)
class ScoreLine:
    """A condition in the figure of scores: places in percent of its scale."""

    condition: str
    series: str
    mean: float
    low: float
    high: float
    words: str


@dataclass(frozen=True)
class ListeningView:
    """title, kind: of the test. advice: which metric to trust, "" where none can be told."""

    title: str
    kind: str
    lines: tuple[ScoreLine, ...]
    ticks: tuple[tuple[float, str], ...]
    scores: TableView
    trust: Panels | None
    advice: str
    notes: tuple[str, ...]


def listening_view(ratings: Any, trust: pd.DataFrame) -> ListeningView:
    """What the page says of a listening test. ratings: `codecbench.reports…Ratings`."""
    rated = ratings.conditions[ratings.conditions["mean"].notna()]
    conditions = rated.sort_values("mean", ascending=False, kind="stable")
    bottom, top = SCALES.get(str(ratings.kind), (0.0, 100.0))
    rows = conditions.to_dict("records")
    return ListeningView(
        str(ratings.title),
        str(ratings.kind).upper(),
        tuple(_line(row, bottom, top) for row in rows),
        tuple((100 * (t - bottom) / (top - bottom), f"{t:g}") for t in _ticks(top)),
        _scores(rows),
        _trust(trust) if len(trust) else None,
        _advice(trust) if len(trust) else "",
        tuple(map(str, ratings.notes)),
    )


def _ticks(top: float) -> list[float]:
    return [0, 20, 40, 60, 80, 100] if top > 5 else [1, 2, 3, 4, 5]


def _line(row: dict[Any, Any], bottom: float, top: float) -> ScoreLine:
    def place(value: float) -> float:
        return round(float(np.clip(100 * (value - bottom) / (top - bottom), 0, 100)), 2)

    mean, low, high = (float(row[name]) for name in ("mean", "ci_low", "ci_high"))
    if not np.isfinite([low, high]).all():
        low = high = mean
    words = f"{number(mean, 1)} {interval(low, high, 1)}"
    return ScoreLine(
        _condition(row), str(row["series"] or ""), place(mean), place(low), place(high), words
    )


def _condition(row: dict[Any, Any]) -> str:
    return str(row["condition"])


def _scores(rows: list[dict[Any, Any]]) -> TableView:
    columns = (
        Column("Condition", numeric=False),
        Column("Kind", numeric=False),
        Column("Mean", "↑"),
        Column("Median", "↑"),
        Column("Raters"),
    )
    cells = tuple(
        (
            Cell(_condition(row), _condition(row).casefold(), swatch=str(row["series"] or "")),
            text_cell(str(row["kind"]).replace("_", " ")),
            Cell(
                number(row["mean"], 1),
                float(row["mean"]),
                interval(row["ci_low"], row["ci_high"], 1),
            ),
            number_cell(row["median"], number(row["median"], 1)),
            number_cell(row["raters"], str(int(row["raters"]))),
        )
        for row in rows
    )
    return TableView("Scores of the raters who were kept", columns, cells)


def _trust(trust: pd.DataFrame) -> Panels | None:
    """A table a level of comparison; None where no metric can be compared."""
    known = trust[trust.spearman.notna() | trust.pearson.notna()]
    levels = [level for level in LEVELS if (known.level == level).any()]
    columns = (
        Column("Metric", numeric=False),
        Column("Spearman"),
        Column("Pearson"),
        Column("Agrees", "sign as promised", numeric=False),
        Column("Points"),
    )
    tables = []
    for level in levels:
        rows = known[known.level == level]
        ordered = rows.assign(size=rows.spearman.abs()).sort_values("size", ascending=False)
        cells = tuple(_trust_row(row) for row in ordered.to_dict("records"))
        caption = f"Correlation of each metric with the scores, {LEVELS[level]}"
        tables.append((level if len(levels) > 1 else "", TableView(caption, columns, cells)))
    if not tables:
        return None
    answers = tuple((level, LEVELS[level]) for level in levels)
    choices = (Choice("Compared over", answers),) if len(levels) > 1 else ()
    return Panels("trust", choices, tuple(tables))


def not_compared(trust: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs (what, reason): metrics that cannot be compared with the scores at any level."""
    known = set(trust[trust.spearman.notna() | trust.pearson.notna()].metric)
    lacking = trust[~trust.metric.isin(known)].drop_duplicates(["metric", "protocol"])
    titles: dict[str, list[str]] = {}
    for row in lacking.to_dict("records"):
        titles.setdefault(str(row["why_not"]), []).append(_title(row))
    return [(f"correlation with the scores: {listed(of)}", why) for why, of in titles.items()]


def _trust_row(row: dict[Any, Any]) -> tuple[Cell, ...]:
    why = str(row["why_not"] or "")
    return (
        text_cell(_title(row)),
        *(
            Cell(
                number(row[kind], 2),
                abs(float(row[kind])) if np.isfinite(row[kind]) else None,
                interval(row[f"{kind}_low"], row[f"{kind}_high"], 2) or why,
            )
            for kind in ("spearman", "pearson")
        ),
        text_cell(_agrees(row)),
        number_cell(row["points"], str(int(row["points"]))),
    )


def _agrees(row: dict[Any, Any]) -> str:
    """A metric of which less is better agrees where its correlation is negative."""
    return {True: "yes", False: "no"}.get(row["agrees"], "–")


def _advice(trust: pd.DataFrame) -> str:
    """Which metric ranks as the raters do, over the most points there are, and how sure that is."""
    for level, words in LEVELS.items():
        known = trust[(trust.level == level) & trust.spearman.notna()]
        rows = known[known.agrees.fillna(False).astype(bool)]
        if rows.empty:
            continue
        ordered = rows.assign(size=rows.spearman.abs()).sort_values("size", ascending=False)
        metrics = ordered.to_dict("records")
        sure = [row for row in metrics if _is_sure(row)]
        best = (sure or metrics)[0]
        rho = f"{_correlation(best)} over {counted(int(best['points']), 'point')} ({words})"
        alone = ", the only metric compared," if len(known) == 1 else ""
        if not sure:
            whom = f"{_title(best)}{alone} cannot" if alone else "No metric can"
            said = f"{whom} be said to rank as the raters do: "
            said += "" if alone else f"of all, {_title(best)} has the largest correlation, "
            said += f"{rho}, which is not told from zero."
        elif alone:
            said = f"{_title(best)}{alone} ranks as the raters do: {rho}."
        else:
            said = f"{_title(best)} ranks most like the raters: {rho}."
            others = [row for row in metrics if row is not best]
            rivals = list(dict.fromkeys(_title(row) for row in others if _may_equal(row, best)))
            said += f" {listed(rivals)} cannot be told from it." if rivals else ""
        if best["spearman"] < 0:
            said += " Where less is better, a negative correlation is agreement."
        return said
    return ""


def _is_sure(row: dict[Any, Any]) -> bool:
    """Whether the interval leaves zero out; without an interval nothing is sure."""
    return bool(row["spearman_low"] > 0 or row["spearman_high"] < 0)


def _correlation(row: dict[Any, Any]) -> str:
    band = interval(row["spearman_low"], row["spearman_high"], 2)
    return f"Spearman's {number(row['spearman'], 2)} {band or '(no interval)'}"


def _may_equal(row: dict[Any, Any], best: dict[Any, Any]) -> bool:
    """Whether the best one's interval holds this correlation."""
    return bool(abs(row["spearman"]) >= min(abs(best["spearman_low"]), abs(best["spearman_high"])))


def _title(row: dict[Any, Any]) -> str:
    return ShownMetric(row["metric"], row["protocol"], "", "").title
