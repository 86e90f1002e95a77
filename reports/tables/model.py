"""What a table is: columns, rows of cells, notes; writers turn it into LaTeX, Markdown or CSV.

A cell has the text that people read and the number behind it at full precision. Text is plain
Unicode: each writer escapes it for its own format.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Direction = Literal["higher", "lower", "neither"]
ARROWS: dict[str, str] = {"higher": "↑", "lower": "↓", "neither": ""}
MISSING = "–"

NAN = float("nan")


@dataclass(frozen=True)
class Column:
    """A column. key: its name in a CSV, with the unit where that is not the metric's own.

    numbers: whether cells are numbers, set flush right. interval: whether they have intervals,
    which a CSV then gives in two columns more, `KEY_low` and `KEY_high`.
    """

    key: str
    heading: str
    unit: str = ""
    direction: Direction = "neither"
    numbers: bool = True
    interval: bool = False

    @property
    def title(self) -> str:
        """Heading with unit and arrow: `SI-SDR (dB) ↑`."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.heading}{unit} {ARROWS[self.direction]}".rstrip()


@dataclass(frozen=True)
class Cell:
    """A cell. mean, low, high: in the column's unit; NaN where there is none.

    text: what is read, a number's mean. interval: how its interval reads, "" where none is shown.
    best, second: its rank in its column; equals share a rank. marks: of the notes that it bears.
    repeats: the same as in the row above, which is printed only there.
    """

    text: str
    interval: str = ""
    mean: float = NAN
    low: float = NAN
    high: float = NAN
    best: bool = False
    second: bool = False
    marks: tuple[str, ...] = ()
    repeats: bool = False


@dataclass(frozen=True)
class Row:
    """A row. starts_block: whether it begins a group of rows, set apart by a little space."""

    cells: tuple[Cell, ...]
    starts_block: bool = False


@dataclass(frozen=True)
class Note:
    """A line under the table. mark: the letter by which cells refer to it, "" for the table's."""

    text: str
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """A table. label: for references to it, of letters, digits, `-` and `.`; no two
    tables of a report have one."""

    title: str
    label: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = field(default=())

    def frame(self) -> pd.DataFrame:
        """Numbers at full precision, one row a row; `notes` tells what marked cells' notes say."""
        import pandas as pd

        texts = {note.mark: note.text for note in self.notes}
        records: list[list[object]] = []
        for row in self.rows:
            record: list[object] = []
            notes = []
            for column, cell in zip(self.columns, row.cells, strict=True):
                record.append(cell.mean if column.numbers else cell.text)
                record += [cell.low, cell.high] if column.interval else []
                notes += [f"{column.key}: {texts[mark]}" for mark in cell.marks]
            records.append([*record, "; ".join(notes)])
        return pd.DataFrame(records, columns=_headings(self.columns))


class Marks:
    """Gives letters to notes: the same text gets the same letter."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def mark(self, text: str) -> str:
        """The letter of this note: a to z, then aa, ab, …"""
        if text not in self._letters:
            number, letters = len(self._letters) + 1, ""
            while number:
                number, place = divmod(number - 1, 26)
                letters = chr(ord("a") + place) + letters
            self._letters[text] = letters
        return self._letters[text]

    @property
    def notes(self) -> tuple[Note, ...]:
        """All notes that were given a letter, in its order."""
        return tuple(Note(text, letter) for text, letter in self._letters.items())


def _headings(columns: tuple[Column, ...]) -> list[str]:
    """Of a CSV. A codec may be called as an end of another's intervals, or `notes`: what is ours
    gets as many `_` more as tell it apart."""
    taken = Counter(column.key for column in columns)
    found = []

    def free(key: str, end: str) -> str:
        while f"{key}{end}" in taken:
            end = f"_{end}"
        taken[f"{key}{end}"] += 1
        return f"{key}{end}"

    for place, column in enumerate(columns):
        is_first = not any(other.key == column.key for other in columns[:place])
        found.append(column.key if is_first else free(column.key, "_"))
        found += [free(column.key, end) for end in ("_low", "_high")] if column.interval else []
    return [*found, free("", "notes")]
