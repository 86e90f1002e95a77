"""Recipes as plain values: to and from JSON, and changed by `key=value` from the command line.

Types come from the recipe's own fields, so a new field needs nothing here.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from codecbench.dac.training.recipe import Recipe
from codecbench.errors import UsageError

T = TypeVar("T")


def to_plain(recipe: Recipe) -> dict[str, Any]:
    """The recipe as nested dictionaries of numbers, strings and lists, as JSON holds them."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(recipe)))
    return plain


def from_plain(plain: Mapping[str, Any]) -> Recipe:
    """The recipe of `to_plain`. Raises `UsageError` for unknown keys and values of a wrong type."""
    return _build(Recipe, plain, "")


def with_settings(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """The recipe with settings such as `batch_size=8` or `model.encoder_rates=[2,4,8]`.

    Values are written as JSON; a string needs no quotes. Settings count together: what two of them
    change is checked once both are in place. Raises `UsageError` naming the setting.
    """
    plain = to_plain(recipe)
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"--set {setting}: write it as key=value")
        *parents, last = path.strip().split(".")
        level: Any = plain
        for parent in parents:
            level = level.get(parent) if isinstance(level, dict) else None
        whole = isinstance(level, dict) and isinstance(level.get(last), dict) and text != "null"
        if not isinstance(level, dict) or last not in level or whole:
            close = difflib.get_close_matches(path.strip(), list(_paths(to_plain(recipe))), 1)
            hint = f": did you mean {close[0]}?" if close else ""
            raise UsageError(f"--set {setting}: the recipe has no {path.strip()}{hint}")
        try:
            level[last] = json.loads(text)
        except ValueError:
            level[last] = text
    return from_plain(plain)


def differences(recipe: Recipe, base: Recipe) -> dict[str, tuple[Any, Any]]:
    """What `recipe` has that `base` has not: dotted path -> (base's value, recipe's)."""
    return dict(_changes(to_plain(recipe), to_plain(base)))


def _changes(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], prefix: str = ""
) -> Iterable[tuple[str, tuple[Any, Any]]]:
    """What only one of two has, such as a part of the model, is one change."""
    for key, value in ours.items():
        other = theirs[key]
        if isinstance(value, dict) and isinstance(other, dict):
            yield from _changes(value, other, f"{prefix}{key}.")
        elif value != other:
            yield f"{prefix}{key}", (other, value)


def _leaves(plain: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in plain.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _paths(plain: Mapping[str, Any]) -> Iterable[str]:
    return (path for path, _ in _leaves(plain))


def _build(kind: type[T], plain: object, path: str) -> T:
    if not isinstance(plain, Mapping):
        raise UsageError(f"{path.rstrip('.') or 'recipe'} must hold settings, got {plain!r}")
    hints = typing.get_type_hints(kind)
    if unknown := sorted(str(key) for key in plain.keys() - hints.keys()):
        raise UsageError(f"the recipe has no {path}{unknown[0]}")
    values = {key: _convert(hints[key], value, f"{path}{key}") for key, value in plain.items()}
    return kind(**values)


def _convert(kind: Any, value: Any, path: str) -> Any:  # noqa: PLR0911 - a case each
    """A value of JSON in the type of its field."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _build(kind, value, f"{path}.")
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType and type(None) in arguments:
        if value is None:
            return None
        (kind,) = (argument for argument in arguments if argument is not type(None))
        return _convert(kind, value, path)
    if origin is typing.Literal and value in arguments:
        return value
    if origin is tuple and isinstance(value, list):
        if arguments[-1] is Ellipsis:
            return tuple(_convert(arguments[0], item, path) for item in value)
        if len(arguments) == len(value):
            pairs = zip(arguments, value, strict=True)
            return tuple(_convert(argument, item, path) for argument, item in pairs)
    if kind is float and type(value) in {int, float}:
        return float(value)
    if kind in {int, bool, str} and type(value) is kind:
        return value
    name = " or ".join(map(str, arguments)) if origin is typing.Literal else _name(kind)
    raise UsageError(f"{path} must be {name}, got {json.dumps(value)}")


def _name(kind: Any) -> str:
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a string"}
    return words.get(kind, "a list such as [2,4,8]")
