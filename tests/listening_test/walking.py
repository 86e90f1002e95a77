"""Raters for tests of the server: they join through Flask's test client and walk through pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from small_test import write_small_test
from werkzeug.test import TestResponse

from codecbench.listening_test.app import create_app
from codecbench.listening_test.assignment import Page
from codecbench.listening_test.invites import make_invites
from codecbench.listening_test.raters import Rater, known_rater
from codecbench.listening_test.served import Served, open_served


@contextmanager
def small_app(
    folder: Path, address: str | None = None, **changes: Any
) -> Iterator[tuple[Served, Flask]]:
    """A small test in `folder`, opened, with its application."""
    write_small_test(folder, **changes)
    with open_served(folder, address) as served:
        yield served, create_app(served)


def new_invite(served: Served) -> str:
    """A personal invite's token."""
    with served.database.writing() as connection:
        return make_invites(connection, 1)[0]


def csrf_of(html: str) -> str:
    """The token of the first form in a page, or of its head."""
    found = re.search(r'name="csrf" (?:value|content)="([^"]+)"', html)
    assert found, html
    return found[1]


def join_by(client: FlaskClient, invite: str, **fields: str) -> TestResponse:
    """Open an invite and send its form."""
    form = client.get(f"/join/{invite}")
    if form.status_code != 200:
        return form
    return client.post(f"/join/{invite}", data={"csrf": csrf_of(form.text), **fields})


@dataclass
class Walker:
    """A rater in a browser, as the test client plays it."""

    client: FlaskClient
    served: Served
    token: str
    headers: dict[str, str]

    @classmethod
    def begin(cls, app: Flask, served: Served, invite: str = "", **fields: str) -> Walker:
        """Join by an invite, a new personal one where none is given."""
        client = app.test_client()
        answer = join_by(client, invite or new_invite(served), **fields)
        assert answer.status_code == 303, answer.text
        token = answer.headers["Location"].split("/")[2]
        csrf = csrf_of(client.get(f"/r/{token}/").text)
        return cls(client, served, token, {"X-CSRF-Token": csrf})

    @property
    def rater(self) -> Rater:
        """The rater as the database has them."""
        with self.served.database.reading() as connection:
            return known_rater(connection, self.token)

    @property
    def secret_page(self) -> Page:
        """What the server knows of the current page and does not tell."""
        rater = self.rater
        return self.served.pages(rater)[rater.page]

    def page(self) -> dict[str, Any]:
        """The current page."""
        answer = self.client.get(f"/r/{self.token}/api/page")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def put(self, path: str, **body: Any) -> TestResponse:
        """PUT to the interface."""
        return self.client.put(f"/r/{self.token}/api/{path}", json=body, headers=self.headers)

    def post(self, path: str, **body: Any) -> TestResponse:
        """POST to the interface."""
        return self.client.post(f"/r/{self.token}/api/{path}", json=body, headers=self.headers)

    def rate(self, slot: int, score: Any, revision: int = 1, page: int | None = None) -> Any:
        """Rate a slot of the current page."""
        number = self.rater.page if page is None else page
        return self.put("rating", page=number, slot=slot, score=score, revision=revision)

    def hear(self, *slots: int) -> TestResponse:
        """Play slots of the current page."""
        events = [
            {"id": f"play-{slot}", "kind": "play", "slot": slot, "position_s": 0.0, "at_s": 1.0}
            for slot in slots
        ]
        return self.post("events", page=self.rater.page, events=events)

    def next(self, **answers: Any) -> TestResponse:
        """Send the current page."""
        return self.post("next", page=self.rater.page, answers=answers or None)

    def pass_page(self, score: int = 50) -> None:
        """Do all that the current page asks, and send it. score: in MUSHRA, of every slot."""
        page = self.page()
        answers: dict[str, Any] = {}
        if page["kind"] == "consent":
            answers = {"agreed": True}
        elif page["kind"] == "questionnaire":
            answers = {"device": "headphones"}
        elif page["kind"] == "headphones":
            answers = {"attempt": page["attempt"], "trials": quietest(page)}
        elif page["kind"] == "trial":
            reference = [-1] if page["reference"] else []
            slots = [slot["slot"] for slot in page["slots"]]
            assert self.hear(*reference, *slots).status_code == 200
            for slot in slots if page["test"] != "abx" else [2]:
                assert self.rate(slot, score if page["test"] == "mushra" else 1).status_code == 200
        answer = self.next(**answers)
        assert answer.status_code == 200, answer.text

    def walk_to(self, kind: str, training: bool = False) -> dict[str, Any]:
        """Go on to the first page of a kind."""
        while True:
            page = self.page()
            if page["kind"] == kind and page.get("training", False) == training:
                return page
            assert page["kind"] != "thanks", "there is no such page"
            self.pass_page()

    def finish(self, score: int = 50) -> None:
        """Go through to the end."""
        while self.page()["kind"] != "thanks":
            self.pass_page(score)


def quietest(page: dict[str, Any]) -> list[int]:
    """The right answers of a headphone check."""
    return [
        [interval["gain_db"] < 0 for interval in trial["intervals"]].index(True)
        for trial in page["trials"]
    ]
