"""The words of the pages: every language says everything, and nothing is said that is not used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codecbench.errors import UsageError
from codecbench.listening_test.app import PAGES
from codecbench.listening_test.text_catalogue import LANGUAGES, text_catalogue

FOLDER = Path(__file__).parents[2] / "listening_test"
PLACE = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_have_the_same_keys_and_places(language: str) -> None:
    english, other = text_catalogue("en"), text_catalogue(language)
    assert list(other) == list(english)
    for key, text in other.items():
        assert text.strip(), key
        assert set(PLACE.findall(text)) == set(PLACE.findall(english[key])), key
        assert text.count("\n") == english[key].count("\n"), key


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    scripts = "".join(path.read_text() for path in (FOLDER / "static").glob("*.js"))
    pages = "".join(path.read_text() for path in (FOLDER / "templates").glob("*.html"))
    keys = set(text_catalogue("en"))
    named = set(re.findall(r"text\['([\w.]+)'\]", pages)) | set(
        re.findall(r'\bt\(\s*"([\w.]+)"', scripts)
    )
    assert named <= keys
    # Keys that a script or a page puts together, such as `${kind}.title`, or hands on as a value.
    refused = "|".join({*PAGES.values(), "failed"})
    built = re.compile(rf"^(band|ab|abx|acr|instructions|headphones\.tone_\d|{refused})")
    unused = {key for key in keys - named if f'"{key}"' not in scripts and not built.match(key)}
    assert not unused


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'fr'.*en, de"):
        text_catalogue("fr")
