"""Names of files as text that can be read, stored and compared.

A file's name is bytes. Where they are not UTF-8, Python's text of them holds lone surrogates, which
neither a terminal nor a database nor a file in UTF-8 takes: they are shown as `caf\xe9`. The files
themselves are opened by their own names.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNPRINTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def readable(text: str) -> str:
    r"""The text with each byte that is not UTF-8 as `\xe9`; all other text as it is."""
    return text if text.isascii() else _SURROGATE.sub(_escape, text)


def utf8(text: str) -> bytes:
    """The text as UTF-8, readable."""
    return readable(text).encode()


def canonical_name(name: str) -> str:
    r"""A file's name as clips are named and compared: readable, in composed Unicode (NFC).

    Names that look the same are the same, whether macOS or Linux wrote them. Line ends and other
    control characters are shown as `\n`.
    """
    return unicodedata.normalize("NFC", _UNPRINTED.sub(_escape, readable(name)))


def as_shown(path: Path) -> Path | None:
    """The file or folder at a path as it is, else as its canonical name shows it, else None.

    A part of the path that names several entries of their folder by what is shown names none.
    """
    if os.path.exists(path):
        return path
    here = Path(path.anchor)
    for part in path.parts[len(here.parts) :]:
        if os.path.exists(here / part):
            here /= part
            continue
        wanted = canonical_name(part)
        try:
            entries = [name for name in os.listdir(here) if canonical_name(name) == wanted]
        except OSError:
            return None
        if len(entries) != 1:
            return None
        here /= entries[0]
    return here


def escape_unencodable(error: UnicodeError) -> tuple[str, int]:
    """Handler for streams (`codecs.register_error`): what they cannot encode is shown escaped."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return re.sub(".", _escape, error.object[error.start : error.end], flags=re.DOTALL), error.end


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if "\udc80" <= character <= "\udcff":  # PEP 383: a byte of its own
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
