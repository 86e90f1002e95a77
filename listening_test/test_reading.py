"""Reading a listening test back: every field checked, every stimulus there and unchanged.

The file is edited by hand and travels between machines, so whatever is not as
`listening_test.test_file` says is refused by the name of the field or file, never guessed.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.test_file import FORMAT, Item, ListeningTest, Stimulus, path_of


def read_test(folder: Path, check_stimuli: bool = True) -> ListeningTest:
    """The listening test in a folder.

    check_stimuli: read every stimulus and compare its SHA-256; analysis does without the sounds.

    Raises `UsageError` where there is no such test; `ListeningTestError`, naming field or file, for
    a file that is damaged, of a newer format or contradicts itself, and for a stimulus that is
    missing or changed.
    """
    path = path_of(folder)
    if not path.is_file():
        raise UsageError(f"{folder} is not a listening test: it holds no {path.name}")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ListeningTestError(f"{path} cannot be read: {error}") from error
    try:
        test = parse_test(text)
    except ListeningTestError as error:
        raise ListeningTestError(f"{path}: {error}") from None
    if check_stimuli:
        for stimulus in all_stimuli(test):
            _check_stimulus(folder, stimulus)
    return test


def parse_test(text: str) -> ListeningTest:
    """A test from the text of its file. Raises `ListeningTestError` that names the field."""
    try:
        plain = json.loads(text, parse_constant=_no_number)
    except ValueError as error:
        raise ListeningTestError(f"damaged: it is not JSON ({error})") from None
    if not isinstance(plain, dict) or not _is_int(plain.get("format")):
        raise ListeningTestError("damaged: it does not say its format")
    written = plain.pop("format")
    if written > FORMAT:
        raise ListeningTestError(
            f"written by a newer codecbench (format {written}, this one reads {FORMAT}): "
            "upgrade codecbench"
        )
    test = cast(ListeningTest, _value(ListeningTest, plain, ""))
    _check_whole(test)
    return test


def all_items(test: ListeningTest) -> tuple[Item, ...]:
    """The rated items and those of the training."""
    return test.items + test.training_items


def all_stimuli(test: ListeningTest) -> Iterator[Stimulus]:
    """Every sound of a test: open reference and stimuli of all items."""
    for item in all_items(test):
        yield item.open_reference
        yield from item.stimuli


def _check_stimulus(folder: Path, stimulus: Stimulus) -> None:
    path = folder / stimulus.file
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise ListeningTestError(f"the stimulus {path} is missing: copy the whole test") from None
    except OSError as error:
        raise ListeningTestError(f"the stimulus {path} cannot be read: {error.strerror}") from error
    if found != stimulus.sha256:
        raise ListeningTestError(
            f"the stimulus {path} changed since the test was made (its SHA-256 is not the one in "
            "test.json): restore it, or make the test anew"
        )


def _check_whole(test: ListeningTest) -> None:
    """What the types alone do not say."""
    _once("conditions", [condition.name for condition in test.conditions])
    _once("items", [item.id for item in all_items(test)])
    _once("stimuli", [stimulus.file for stimulus in all_stimuli(test)])
    if not test.items:
        raise ListeningTestError("items: there are none")
    if test.sample_rate_hz <= 0 or test.channels not in (1, 2):
        raise ListeningTestError("sample_rate_hz must be above 0, channels 1 or 2")
    names = [condition.name for condition in test.conditions]
    for item in all_items(test):
        if sorted(stimulus.condition for stimulus in item.stimuli) != sorted(names):
            raise ListeningTestError(
                f"item {item.id}: its stimuli are not those of the conditions {', '.join(names)}"
            )
    for stimulus in all_stimuli(test):
        parts = PurePosixPath(stimulus.file).parts
        if not parts or ".." in parts or parts[0] == "/" or "\\" in stimulus.file:
            raise ListeningTestError(f'the stimulus "{stimulus.file}" lies outside the test')


def _once(what: str, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ListeningTestError(f"{what}: {twice[0]} is there twice")


def _value(kind: Any, plain: Any, where: str) -> Any:
    """A JSON value as the annotated type `kind`; `where` names it in errors."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _record(cast(type, kind), plain, where)
    if origin in (Union, types.UnionType):
        return _optional(arguments, plain, where)
    if origin is tuple:
        if not isinstance(plain, list):
            raise _wrong(where, "a list", plain)
        return tuple(_value(arguments[0], x, f"{where}[{i}]") for i, x in enumerate(plain))
    if origin is dict:
        if not isinstance(plain, dict):
            raise _wrong(where, "an object", plain)
        return {key: _value(arguments[1], x, f"{where}.{key}") for key, x in plain.items()}
    if origin is Literal:
        if plain not in arguments:
            raise _wrong(where, "one of " + ", ".join(map(str, arguments)), plain)
        return plain
    return _scalar(kind, plain, where)


def _scalar(kind: Any, plain: Any, where: str) -> Any:
    if kind is float and (_is_int(plain) or isinstance(plain, float)):
        return float(plain)
    if kind is int and _is_int(plain):
        return plain
    if kind in (str, bool) and isinstance(plain, kind):
        return plain
    wanted = {float: "a number", int: "a whole number", str: "text", bool: "true or false"}
    raise _wrong(where, wanted[kind], plain)


def _optional(arguments: tuple[Any, ...], plain: Any, where: str) -> Any:
    if plain is None:
        return None
    (kind,) = (argument for argument in arguments if argument is not type(None))
    return _value(kind, plain, where)


def _record(kind: type, plain: Any, where: str) -> Any:
    if not isinstance(plain, Mapping):
        raise _wrong(where or "the file", "an object", plain)
    hints = get_type_hints(kind)
    known = {field.name for field in fields(kind)}
    for name in plain:
        if name not in known:
            raise ListeningTestError(f"{_joined(where, name)}: there is no such field")
    values = {}
    for field in fields(kind):
        if field.name in plain:
            here = _joined(where, field.name)
            values[field.name] = _value(hints[field.name], plain[field.name], here)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ListeningTestError(f"{_joined(where, field.name)} is missing")
    return kind(**values)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number of JSON")


def _joined(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _is_int(plain: Any) -> bool:
    return isinstance(plain, int) and not isinstance(plain, bool)


def _wrong(where: str, wanted: str, plain: Any) -> ListeningTestError:
    found = json.dumps(plain, ensure_ascii=False)
    shown = found if len(found) <= 60 else found[:57] + "..."
    return ListeningTestError(f"{where} must be {wanted}, and it is {shown}")
