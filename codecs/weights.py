"""Weights of codecs: where their publisher keeps them, the cache on this machine, and checksums.

The cache holds `weights/NAME/REVISION/` with the files of one set, and beside each file a small
JSON, `FILE.sum.json`, with its checksum, size and time of change. It pins a file whose publisher
names no checksum, and spares hashing a large file that has not been touched since.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from codecbench.errors import WeightsError
from codecbench.files import appearing, write_text

Progress = Callable[[str, int, int | None], None]
"""Called with the name of a file, the bytes that have come, and the total where it is known."""

SUM_SUFFIX = ".sum.json"
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class WeightFile:
    """One file. sha256: the published sum, or its first digits where the publisher gives no more.

    None where it gives nothing. In both cases the first fetch pins the whole sum.
    """

    name: str
    url: str
    sha256: str | None


@dataclass(frozen=True)
class WeightSet:
    """The files that one model needs, at a pinned revision of their publisher.

    name: the codec as the user types it, `encodec:48khz`, so that a message can say what to type.
    """

    name: str
    publisher: str
    revision: str
    licence: str
    files: tuple[WeightFile, ...]


def cache_folder() -> Path:
    """The folder of what can be fetched again: `CODECBENCH_CACHE`, or the platform's."""
    if given := os.environ.get("CODECBENCH_CACHE"):
        return Path(given).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_path("codecbench"))


def find(weights: WeightSet) -> Path | None:
    """The cache's folder with all the files of the set, or None where one is missing.

    Raises `WeightsError` for a file that is there with a wrong checksum.
    """
    folder = _folder(weights)
    for file in weights.files:
        path = folder / file.name
        if not path.is_file():
            return None
        _verify(path, file, weights)
    return folder


def require(weights: WeightSet) -> Path:
    """The folder with all the files of the set: from the cache, else fetched from the publisher.

    Without a network this answers within seconds, however many sets are asked for. Raises
    `WeightsError`, one short sentence with the command that brings them, or says why it cannot.
    """
    if (folder := find(weights)) is not None:
        return folder
    try:
        return _complete(weights, source=None, progress=None, hurried=True)
    except WeightsError as error:
        raise WeightsError(
            f"{weights.name}: its weights are not here: run `bench fetch {weights.name}`"
        ) from error


def fetch(weights: WeightSet, source: Path | None = None, progress: Progress | None = None) -> Path:
    """Bring the files of the set into the cache, from the publisher or from the folder `source`.

    Files that are there already and sound are left; a damaged one is replaced. Raises
    `WeightsError` for a file that is missing, cut short or of a wrong checksum; then the cache
    is as before, but for the files that came whole.
    """
    if source is not None:
        missing = [f.name for f in weights.files if not (source / f.name).is_file()]
        if missing:
            raise WeightsError(f"{weights.name}: {source} does not hold {', '.join(missing)}")
    try:
        return _complete(weights, source, progress, hurried=False)
    except WeightsError as error:
        advice = "" if source else f"; with the files: bench fetch {weights.name} --from FOLDER"
        raise WeightsError(f"{weights.name}: {error}{advice}") from None


def content_hash(paths: Iterable[Path]) -> str:
    """16 hex digits for the contents of the files, in the order given, whatever their names."""
    total = hashlib.sha256()
    for path in paths:
        status = path.stat()
        total.update(bytes.fromhex(_sha256(path, status.st_size, status.st_mtime_ns)))
    return total.hexdigest()[:16]


def _folder(weights: WeightSet) -> Path:
    # A colon can't be part of a file name on Windows.
    return cache_folder() / "weights" / weights.name.replace(":", "-") / weights.revision


def _complete(
    weights: WeightSet, source: Path | None, progress: Progress | None, *, hurried: bool
) -> Path:
    folder = _folder(weights)
    for file in weights.files:
        path = folder / file.name
        if path.is_file():
            with contextlib.suppress(WeightsError):
                _verify(path, file, weights)
                continue
        if source is None:
            from codecbench.codecs.download import download

            with download(file.url, hurried=hurried) as (blocks, total_bytes):
                _store(path, file, blocks, total_bytes, progress)
        else:
            given = source / file.name
            _store(path, file, _read(given), given.stat().st_size, progress)
    return folder


def _read(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK_BYTES):
                yield block
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error


def _store(
    path: Path,
    file: WeightFile,
    blocks: Iterator[bytes],
    total_bytes: int | None,
    progress: Progress | None,
) -> None:
    """Write the blocks beside `path`, check it, and only then give it its name."""
    digest, done = hashlib.sha256(), 0
    with appearing(path, WeightsError) as part:
        with part.open("wb") as out:
            for block in blocks:
                out.write(block)
                digest.update(block)
                done += len(block)
                if progress is not None:
                    progress(file.name, done, total_bytes)
        if total_bytes is not None and done != total_bytes:
            raise WeightsError(f"{file.name} came cut short: {done} of {total_bytes} bytes")
        _check(digest.hexdigest(), _expected(path, file), file.name)
    _pin(path, digest.hexdigest())


def _verify(path: Path, file: WeightFile, weights: WeightSet) -> None:
    """Check a file of the cache: hashed where size or time of change are not as noted."""
    expected = _expected(path, file)
    status = path.stat()
    noted = _noted(path)
    if noted.get("sha256", "").startswith(file.sha256 or "") and (
        noted.get("size_bytes"),
        noted.get("mtime_ns"),
    ) == (str(status.st_size), str(status.st_mtime_ns)):
        return
    actual = _sha256(path, status.st_size, status.st_mtime_ns)
    try:
        _check(actual, expected, str(path))
    except WeightsError as error:
        raise WeightsError(
            f"{weights.name}: damaged weights: {error}; "
            f"`bench fetch {weights.name}` replaces the file (`--from FOLDER` without a network)"
        ) from None
    with contextlib.suppress(WeightsError):  # a cache that is read-only is hashed each time
        _pin(path, actual)


def _check(actual: str, expected: str, name: str) -> None:
    if not actual.startswith(expected):
        raise WeightsError(f"{name} has the sha256 {actual}, expected {expected}")


def _expected(path: Path, file: WeightFile) -> str:
    """The sum that the file must begin with: the published one, the pinned one, or anything."""
    pinned = _noted(path).get("sha256", "")
    published = file.sha256 or ""
    return pinned if pinned.startswith(published) and pinned else published


def _noted(path: Path) -> dict[str, str]:
    try:
        noted = json.loads(path.with_name(path.name + SUM_SUFFIX).read_text())
    except (OSError, ValueError):
        return {}  # no note, or a damaged one: the file is hashed against the published sum
    return noted if isinstance(noted, dict) else {}


def _pin(path: Path, sha256: str) -> None:
    status = path.stat()
    note = {
        "sha256": sha256,
        "size_bytes": str(status.st_size),
        "mtime_ns": str(status.st_mtime_ns),
    }
    text = json.dumps(note, indent=1) + "\n"
    write_text(path.with_name(path.name + SUM_SUFFIX), text, WeightsError)


@lru_cache(maxsize=256)
def _sha256(path: Path, size_bytes: int, mtime_ns: int) -> str:
    """The sum of a file; with its size and time of change it is remembered until it changes."""
    digest = hashlib.sha256()
    for block in _read(path):
        digest.update(block)
    return digest.hexdigest()
