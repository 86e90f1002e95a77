"""The words of the rater's pages, by language: one JSON file of key and text each in `text/`.

A text may hold places such as `{sound}` that the page fills in.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from codecbench.errors import UsageError

# By code, what its speakers call it.
LANGUAGES = {"en": "English", "de": "Deutsch"}

_FOLDER = Path(__file__).parent / "text"


@cache
def text_catalogue(language: str) -> dict[str, str]:
    """All texts in a language of `LANGUAGES`, by key.

    Raises:
        UsageError: there are no texts in that language.
    """
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise UsageError(f"a listening test has no texts in {language!r}: choose among {known}")
    texts: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
    return texts
