"""Tables as CSV, for machines: full precision, interval ends in columns of their own.

Bold and underline are of the printed table alone. What a cell's note says stands in the last
column, `notes`; a cell without value is empty.
"""

from __future__ import annotations

from codecbench.reports.tables.model import Table


def to_csv(table: Table) -> str:
    """The table as CSV (RFC 4180, but lines end in a line feed)."""
    return table.frame().to_csv(index=False, lineterminator="\n")
