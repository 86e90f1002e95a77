"""Files that appear whole or not at all, and names that become file names and labels.

Every file of ours is written through `appearing`, `write_whole` or `write_text`; every name that a
user or a codec gave becomes part of a path or a label through `file_name`, `file_names`,
`file_path` or `label`, which never give one result to two names.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
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
    Names that differ in case alone give results that do: where case does not count, take
    `file_names`.
    """
    return name if _stays(name, _in_file_names) else _marked(name, _in_file_names, "_", "~")


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Names as parts of paths that belong together, told apart even where case does not count.

    As of `file_name`, and without the mark where what is left of a name is nobody else's.
    """
    short = {
        name: name if _stays(name, _in_file_names) else _stem(name, _in_file_names, "_")
        for name in names
    }
    uses = Counter(stem.casefold() for stem in short.values())
    return {
        name: stem
        if stem and uses[stem.casefold()] == 1
        else _marked(name, _in_file_names, "_", "~")
        for name, stem in short.items()
    }


def file_path(name: str, suffix: str = "") -> PurePosixPath:
    """A name with `/` in it as the relative path of a file, each part as of `file_name`.

    suffix: of the file. A folder that ends in it is marked: the file of `a` and the folder of
    `a.wav/b` can lie side by side.
    """
    *folders, last = name.split("/")
    parts = [
        _marked(folder, _in_file_names, "_", "~")
        if suffix and folder.casefold().endswith(suffix)
        else file_name(folder)
        for folder in folders
    ]
    return PurePosixPath(*parts, f"{file_name(last)}{suffix}")


def label(name: str) -> str:
    r"""A name as part of a LaTeX `\label`, another one for every other name: ASCII alone."""
    return name if _stays(name, _in_labels) else _marked(name, _in_labels, "-", ".")


def _in_file_names(character: str) -> bool:
    return character.isalnum() or character in "-_.,=@+"


def _in_labels(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "-")


def _stays(name: str, is_kept: Callable[[str], bool]) -> bool:
    return (
        all(map(is_kept, name))
        and unicodedata.is_normalized("NFC", name)
        and 0 < len(name.encode()) <= _LONGEST_BYTES
        and not name.startswith(".")
    )


def _stem(name: str, is_kept: Callable[[str], bool], filler: str) -> str:
    """What can be kept of a name."""
    kept = "".join(c if is_kept(c) else filler for c in name)
    stem = unicodedata.normalize("NFC", kept)
    stem = re.sub(rf"{re.escape(filler)}+", filler, stem)[:_CUT].strip(f".{filler}")
    while len(stem.encode()) > _LONGEST_BYTES:
        stem = stem[:-1]
    return stem


def _marked(name: str, is_kept: Callable[[str], bool], filler: str, mark: str) -> str:
    """What can be kept of a name, `mark`, which no name that stays has, and a hash."""
    encoded = name.encode(errors="surrogateescape")
    return f"{_stem(name, is_kept, filler)}{mark}{hashlib.sha256(encoded).hexdigest()[:10]}"


def _advice(error: OSError) -> str:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return ". Free some space and run the same command again" if full else ""
