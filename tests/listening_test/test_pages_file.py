"""The maker's TOML file of questions and texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from codecbench.errors import UsageError
from codecbench.listening_test import pages_file
from codecbench.listening_test.test_file import Question


def test_the_example_of_the_docstring(tmp_path: Path) -> None:
    file = tmp_path / "questions.toml"
    file.write_text((pages_file.__doc__ or "").partition("\n\n")[2])
    own = pages_file.read_pages_file(file, ("en", "de"))
    assert own.consent == {"en": "Ask Ada at ext. 42."}
    assert own.instructions["en"].startswith("Listen for noise")
    assert own.questions == (
        Question("age", "number", {"en": "Your age", "de": "Ihr Alter"}, (), True),
        Question("listening", "choice", {"en": "Where are you?"}, ("quiet room", "office")),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a =", "it is not TOML"),
        ("[other]\nx=1", "other: there are consent, instructions and questions"),
        ("[questions]\nname='a'", r"write \[\[questions\]\]"),
        ("[[questions]]\nkind='text'", "question 1: its name must be a word"),
        ("[[questions]]\nname='a'\nkind='date'", r"question 1 \(a\): its kind is one of"),
        ("[[questions]]\nname='a'\nkind='choice'", "two choices or more"),
        ("[[questions]]\nname='a'\nchoices=['b','c']", "two choices or more"),
        ("[[questions]]\nname='a'\nlabl='b'", "labl: a question has"),
        ("[[questions]]\nname='a'\n[[questions]]\nname='a'", "the same name"),
        ("[[questions]]\nname='a'\nrequired='yes'", "true or false"),
        ("[consent]\nfr='a'", "fr is none of the test's languages en, de"),
        ("consent='a'", "give texts by language"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "q.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        pages_file.read_pages_file(tmp_path / "q.toml", ("en", "de"))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        pages_file.read_pages_file(tmp_path / "none.toml", ("en",))
