"""Files that appear whole or not at all, and names that become file names and labels.

Every file of ours is written through `appearing`, `write_whole` or `write_text`; every name that a
user or a codec gave becomes part of a path or a label through `file_name`, `file_path` or `label`,
which never give one result to two names.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from codecbench.errors import CodecbenchError, StoreError
from codecbench.readable import utf8

_LONGEST_BYTES = 120
"""Of a name that is kept as it is; file systems allow 255, and suffixes follow."""

_CUT = 60
"""Characters kept of a name that is not kept whole."""


@contextmanager
def appearing(path: Path, error: type[CodecbenchError] = StoreError) -> Iterator[Path]:
    """Give a path to write to, in the same folder, which takes the place of `path` at the end.

    Where the block raises, nothing is left and what was there stays. The folder is made. The name
    written to is short, whatever `path` is called, and is nobody else's. Raises `error`, naming the
    file, the cause and, for a full disk, what to do.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        os.close(handle)
        part = Path(name)
        try:
            yield part
            part.chmod(0o644)  # mkstemp's are for the owner alone
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as cause:
        raise error(f"cannot write {path}: {cause.strerror or cause}{_advice(cause)}") from cause


def write_whole(path: Path, data: bytes, error: type[CodecbenchError] = StoreError) -> None:
    """Write a file whole or not at all, as `appearing` does."""
    with appearing(path, error) as part:
        part.write_bytes(data)


def write_text(path: Path, text: str, error: type[CodecbenchError] = StoreError) -> None:
    """Write text in UTF-8, whole or not at all; what UTF-8 cannot hold is made readable."""
    write_whole(path, utf8(text), error)


def read_whole(path: Path, error: type[CodecbenchError] = StoreError) -> bytes:
    """The bytes of a file. Raises `error`, naming the file and the cause."""
    try:
        return path.read_bytes()
    except OSError as cause:
        raise error(f"{path}: cannot be read: {cause.strerror or cause}") from cause


def file_name(name: str) -> str:
    """A name as one part of a path, another one for every other name.

    Letters, digits and `-_.,=@+` stay. A name with other characters, a long one, and one that is
    not in composed Unicode (NFC) is written with `_` in their place and marked by `~` and a hash.
    Names that differ in case alone give results that do.
    """
    return _injective(name, lambda c: c.isalnum() or c in "-_.,=@+", "_", "~")


def file_path(name: str) -> PurePosixPath:
    """A name with `/` in it as a relative path, each part as of `file_name`."""
    return PurePosixPath(*map(file_name, name.split("/")))


def label(name: str) -> str:
    r"""A name as part of a LaTeX `\label`, another one for every other name: ASCII alone."""
    return _injective(name, lambda c: c.isascii() and (c.isalnum() or c == "-"), "-", ".")


def _injective(name: str, is_kept: Callable[[str], bool], filler: str, mark: str) -> str:
    """The name, or what can be kept of it, `mark` and a hash. No name that is kept has `mark`."""
    kept = "".join(c if is_kept(c) else filler for c in name)
    encoded = name.encode(errors="surrogateescape")
    whole = (
        kept == name
        and unicodedata.is_normalized("NFC", name)
        and 0 < len(encoded) <= _LONGEST_BYTES
        and not name.startswith(".")
    )
    if whole:
        return name
    stem = unicodedata.normalize("NFC", kept)
    stem = re.sub(rf"{re.escape(filler)}+", filler, stem)[:_CUT].strip(f".{filler}")
    while len(stem.encode()) > _LONGEST_BYTES:
        stem = stem[:-1]
    return f"{stem}{mark}{hashlib.sha256(encoded).hexdigest()[:10]}"


def _advice(error: OSError) -> str:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return ". Free some space and run the same command again" if full else ""
