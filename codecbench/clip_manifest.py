"""Manifests of clips: a CSV file with a header that says what each file is and where it is from.

Columns: `path` (relative to the manifest), and where wanted `category`, `group`, `licence` (or
`license`), `source`. Others are passed over. The separator is a comma or a semicolon.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path

from codecbench.errors import UsageError

MANIFEST_NAME = "manifest.csv"


@dataclass(frozen=True)
class Row:
    """What a manifest says of one file; "" where it says nothing."""

    category: str = ""
    group: str = ""
    licence: str = ""
    source: str = ""


def read_manifest(manifest: Path) -> dict[Path, Row]:
    """Rows by file, the path taken from the manifest's folder.

    Raises `UsageError`, naming manifest and line, for anything that is not a sound manifest: not
    text in UTF-8, no column `path`, rows of another length, a file twice or not there, no rows.
    """
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{manifest}: not text in UTF-8 (byte {error.start}); save it as CSV in UTF-8"
        ) from error
    except OSError as error:
        raise UsageError(f"{manifest}: cannot be read: {error.strerror}") from error
    header = text.partition("\n")[0]
    table = csv.DictReader(
        io.StringIO(text),
        delimiter=";" if header.count(";") > header.count(",") else ",",
        strict=True,
    )
    try:
        return _rows(manifest, table)
    except csv.Error as error:
        line = table.reader.line_num
        raise UsageError(f"{manifest}, line {line}: not CSV: {error}") from error


def _rows(manifest: Path, table: csv.DictReader[str]) -> dict[Path, Row]:
    columns = [name.strip().lower() for name in table.fieldnames or []]
    if "path" not in columns:
        found = ", ".join(filter(None, columns)) or "nothing"
        raise UsageError(f"{manifest}: a manifest of clips needs a column path; it has {found}")
    table.fieldnames = columns
    rows: dict[Path, Row] = {}
    line_of: dict[Path, int] = {}
    for fields in table:
        where = f"{manifest}, line {table.line_num}"
        if None in fields or None in fields.values():  # how csv marks too many and too few
            raise UsageError(f"{where}: its fields are not the header's {len(columns)}")
        row = {column: field.strip() for column, field in fields.items()}
        path = Path(os.path.normpath(manifest.parent / row["path"]))
        if not row["path"] or not path.is_file():
            raise UsageError(f"{where}: no such file: {path if row['path'] else '(empty path)'}")
        if path in rows:
            raise UsageError(f"{where}: {row['path']} is also on line {line_of[path]}")
        line_of[path] = table.line_num
        rows[path] = Row(
            category=row.get("category", ""),
            group=row.get("group", ""),
            licence=row.get("licence", "") or row.get("license", ""),
            source=row.get("source", ""),
        )
    if not rows:
        raise UsageError(f"{manifest}: the manifest lists no files")
    return rows
