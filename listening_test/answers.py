"""Answers to what the pages around the trials ask: consent, questionnaire, headphone check."""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import Connection, select

from codecbench.listening_test import headphones
from codecbench.listening_test.clock import utc_now
from codecbench.listening_test.raters import Rater
from codecbench.listening_test.refusal import bad_request
from codecbench.listening_test.schema import ANSWERS
from codecbench.listening_test.served import Served
from codecbench.listening_test.test_file import Question

MOST_TEXT = 2000
"""Characters of an answer in a rater's own words."""

Missing = list[dict[str, Any]]


def answers_of(connection: Connection, rater: Rater) -> dict[str, str]:
    """What the rater answered on the current page."""
    statement = select(ANSWERS.c.name, ANSWERS.c.value).where(
        ANSWERS.c.rater_id == rater.id, ANSWERS.c.page == rater.page
    )
    return {row.name: row.value for row in connection.execute(statement)}


def store_answers(served: Served, connection: Connection, rater: Rater, given: Any) -> Missing:
    """Store what was answered on the current page; what is still missing, empty for nothing.

    Raises `Refusal` for an answer that the question does not have.
    """
    page = served.pages(rater)[rater.page]
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise bad_request("answers must be an object")
    if page.kind == "consent":
        if given.get("agreed") is not True:
            return [{"needs": "agreement"}]
        _store(served, connection, rater, {"agreed": "yes"})
    elif page.kind == "questionnaire":
        return _store_questionnaire(served, connection, rater, given)
    elif page.kind == "headphones":
        return _store_headphones(served, connection, rater, given)
    return []


def headphone_attempts(connection: Connection, rater: Rater) -> list[int]:
    """How many were right in each attempt at the headphone check that the rater has made."""
    stored = answers_of(connection, rater)
    return [int(stored[f"right_{n}"]) for n in range(1, len(stored) + 1) if f"right_{n}" in stored]


def _store_questionnaire(
    served: Served, connection: Connection, rater: Rater, given: dict[str, Any]
) -> Missing:
    questions = {question.name: question for question in served.test.pages.questions}
    if not set(given) <= set(questions):
        raise bad_request("there is an answer to a question that is not asked")
    values = {}
    for name, question in questions.items():
        value = _value(question, given.get(name))
        if value:
            values[name] = value
    _store(served, connection, rater, values)
    known = answers_of(connection, rater)
    return [
        {"needs": "answer", "question": name}
        for name, question in questions.items()
        if question.required and name not in known
    ]


def _value(question: Question, given: Any) -> str:
    """An answer as it is stored; empty for none."""
    if given is None or given == "":
        return ""
    if isinstance(given, bool):
        given = "yes" if given else "no"
    text = f"{given}".strip() if isinstance(given, (str, int, float)) else None
    if text is None or len(text) > MOST_TEXT or not _can_be_stored(text):
        raise bad_request(f"{question.name}: a text of at most {MOST_TEXT} characters is asked for")
    if question.kind == "choice" and text not in question.choices:
        raise bad_request(f"{question.name}: this is not among the choices")
    if question.kind == "yes_no" and text not in ("yes", "no"):
        raise bad_request(f"{question.name}: yes or no is asked for")
    if question.kind == "number" and not _is_number(text):
        raise bad_request(f"{question.name}: a number is asked for")
    return text


def _can_be_stored(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _store_headphones(
    served: Served, connection: Connection, rater: Rater, given: dict[str, Any]
) -> Missing:
    made = headphone_attempts(connection, rater)
    attempt = given.get("attempt", len(made) + 1)
    if attempt == len(made) + 1:
        right = headphones.right_answers(rater.seed, attempt, given.get("trials"))
        _store(served, connection, rater, {f"right_{attempt}": str(right)})
        made.append(right)
    elif attempt not in range(1, len(made) + 1):
        raise bad_request("this is not the current attempt at the headphone check")
    gate = served.test.pages.headphone_check == "gate"
    if not gate or made[-1] >= headphones.LEAST_RIGHT or len(made) >= headphones.ATTEMPTS:
        return []
    return [{"needs": "headphones"}]


def _store(served: Served, connection: Connection, rater: Rater, values: dict[str, str]) -> None:
    for name, value in values.items():
        keys = {"rater_id": rater.id, "page": rater.page, "name": name}
        statement = served.database.upsert(ANSWERS).values(**keys, value=value, answered=utc_now())
        fresh = {"value": statement.excluded.value, "answered": statement.excluded.answered}
        connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=fresh))
