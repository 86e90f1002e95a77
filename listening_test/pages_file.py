"""What is asked of raters and told to them, as a TOML file of the maker's.

[consent]                       # own text, added to the catalogue's, by language
en = "Ask Ada at ext. 42."
[instructions]
en = "Listen for noise between the words."

[[questions]]
name = "age"
kind = "number"                 # text, number, choice or yes_no
label = { en = "Your age", de = "Ihr Alter" }
required = true

[[questions]]
name = "listening"
kind = "choice"
label = { en = "Where are you?" }
choices = ["quiet room", "office"]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codecbench.errors import UsageError
from codecbench.listening_test.test_file import Question

_TABLES = {"consent", "instructions", "questions"}
_FIELDS = {"name", "kind", "label", "choices", "required"}
_KINDS = ("text", "number", "choice", "yes_no")


@dataclass(frozen=True)
class OwnText:
    """The file's content; texts by language."""

    consent: dict[str, str]
    instructions: dict[str, str]
    questions: tuple[Question, ...]


def read_pages_file(path: Path, languages: tuple[str, ...]) -> OwnText:
    """Read the file. Raises `UsageError`, naming what is wrong with which question."""
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: it is not TOML: {error}") from error
    if unknown := sorted(set(plain) - _TABLES):
        raise UsageError(f"{path}: {unknown[0]}: there are consent, instructions and questions")
    tables = plain.get("questions", [])
    if not isinstance(tables, list):
        raise UsageError(f"{path}: write [[questions]] above each question")
    questions = tuple(
        _question(table, f"{path}, question {i}", languages) for i, table in enumerate(tables, 1)
    )
    names = [question.name for question in questions]
    if len(set(names)) < len(names):
        raise UsageError(f"{path}: two questions have the same name")
    return OwnText(
        _by_language(plain.get("consent", {}), f"{path}, consent", languages),
        _by_language(plain.get("instructions", {}), f"{path}, instructions", languages),
        questions,
    )


def _question(table: Any, where: str, languages: tuple[str, ...]) -> Question:
    if not isinstance(table, Mapping):
        raise UsageError(f"{where}: write [[questions]] above each question")
    if unknown := sorted(set(table) - _FIELDS):
        raise UsageError(f"{where}: {unknown[0]}: a question has {', '.join(sorted(_FIELDS))}")
    name, kind = table.get("name"), table.get("kind", "text")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", name):
        raise UsageError(f"{where}: its name must be a word such as age or listening_place")
    where = f"{where} ({name})"
    if kind not in _KINDS:
        raise UsageError(f"{where}: its kind is one of {', '.join(_KINDS)}")
    choices = table.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(c, str) and c for c in choices):
        raise UsageError(f"{where}: its choices must be a list of texts")
    if (kind == "choice") != (len(choices) >= 2):
        raise UsageError(f"{where}: a question of the kind choice has two choices or more")
    required = table.get("required", False)
    if not isinstance(required, bool):
        raise UsageError(f"{where}: required is true or false")
    label = table.get("label", name)
    label = {languages[0]: label} if isinstance(label, str) else label
    return Question(
        name, kind, _by_language(label, f"{where}, label", languages), tuple(choices), required
    )


def _by_language(texts: Any, where: str, languages: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(texts, Mapping) or not all(isinstance(t, str) for t in texts.values()):
        raise UsageError(f'{where}: give texts by language, such as en = "…"')
    if unknown := sorted(set(texts) - set(languages)):
        raise UsageError(
            f"{where}: {unknown[0]} is none of the test's languages {', '.join(languages)}"
        )
    return dict(texts)
