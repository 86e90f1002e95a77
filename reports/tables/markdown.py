"""Tables as Markdown, as GitHub renders it: best bold, second underlined, notes below."""

from __future__ import annotations

import re

from codecbench.reports.tables.model import Cell, Table

SPECIAL = re.compile(r"([\\`*_|<>\[\]~#$&])")


def to_markdown(table: Table) -> str:
    """The table with its title above and its notes below."""
    lines = [f"**{escaped(table.title)}**", ""]
    lines.append(_line([escaped(column.title) for column in table.columns]))
    lines.append(_line(["---:" if column.numbers else ":---" for column in table.columns]))
    lines += [_line([_cell(cell) for cell in row.cells]) for row in table.rows]
    for note in table.notes:
        mark = f"<sup>{note.mark}</sup> " if note.mark else ""
        lines += ["", f"{mark}{escaped(note.text)}"]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, in a table too."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if cell.repeats:
        return ""
    text = escaped(cell.text)
    if cell.best:
        text = f"**{text}**"
    if cell.second:
        text = f"<ins>{text}</ins>"
    if cell.interval:
        text += f" {escaped(cell.interval)}".replace(" ", "\N{NO-BREAK SPACE}")
    return text + (f"<sup>{','.join(cell.marks)}</sup>" if cell.marks else "")
