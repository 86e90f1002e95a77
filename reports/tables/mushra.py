"""The table of a listening test: conditions with the mean of their scores and its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codecbench.errors import ReportError
from codecbench.reports.tables.digits import column_digits, written, written_intervals
from codecbench.reports.tables.model import Cell, Column, Note, Row, Table
from codecbench.reports.tables.ranking import ranks

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.statistics.listening import Ratings

CODEC = "codec"
PLACES = {"hidden_reference": 0, CODEC: 1, "mid_anchor": 2, "low_anchor": 3}
"""Where kinds of conditions stand: the reference above the codecs, the anchors below."""

MOST_DIGITS = 1


def mushra_table(ratings: Ratings) -> Table:
    """Mean and 95% interval over raters, median and raters of each condition; codecs best first.

    Best and second are among codecs. Raises `ReportError` where nobody rated anything.
    """
    conditions = sorted_conditions(ratings.conditions)
    if conditions.empty:
        raise ReportError("the listening test has no ratings yet: there is nothing to tabulate")
    rows = conditions.to_dict("records")
    numbers = [(row["mean"], row["ci_low"], row["ci_high"]) for row in rows]
    # Scores are whole numbers: more than one digit of a mean of them is noise.
    digits = min(MOST_DIGITS, column_digits(numbers, MOST_DIGITS))
    of_codecs = [row["mean"] if row["kind"] == CODEC else float("nan") for row in rows]
    best, second = ranks(of_codecs, "higher", digits)
    intervals = written_intervals(numbers, digits)
    medians = [float(row["median"]) for row in rows]
    median_digits = 0 if all(value == round(value) for value in medians) else 1
    return Table(
        f"Listening test: {ratings.title}" if ratings.title else "Listening test",
        "listening-test",
        (
            Column("condition", "Condition", numbers=False),
            Column("score", "Mean", direction="higher", interval=True),
            Column("median", "Median"),
            Column("raters", "Raters"),
        ),
        tuple(
            Row(
                (
                    Cell(named(str(row["condition"]), str(row["kind"]))),
                    Cell(
                        written(row["mean"], digits),
                        intervals[i],
                        row["mean"],
                        row["ci_low"],
                        row["ci_high"],
                        best=best[i],
                        second=second[i],
                    ),
                    Cell(written(medians[i], median_digits), mean=medians[i]),
                    Cell(str(int(row["raters"])), mean=float(row["raters"])),
                ),
                starts_block=i > 0 and _block(row["kind"]) != _block(rows[i - 1]["kind"]),
            )
            for i, row in enumerate(rows)
        ),
        (
            Note(
                "Intervals are of 95%, over raters. Medians are of single scores. Best codec bold, "
                "second underlined, over all bitrates."
            ),
        ),
    )


def sorted_conditions(conditions: pd.DataFrame) -> pd.DataFrame:
    """Conditions that have ratings: reference, codecs from best to worst, anchors."""
    rated = conditions[conditions["mean"].notna()]
    keyed = rated.assign(place=[PLACES.get(str(kind), 1) for kind in rated["kind"]])
    return keyed.sort_values(
        ["place", "mean"], ascending=[True, False], ignore_index=True, kind="stable"
    )


def named(condition: str, kind: str) -> str:
    """What a condition is called where people read it."""
    names = {
        "hidden_reference": "hidden reference",
        "mid_anchor": "7 kHz anchor",
        "low_anchor": "3.5 kHz anchor",
    }
    return names.get(kind, condition)


def _block(kind: object) -> int:
    return min(2, PLACES.get(str(kind), 1))
