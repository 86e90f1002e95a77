"""What the pages are told: all that they need, and nothing about a condition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from small_test import CONDITIONS
from walking import Walker, csrf_of, join_by, new_invite, small_app

from codecbench.listening_test.invites import make_open_invite
from codecbench.listening_test.served import Served
from codecbench.listening_test.test_file import Kind, Pages


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Served, Flask]]:
    with small_app(tmp_path, items=2, duration_s=0.01) as pair:
        yield pair


def test_every_page_says_where_it_is(small: tuple[Served, Flask]) -> None:
    served, app = small
    walker = Walker.begin(app, served, language="de")
    kinds = []
    for number in range(9):
        page = walker.page()
        kinds.append(page["kind"])
        common = {"page": number, "pages": 9, "title": "A small test", "language": "de"}
        assert common.items() <= page.items()
        if page["kind"] != "thanks":
            walker.pass_page()
    assert kinds == [
        *("consent", "questionnaire", "instructions", "level", "headphones"),
        *["trial"] * 3,
        "thanks",
    ]


def test_a_trial_is_as_agreed(small: tuple[Served, Flask]) -> None:
    served, app = small
    page = Walker.begin(app, served).walk_to("trial", training=True)
    audio = {"url", "key", "sha256", "samples", "channels", "sample_rate_hz"}
    assert set(page["reference"]) == audio
    assert [slot["slot"] for slot in page["slots"]] == [0, 1, 2, 3, 4]
    for slot in page["slots"]:
        assert set(slot) == {"slot", "audio", "score", "revision", "heard"}
        assert set(slot["audio"]) == audio
        assert (slot["score"], slot["revision"], slot["heard"]) == (None, 0, False)
        assert 0 <= slot["audio"]["key"] < 2**32
    expected = {
        "test": "mushra",
        "training": True,
        "trial": 1,
        "trials": 1,
        "sample_rate_hz": 48000,
        "channels": 1,
        "samples": 480,
        "min_loop_s": 0.5,
        "fade_s": 0.005,
        "reference_heard": False,
    }
    assert expected.items() <= page.items()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mushra", "ab", "abx", "acr"])
def test_no_answer_names_a_condition_an_item_or_a_file(tmp_path: Path, kind: Kind) -> None:
    with small_app(tmp_path, kind=kind, duration_s=0.01) as (served, app):
        client = app.test_client()
        invite = new_invite(served)
        answers = [client.get(f"/join/{invite}"), join_by(client, invite)]
        walker = Walker.begin(app, served, invite)
        keep = walker.client.open

        def spy(*arguments: Any, **options: Any) -> Any:
            answers.append(keep(*arguments, **options))
            return answers[-1]

        walker.client.open = spy  # type: ignore[method-assign]
        while walker.page()["kind"] != "thanks":
            walker.next()  # with what is missing
            page = walker.page()
            for slot in page.get("slots", []):
                walker.client.get(f"/r/{walker.token}/{slot['audio']['url']}")
            walker.pass_page(score=30)
        files = [s.file for item in served.test.items for s in item.stimuli]
        hashes = [s.sha256 for item in served.test.items for s in item.stimuli]
        names = [condition.name for condition in CONDITIONS[kind] if condition.name != "reference"]
        items = [item.id for item in (*served.test.items, *served.test.training_items)]
        words = ["anchor", "hidden_", "opus", "dac@", *names, *items, *files, *hashes]
    assert len(answers) > 40
    for answer in answers:
        said = str(answer.headers)
        if answer.mimetype != "application/octet-stream":
            said += answer.text
        for word in words:
            assert word not in said, (word, said)


def test_slots_cannot_be_told_by_their_fields(tmp_path: Path) -> None:
    with small_app(tmp_path, items=1, duration_s=0.01) as (served, app):
        seen: list[str] = []
        for _ in range(3):
            page = Walker.begin(app, served).walk_to("trial")
            sounds = [page["reference"], *(slot["audio"] for slot in page["slots"])]
            seen += [value for audio in sounds for value in (audio["url"], audio["sha256"])]
    assert len(set(seen)) == len(seen)


def test_the_language_can_be_changed(small: tuple[Served, Flask]) -> None:
    served, app = small
    walker = Walker.begin(app, served, language="en")
    assert walker.put("language", language="de").get_json() == {"language": "de"}
    walker.pass_page()
    page = walker.page()
    assert page["language"] == "de"
    assert page["questions"][0]["label"] == "Ihr Alter"
    assert 'lang="de"' in walker.client.get(f"/r/{walker.token}/").text
    assert walker.put("language", language="fr").status_code == 400


def test_the_browser_chooses_the_language(small: tuple[Served, Flask]) -> None:
    served, app = small
    client = app.test_client()
    invite = new_invite(served)
    german = client.get(f"/join/{invite}", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert 'lang="de"' in german.text
    assert 'lang="en"' in client.get(f"/join/{invite}").text


def test_own_texts_are_in_the_raters_language(tmp_path: Path) -> None:
    pages = Pages(
        consent={"en": "Ask Ada.", "de": "Fragen Sie Ada."}, instructions={"en": "Listen"}
    )
    with small_app(tmp_path, duration_s=0.01, pages=pages) as (served, app):
        walker = Walker.begin(app, served, language="de")
        assert walker.page()["text"] == "Fragen Sie Ada."
        assert walker.walk_to("instructions")["text"] == "Listen"


def test_crowd_platforms_send_the_same_rater_by_the_same_id(small: tuple[Served, Flask]) -> None:
    served, app = small
    with served.database.writing() as connection:
        invite = make_open_invite(connection, 3)
    for name in ("external_id", "PROLIFIC_PID", "workerId"):
        form = app.test_client().get(f"/join/{invite}?{name}=5f3c")
        assert 'name="external_id" value="5f3c"' in form.text
    first, again, other = (
        Walker.begin(app, served, invite, external_id=name) for name in ("5f3c", "5f3c", "77aa")
    )
    assert first.token == again.token != other.token
    Walker.begin(app, served, invite)
    full = join_by(app.test_client(), invite, external_id="late")
    assert full.status_code == 403
    assert Walker.begin(app, served, invite, external_id="5f3c").token == first.token
    odd = join_by(app.test_client(), invite, external_id="<script>")
    assert odd.status_code == 400


def test_a_form_that_is_sent_twice_is_one_rater(small: tuple[Served, Flask]) -> None:
    served, app = small
    with served.database.writing() as connection:
        invite = make_open_invite(connection, 5)
    client = app.test_client()
    csrf = csrf_of(client.get(f"/join/{invite}").text)
    places = {client.post(f"/join/{invite}", data={"csrf": csrf}).location for _ in range(3)}
    assert len(places) == 1
    assert Walker.begin(app, served, invite).token not in places.pop()


def test_errors_are_json_for_the_page_and_pages_for_people(small: tuple[Served, Flask]) -> None:
    served, app = small
    client = app.test_client()
    for path, status in (("/r/x/api/page", 404), ("/r/x/api/nothing", 404)):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (status, "application/json")
        assert set(json.loads(answer.text)) == {"error"}
    walker = Walker.begin(app, served)
    answer = walker.client.delete(f"/r/{walker.token}/api/rating")
    assert (answer.status_code, answer.mimetype) == (405, "application/json")
    for path in ("/", "/nothing", "/r/x/", "/join/x", "/r/x/audio/y", "/static/../app.py"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "text/html"), path
        assert "<h1>" in answer.text


def test_health(small: tuple[Served, Flask], tmp_path: Path) -> None:
    served, app = small
    client = app.test_client()
    assert client.get("/health").get_json() == {"status": "ok"}
    served.database.close()
    for path in tmp_path.glob("ratings.sqlite*"):
        path.unlink()
    (tmp_path / "ratings.sqlite").mkdir()
    assert client.get("/health").status_code == 503
