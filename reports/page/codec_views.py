"""A codec by itself: how its codebooks are used, and how fast it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codecbench.reports.page.view import (
    Cell,
    Choice,
    Column,
    Panels,
    TableView,
    counted,
    kbps,
    number,
    number_cell,
    series_cell,
    text_cell,
)

if TYPE_CHECKING:
    import pandas as pd


def codebook_panels(codebooks: pd.DataFrame) -> Panels | None:
    """A table of codebooks a codec and point, that with the most codebooks first; None without."""
    if codebooks.empty:
        return None
    tables, answers = [], []
    sizes = codebooks.groupby(["series", "point"], sort=False).codebook.max().reset_index()
    order = sizes.sort_values(["series", "codebook"], ascending=[True, False], kind="stable")
    for i, (series, point) in enumerate(zip(order["series"], order.point, strict=True)):
        rows = codebooks[(codebooks["series"] == series) & (codebooks.point == point)]
        answers.append((str(i), f"{series} at {point} kbps, {counted(len(rows), 'codebook')}"))
        tables.append((str(i), _codebooks(rows, str(series), str(point))))
    choices = (Choice("Codec and point", tuple(answers)),) if len(tables) > 1 else ()
    if not choices:
        tables = [("", tables[0][1])]
    return Panels("codebooks", choices, tuple(tables))


def _codebooks(rows: pd.DataFrame, series: str, point: str) -> TableView:
    columns = (
        Column("Codebook"),
        Column("Entries"),
        Column("Used", "share sent at all"),
        Column("Entropy", "bit"),
        Column("Perplexity"),
        Column("Efficiency", "entropy over bits sent"),
        Column("Codes", "counted"),
    )
    notes = set(rows.note.fillna("").astype(str))
    shared = notes.pop() if len(notes) == 1 else ""
    cells = [_codebook(row, shared) for row in rows.sort_values("codebook").to_dict("records")]
    caption = f"Codebooks of {series} at {point} kbps"
    return TableView(f"{caption}; {shared}" if shared else caption, columns, tuple(cells))


def _codebook(row: dict[Any, Any], shared_note: str) -> tuple[Cell, ...]:
    note = "" if shared_note else str(row["note"] or "")
    usage, efficiency = float(row["usage"]), float(row["efficiency"])
    return (
        number_cell(row["codebook"], str(int(row["codebook"]))),
        number_cell(row["codebook_size"], str(int(row["codebook_size"]))),
        Cell(f"{100 * usage:.1f} %", usage, bar=usage),
        number_cell(row["entropy_bits"], number(row["entropy_bits"], 2)),
        number_cell(row["perplexity"], number(row["perplexity"], 0)),
        Cell(f"{100 * efficiency:.1f} %", efficiency, bar=efficiency),
        Cell(number(float(row["codes"]), 0), float(row["codes"]), note),
    )


def speed_table(speed: pd.DataFrame) -> TableView | None:
    """Seconds of work per second of audio; None where nothing was timed."""
    if speed.empty:
        return None
    columns = (
        Column("Codec", numeric=False),
        Column("kbps", "measured"),
        Column("Encoding", "s per s of audio ↓"),
        Column("Decoding", "s per s of audio ↓"),
        Column("Threads"),
        Column("Machine", numeric=False),
    )
    rows = tuple(
        (
            series_cell(row["series"]),
            number_cell(row["bitrate_bps"], kbps(row["bitrate_bps"])),
            number_cell(row["rtf_encode"], _seconds(row["rtf_encode"])),
            number_cell(row["rtf_decode"], _seconds(row["rtf_decode"])),
            number_cell(row["threads"], str(int(row["threads"]))),
            text_cell(row["machine"]),
        )
        for row in speed.sort_values(["series", "bitrate_bps"]).to_dict("records")
    )
    return TableView("Real-time factors: below 1 is faster than real time", columns, rows)


def _seconds(value: float) -> str:
    return number(value, 4 if value < 0.01 else 3 if value < 1 else 2)
