"""Manifests: tables of a line a file, as people and spreadsheets save them. One reader for all.

A header names the columns, in either case; `path` is one of them. Text is UTF-8, or UTF-16 that
begins with its mark; fields are separated by commas, semicolons or tabs, and may be quoted. Columns
without use to the caller are passed over, as are empty lines. Paths are absolute or from the
manifest's folder, and are compared as `codecbench.readable.canonical_name` does.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codecbench.audio_files import place_of
from codecbench.errors import UsageError
from codecbench.readable import as_shown

MANIFEST_NAME = "manifest.csv"

_SEPARATORS = ",;\t"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Line:
    """One file of a manifest.

    path: of a file that is there. fields: text by column, in lower case, stripped, in composed
    Unicode. where: manifest and number, for messages. separator: of the manifest's fields.
    """

    path: Path
    fields: Mapping[str, str]
    where: str
    separator: str


def read_manifest(manifest: Path, columns: Sequence[str] = ()) -> tuple[Line, ...]:
    """The lines of a manifest that has `path` and these columns, in order, each file once.

    Raises `UsageError`, naming manifest and line, for anything that is not a sound manifest: not
    text, a column that is missing or is there twice, rows of another length, a file twice or not
    there, no rows.
    """
    separator, rows = _table(manifest)
    header = _header(rows)
    _check_header(manifest, header, ("path", *columns))
    if len(rows) < 2:
        raise UsageError(f"{manifest}: the manifest lists no files")
    lines: list[Line] = []
    first: dict[Path, int] = {}
    for number, row in rows[1:]:
        line = _line(manifest, header, row, f"{manifest}, line {number}", separator)
        place = place_of(line.path)
        if place in first:
            raise UsageError(f"{line.where}: {line.fields['path']} is also on line {first[place]}")
        first[place] = number
        lines.append(line)
    return tuple(lines)


def manifest_columns(manifest: Path) -> tuple[str, ...]:
    """The columns that a manifest names, in lower case. Raises `UsageError` for what is no CSV."""
    _, rows = _table(manifest)
    return tuple(_header(rows))


_Rows = list[tuple[int, list[str]]]
"""Lines that are not empty, with their numbers; the first is the header."""


def _table(manifest: Path) -> tuple[str, _Rows]:
    """The separator and the lines."""
    separator, text, skipped = _separator(_text(manifest))
    table = csv.reader(io.StringIO(text), delimiter=separator, strict=True, skipinitialspace=True)
    rows: _Rows = []
    try:
        for row in table:
            if any(field.strip() for field in row):
                rows.append((table.line_num + skipped, row))
    except csv.Error as error:
        number = table.line_num + skipped
        raise UsageError(f"{manifest}, line {number}: not CSV: {error}") from error
    return separator, rows


def _header(rows: _Rows) -> list[str]:
    return [name.strip().lower() for name in rows[0][1]] if rows else []


def _text(manifest: Path) -> str:
    try:
        data = manifest.read_bytes()
    except OSError as error:
        raise UsageError(f"{manifest}: cannot be read: {error.strerror}") from error
    try:
        text = data.decode("utf-16" if data.startswith(_UTF16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{manifest}: not text in UTF-8 (byte {error.start}); save it as CSV in UTF-8"
        ) from error
    if (at := text.find("\0")) >= 0:
        raise UsageError(f"{manifest}: not text (character {at} is 0); save it as CSV in UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _separator(text: str) -> tuple[str, str, int]:
    """The separator, the text of the table, and how many lines stand before it.

    A first line `sep=;` is how spreadsheets are told; else the header shows.
    """
    first, _, rest = text.partition("\n")
    hint = first.strip().strip('"').lower()
    if hint.startswith("sep=") and hint[4:5] in tuple(_SEPARATORS):
        return hint[4], rest, 1
    if first.rstrip(" ").lower() == "sep=\t":
        return "\t", rest, 1
    header = text.lstrip("\n").partition("\n")[0]
    return max(_SEPARATORS, key=header.count), text, 0


def _check_header(manifest: Path, header: Sequence[str], needed: Sequence[str]) -> None:
    found = ", ".join(filter(None, header)) or "nothing"
    for name in needed:
        if name not in header:
            raise UsageError(f"{manifest}: the manifest needs a column {name}; it has {found}")
    for name, count in Counter(filter(None, header)).items():
        if count > 1:
            raise UsageError(f"{manifest}: the manifest has {count} columns {name}: name each once")


def _line(
    manifest: Path, header: Sequence[str], row: list[str], where: str, separator: str
) -> Line:
    while len(row) > len(header) and not row[-1].strip():  # spreadsheets add empty ones
        row = row[:-1]
    if len(row) != len(header):
        raise UsageError(f"{where}: its fields are not the header's {len(header)}")
    stripped = [field.strip() for field in row]
    written = dict(zip(header, stripped, strict=True))["path"]
    path = _find(manifest.parent, written) if written else None
    if path is None:
        missing = Path(os.path.normpath(manifest.parent / written)) if written else None
        raise UsageError(f"{where}: {_cause(missing)}: {missing or '(empty path)'}")
    composed = [unicodedata.normalize("NFC", field) for field in stripped]
    return Line(path, dict(zip(header, composed, strict=True)), where, separator)


def _cause(path: Path | None) -> str:
    """Why there is no file to be had at a path."""
    try:
        if path is not None and path.stat():
            return "not a file"
    except OSError as error:
        if error.errno in (errno.EACCES, errno.ENAMETOOLONG, errno.ELOOP):
            return str(error.strerror)
    return "no such file"


def _find(folder: Path, written: str) -> Path | None:
    """The file that is written in a manifest: as it is, by its readable name, with backslashes."""
    for text in dict.fromkeys((written, written.replace("\\", "/"))):
        path = Path(os.path.normpath(folder / text))
        if (found := as_shown(path)) is not None and os.path.isfile(found):
            return _seen_from(folder, found)
    return None


def _seen_from(folder: Path, path: Path) -> Path:
    """The path by way of the folder, where it leads through it."""
    for whole, base in (
        (Path(os.path.abspath(path)), os.path.abspath(folder)),
        (place_of(path), os.path.realpath(folder)),
    ):
        if whole.is_relative_to(base):
            return folder / whole.relative_to(base)
    return path
