"""What the terminal shows: sentences and tables as wide as it is.

Where output goes into a file or a pipe, lines are left whole, unless COLUMNS states a width.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import click

from codecbench.readable import readable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

UNBROKEN = 100_000
"""Columns of a console whose lines are never broken."""

GAP = 2
"""Blanks between two columns of a table, as `print_table` sets it."""

LEAST_TEXT = 12
"""Columns under which a name that is cut or folded says nothing."""

_LEAST = 40
"""Columns: nothing of ours can be read in fewer."""


def width(stderr: bool = False) -> int | None:
    """Columns that output has to fit into; None where nothing states a width."""
    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(_LEAST, shutil.get_terminal_size().columns)
    return None


def console(stderr: bool = False) -> Console:
    """A console of that width."""
    from rich.console import Console

    return Console(stderr=stderr, width=width(stderr) or UNBROKEN, highlight=False)


def tell(text: str, indent: str = "", hang: str = "  ") -> None:
    """Print a sentence, broken between words alone. hang: stands before its further lines."""
    click.echo(_wrapped(text, width(), indent, indent + hang))


def tell_error(text: str) -> None:
    """Print an error as all are printed: one line, but for the eyes of a person at a terminal."""
    columns = width(stderr=True) if sys.stderr.isatty() else None
    click.echo(_wrapped(f"bench: {text}", columns, "", "  "), err=True)


def _wrapped(text: str, columns: int | None, first: str, others: str) -> str:
    text = " ".join(readable(text).splitlines())
    if columns is None:
        return first + text
    return textwrap.fill(
        text,
        columns,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def print_table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str | Text]], left: int = 1
) -> None:
    """Print a table; the first `left` columns are text, the others numbers, which never break.

    Where these and `LEAST_TEXT` of each text need more than there is, the table is wider than that.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    screen = console()
    natural = [
        max(len(line) for cell in column for line in str(cell).split("\n"))
        for column in zip(headings, *rows, strict=True)
    ]
    least = [min(columns, LEAST_TEXT) for columns in natural[:left]] + natural[left:]
    screen.width = max(screen.width, sum(least) + GAP * (len(least) - 1))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    names = max([len(str(row[0])) for row in rows], default=0)
    for i, heading in enumerate(headings):
        whole = i >= left or (i == 0 and names <= screen.width // 2)
        justify: Literal["left", "right"] = "right" if i >= left else "left"
        table.add_column(heading, justify=justify, no_wrap=whole, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    if title:
        screen.print(Text(title, style="bold"))
    screen.print(table)
    click.echo()
