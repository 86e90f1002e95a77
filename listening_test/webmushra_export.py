"""Ratings in the layout of webMUSHRA's `mushra.csv`, for scripts that were written for it.

One row a rating: session_test_id, the questionnaire's fields, trial_id, rating_stimulus,
rating_score, rating_time, rating_comment, separated by commas. The field `uuid` tells raters
apart, as in what pymushra makes of it. rating_time is milliseconds spent on the trial, as
webMUSHRA's own, from the first to the last event of the page; empty where there were no events.
rating_stimulus is the condition's name, with webMUSHRA's own for the hidden reference and anchors
("reference", "anchor35", "anchor70"). Comments are not asked for, so that column is empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codecbench.listening_test.tables import scored

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.listening_test.test_file import ListeningTest

STIMULI = {"hidden_reference": "reference", "low_anchor": "anchor35", "mid_anchor": "anchor70"}
FIRST = ["session_test_id", "uuid"]
LAST = ["trial_id", "rating_stimulus", "rating_score", "rating_time", "rating_comment"]


def webmushra_table(
    test: ListeningTest, ratings: pd.DataFrame, events: pd.DataFrame, answers: pd.DataFrame
) -> pd.DataFrame:
    """Give the rows of completed scored trials, in the order of raters and pages.

    answers: of `records.load_answers`; each question of the test becomes a column, `answer_NAME`
    where webMUSHRA has one of that name.
    """
    rows = scored(ratings).sort_values(["rater", "page", "slot"], ignore_index=True)
    times = _times_ms(events)
    asked = [question.name for question in test.pages.questions]
    table = rows[["rater"]].rename(columns={"rater": "uuid"})
    table.insert(0, "session_test_id", test.name)
    columns: list[str] = []
    for name in asked:
        given = answers[answers["name"] == name].drop_duplicates("rater", keep="last")
        column = name
        while column in (*FIRST, *LAST, *columns):
            column = f"answer_{column}"
        columns.append(column)
        table[column] = rows.rater.map(given.set_index("rater")["value"])
    table["trial_id"] = rows.item
    table["rating_stimulus"] = rows.kind.map(STIMULI).fillna(rows.condition)
    table["rating_score"] = rows.score
    pages = zip(rows.rater, rows.page, strict=True)
    table["rating_time"] = [times.get(page, "") for page in pages]
    table["rating_comment"] = ""
    return table[["session_test_id", *columns, "uuid", *LAST]].fillna("")


def _times_ms(events: pd.DataFrame) -> dict[tuple[str, int], int]:
    if events.empty:
        return {}
    last = events.groupby(["rater", "page"]).at_s.max().dropna()
    keys = zip(last.index.get_level_values(0), last.index.get_level_values(1), strict=True)
    return {key: round(1000 * float(s)) for key, s in zip(keys, last.to_numpy(), strict=True)}
