"""What people read who cannot be let in, or whose page cannot be shown: why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from walking import join_by, new_invite, small_app

from codecbench.errors import ListeningTestError
from codecbench.listening_test import rater_pages
from codecbench.listening_test.frozen_design import set_closed
from codecbench.listening_test.invites import make_open_invite
from codecbench.listening_test.served import Served

Small = tuple[Served, Flask]
AGAIN = 'href=""'


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    with small_app(tmp_path, languages=("en", "de")) as opened:
        yield opened


def test_a_closed_test_and_a_link_that_is_taken(small: Small) -> None:
    served, app = small
    with served.database.writing() as connection:
        link = make_open_invite(connection, 2)
    answers = [join_by(app.test_client(), link) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 403]
    assert "All places are taken" in answers[-1].text
    with served.database.writing() as connection:
        set_closed(connection, True)
    closed = join_by(app.test_client(), new_invite(served))
    assert closed.status_code == 403
    assert "This test is closed" in closed.text
    assert AGAIN not in answers[-1].text + closed.text  # nothing that the reader can do about it


@pytest.mark.parametrize("address", ["/join/nobody", "/r/nobody/", "/elsewhere"])
def test_addresses_that_lead_nowhere(small: Small, address: str) -> None:
    client = small[1].test_client()
    english = client.get(address)
    assert english.status_code == 404
    assert "Please use the link from your invitation" in english.text
    german = client.get(address, headers={"Accept-Language": "de-DE"})
    assert '<html lang="de">' in german.text
    assert "Bitte nehmen Sie den Link aus Ihrer Einladung" in german.text


def test_too_many_unknown_links(small: Small) -> None:
    client = small[1].test_client()
    answers = [client.get("/join/nobody") for _ in range(22)]
    assert answers[-1].status_code == 429
    assert "wait a moment" in answers[-1].text
    assert AGAIN in answers[-1].text


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (OperationalError("select", {}, Exception("locked")), 503, "wait a moment"),
        (ListeningTestError("opus of item1 is damaged"), 500, "tell the person who invited you"),
    ],
)
def test_a_fault_of_the_server_is_not_laid_to_the_link(
    small: Small, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, words: str
) -> None:
    served, app = small
    client = app.test_client()
    address = join_by(client, new_invite(served)).headers["Location"].removeprefix("..")

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(rater_pages, "known_rater", fail)
    answer = client.get(address)
    assert answer.status_code == status
    assert words in answer.text
    assert AGAIN in answer.text
    assert "invitation" not in answer.text
    assert "opus" not in answer.text
