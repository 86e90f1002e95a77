"""What the current page shows, as JSON: nothing in it says which condition is where."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection

from codecbench.listening_test import headphones
from codecbench.listening_test.answers import answers_of, headphone_attempts
from codecbench.listening_test.assignment import Page, item_of
from codecbench.listening_test.audio_files import Words, masked
from codecbench.listening_test.events import OPEN_SLOT, heard_slots
from codecbench.listening_test.raters import Rater
from codecbench.listening_test.ratings import ratings_of
from codecbench.listening_test.served import Served
from codecbench.listening_test.test_file import Item
from codecbench.listening_test.tokens import derive, derive_word, same

LEAST_LOOP_S = 0.5
FADE_S = 0.005
"""Both of ITU-R BS.1534-3."""


def page_content(served: Served, connection: Connection, rater: Rater) -> dict[str, Any]:
    """The rater's current page."""
    pages = served.pages(rater)
    page = pages[rater.page]
    common = {
        "page": rater.page,
        "pages": len(pages),
        "kind": page.kind,
        "title": served.test.title,
        "test": served.test.kind,
        "language": rater.language,
        "languages": list(served.test.languages),
    }
    return common | _content(served, connection, rater, page)


def sound_of(served: Served, rater: Rater, token: str) -> bytes | None:
    """The masked sound of the current page with this token; None where it has none such."""
    page = served.pages(rater)[rater.page]
    slots = _sound_slots(served, page)
    found = [slot for slot in slots if same(_token(served, rater, slot), token)]
    if not found:
        return None
    return masked(_words(served, page, found[0]), _key(served, rater, found[0]))


def _content(served: Served, connection: Connection, rater: Rater, page: Page) -> dict[str, Any]:
    around = served.test.pages
    if page.kind == "trial":
        return _trial(served, connection, rater, page)
    if page.kind == "questionnaire":
        return _questionnaire(served, connection, rater)
    if page.kind == "level":
        return {"audio": _audio(served, rater, page, OPEN_SLOT)}
    if page.kind == "headphones":
        attempt = len(headphone_attempts(connection, rater)) + 1
        return headphones.shown(rater.seed, attempt)
    if page.kind == "thanks":
        done = rater.finished is not None
        return {
            "completion_code": around.completion_code if done else "",
            "return_url": around.return_url if done else "",
            "screened_out": not done,
        }
    texts = around.consent if page.kind == "consent" else around.instructions
    return {"text": _in_language(texts, rater.language)}


def _questionnaire(served: Served, connection: Connection, rater: Rater) -> dict[str, Any]:
    questions = [
        {
            "name": question.name,
            "kind": question.kind,
            "label": _in_language(question.label, rater.language),
            "choices": list(question.choices),
            "required": question.required,
        }
        for question in served.test.pages.questions
    ]
    return {"questions": questions, "answers": answers_of(connection, rater)}


def _trial(served: Served, connection: Connection, rater: Rater, page: Page) -> dict[str, Any]:
    test = served.test
    heard = heard_slots(connection, rater)
    rated = ratings_of(connection, test.kind, rater, page)
    nothing = {"score": None, "revision": 0}
    with_reference = OPEN_SLOT in _sound_slots(served, page)
    slots = []
    for slot in range(len(page.slots)):
        stored = rated.get(slot, nothing)
        slots.append(
            {
                "slot": slot,
                "audio": _audio(served, rater, page, slot),
                "score": stored["score"],
                "revision": stored["revision"],
                "heard": slot in heard,
            }
        )
    return {
        "training": page.training,
        "trial": page.trial,
        "trials": page.trials,
        "sample_rate_hz": test.sample_rate_hz,
        "channels": test.channels,
        "samples": served.audio.sounds(item_of(test, page)).samples,
        "reference": _audio(served, rater, page, OPEN_SLOT) if with_reference else None,
        "reference_heard": OPEN_SLOT in heard,
        "slots": slots,
        "min_loop_s": LEAST_LOOP_S,
        "fade_s": FADE_S,
    }


def _sound_slots(served: Served, page: Page) -> list[int]:
    if page.kind == "level":
        return [OPEN_SLOT]
    reference = [OPEN_SLOT] if page.kind == "trial" and served.test.kind == "mushra" else []
    return [*reference, *range(len(page.slots))]


def _item(served: Served, page: Page) -> Item:
    if page.kind == "trial":
        return item_of(served.test, page)
    # The level is set with what raters hear first.
    return (*served.test.training_items, *served.test.items)[0]


def _words(served: Served, page: Page, slot: int) -> Words:
    sounds = served.audio.sounds(_item(served, page))
    return sounds.reference if slot == OPEN_SLOT else sounds.words[page.slots[slot]]


def _audio(served: Served, rater: Rater, page: Page, slot: int) -> dict[str, Any]:
    sounds = served.audio.sounds(_item(served, page))
    key = _key(served, rater, slot)
    # Of the bytes as sent: those of the sound would tell which of A and B is X.
    sent = masked(_words(served, page, slot), key)
    return {
        "url": f"audio/{_token(served, rater, slot)}",
        "key": key,
        "sha256": hashlib.sha256(sent).hexdigest(),
        "samples": sounds.samples,
        "channels": served.test.channels,
        "sample_rate_hz": served.test.sample_rate_hz,
    }


def _token(served: Served, rater: Rater, slot: int) -> str:
    return derive(served.secret, "audio", rater.id, rater.page, slot)


def _key(served: Served, rater: Rater, slot: int) -> int:
    return derive_word(served.secret, "key", rater.id, rater.page, slot)


def _in_language(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
