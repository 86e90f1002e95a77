"""Designs and ratings for tests of the analysis: no sounds, no server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from codecbench.listening_test.records import RATING_COLUMNS
from codecbench.listening_test.test_file import Condition, Item, Kind, ListeningTest, Stimulus

STANDARD = (
    Condition("reference", "hidden_reference"),
    Condition("anchor35", "low_anchor"),
    Condition("anchor70", "mid_anchor"),
    Condition("opus@6", "codec", 6000.0),
    Condition("dac@8", "codec", 8000.0),
)
QUALITY = {"reference": 100.0, "anchor35": 25.0, "anchor70": 45.0, "opus@6": 50.0, "dac@8": 60.0}


def design(
    items: int = 20,
    conditions: tuple[Condition, ...] = STANDARD,
    kind: Kind = "mushra",
    **changes: Any,
) -> ListeningTest:
    """A test of items `i00`, `i01`, … in the categories speech and music by turns."""
    made = tuple(
        Item(
            id=f"i{k:02}",
            clip=f"i{k:02}.wav",
            category="speech" if k % 2 else "music",
            licence="CC0",
            source="synthetic",
            start_s=0.0,
            duration_s=8.0,
            gain_db=0.0,
            open_reference=Stimulus("reference", f"i{k:02}/open.wav", "", None),
            stimuli=(),
        )
        for k in range(items)
    )
    return ListeningTest("t", "A test", kind, 48000, 1, conditions, made, (), **changes)


def ratings(test: ListeningTest, scores: Mapping[str, Mapping[str, list[int]]]) -> pd.DataFrame:
    """Completed trials: rater -> condition -> score of each item in order."""
    kinds = {condition.name: condition.kind for condition in test.conditions}
    rows = []
    for rater, by_condition in scores.items():
        for slot, (condition, of_items) in enumerate(by_condition.items()):
            for page, score in enumerate(of_items):
                item = test.items[page]
                of_row = (rater, item.id, item.category, condition, kinds[condition], score)
                rows.append((*of_row, 0, False, True, page, slot, ""))
    return pd.DataFrame(rows, columns=RATING_COLUMNS)


def no_events() -> pd.DataFrame:
    """The frame of events of a test where none were sent."""
    columns = ["rater", "item", "page", "slot", "kind", "condition", "position_s", "at_s", "detail"]
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})


def who(*names: str) -> pd.DataFrame:
    """The frame of raters."""
    return pd.DataFrame({"rater": list(names), "erased": [False] * len(names)})


def one(table: pd.DataFrame, **equal: object) -> dict[Any, Any]:
    """The one row of a table with these values."""
    for column, value in equal.items():
        table = table[table[column] == value]
    (row,) = table.to_dict("records")
    return row
