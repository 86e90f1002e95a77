"""Categories of clips, such as "speech" and "music", and the word for all clips together."""

from __future__ import annotations

EVERY = "All clips"
"""Stands in a column of categories for every clip. A category is lower case, so none is this."""


def as_category(text: str) -> str:
    """What a folder or a manifest calls a category, as it is kept: lower case, without spaces
    around it."""
    return text.strip().lower()


def category_words(category: str) -> str:
    """A category as sentences and choices name it, "all clips" for `EVERY`.

    A category of that very name stands in quotes.
    """
    if category == EVERY:
        return EVERY.lower()
    return f"“{category}”" if category.strip("“”") == EVERY.lower() else category
