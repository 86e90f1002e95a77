"""The word for all clips is no category, and is never read as one."""

from codecbench.categories import EVERY, as_category, category_words

NAMES = ["all", "All", "ALL CLIPS", EVERY, f" {EVERY} ", "all clips", "*", "", "nan", "音乐", "İ"]


def test_no_category_is_called_as_all_of_them_are() -> None:
    assert EVERY not in {as_category(name) for name in NAMES}
    assert {as_category(name) for name in ("Speech", "speech", " SPEECH\t")} == {"speech"}


def test_sentences_tell_it_apart_too() -> None:
    categories = {EVERY, *map(as_category, NAMES), "“all clips”"}
    assert len({category_words(category) for category in categories}) == len(categories)
    assert category_words(EVERY) == "all clips"
    assert category_words("speech") == "speech"
