"""The admin's pages: closed to everybody else, and every change by a form with its token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from walking import Walker, csrf_of, join_by, new_invite, small_app

from codecbench.listening_test.admin_session import admin_secret
from codecbench.listening_test.records import load_ratings
from codecbench.listening_test.served import Served

CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("/admin/invites", {"kind": "personal", "number": "2"}),
    ("/admin/invites/1/revoke", {}),
    ("/admin/closed", {"closed": "yes"}),
    ("/admin/raters/R0001/erase", {}),
)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Served, Flask]]:
    with small_app(tmp_path, items=5, duration_s=0.01) as pair:
        yield pair


def log_in(served: Served, app: Flask) -> tuple[FlaskClient, str]:
    """A client that is logged in, and its token for changes."""
    client = app.test_client()
    csrf = csrf_of(client.get("/admin/login").text)
    data = {"csrf": csrf, "secret": admin_secret(served.secret)}
    assert client.post("/admin/login", data=data).status_code == 303
    return client, csrf_of(client.get("/admin/").text)


def test_nothing_without_the_secret(small: tuple[Served, Flask], tmp_path: Path) -> None:
    served, app = small
    walker = Walker.begin(app, served)
    walker.walk_to("trial")
    walker.rate(0, 50)
    client = app.test_client()
    for path in ("/admin/", "/admin/ratings.csv", "/admin/raters/R0001/erase"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, "/admin/login"), path
    for path, data in CHANGES:
        assert client.post(path, data=data).location == "/admin/login", path
    client.set_cookie("listening_admin", "eyJjc3JmIjoieCJ9.aaaaaa.bbbbbb", path="/admin")
    assert client.get("/admin/").status_code == 303
    assert len(load_ratings(tmp_path)) == 6
    assert walker.page()["kind"] == "trial"


def test_the_cookie_is_for_these_pages_alone(small: tuple[Served, Flask]) -> None:
    served, app = small
    client = app.test_client()
    csrf = csrf_of(client.get("/admin/login").text)
    data = {"csrf": csrf, "secret": admin_secret(served.secret)}
    cookie = client.post("/admin/login", data=data).headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/admin"):
        assert part in cookie
    assert "Secure" not in cookie
    secure = client.post("/admin/login", data=data, base_url="https://test.example")
    assert "Secure" in secure.headers["Set-Cookie"]
    assert admin_secret(served.secret) not in cookie
    assert "Set-Cookie" not in Walker.begin(app, served).client.get("/health").headers


def test_secrets_cannot_be_tried_without_end(small: tuple[Served, Flask]) -> None:
    served, app = small
    client = app.test_client()
    csrf = csrf_of(client.get("/admin/login").text)
    tries = [
        client.post("/admin/login", data={"csrf": csrf, "secret": str(n)}).status_code
        for n in range(8)
    ]
    assert tries == [403] * 5 + [429] * 3
    right = {"csrf": csrf, "secret": admin_secret(served.secret)}
    assert client.post("/admin/login", data=right).status_code == 429
    elsewhere = client.post("/admin/login", data=right, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 303


def test_changes_need_the_sessions_token(small: tuple[Served, Flask]) -> None:
    served, app = small
    walker = Walker.begin(app, served)
    client, csrf = log_in(served, app)
    _, foreign = log_in(served, app)
    for path, data in CHANGES:
        for wrong in ("", "x", foreign):
            assert client.post(path, data=data | {"csrf": wrong}).status_code == 403, path
        assert client.get(path).status_code in (404, 405) or path.endswith("erase")
    assert walker.page()["kind"] == "consent"
    assert client.post("/admin/logout", data={"csrf": csrf}).status_code == 303
    assert client.get("/admin/").status_code == 303


def test_progress_and_screening(small: tuple[Served, Flask]) -> None:
    served, app = small
    good, careless = Walker.begin(app, served), Walker.begin(app, served)
    good.walk_to("trial")
    while (page := good.page())["kind"] == "trial":
        good.hear(-1, *range(5))
        for slot, condition in enumerate(good.secret_page.slots):
            good.rate(slot, {"reference": 100, "anchor70": 40}.get(condition, 50))
        good.post("next", page=page["page"])
    careless.finish(50)
    Walker.begin(app, served)
    client, _ = log_in(served, app)
    text = client.get("/admin/").text
    rows = {row[:5]: row for row in re.findall(r'<th scope="row">(.*?)</tr>', text, re.DOTALL)}
    assert "finished" in rows["R0001"]
    assert "5 of 5" in rows["R0001"]
    assert "<strong>kept</strong>" in rows["R0001"]
    assert "<strong>left out</strong>: hidden reference under 90 on 5 of 5" in rows["R0002"]
    assert "at work" in rows["R0003"]
    assert "no trial yet" in rows["R0003"]
    assert re.search(r"speech</td><td class=\"number\">2</td>", rows["item1"])


def test_invites_are_made_and_revoked(small: tuple[Served, Flask]) -> None:
    served, app = small
    client, csrf = log_in(served, app)
    made = client.post("/admin/invites", data={"csrf": csrf, "kind": "personal", "number": "3"})
    links = re.findall(r"http://localhost/join/([\w-]+)", made.text)
    assert len(set(links)) == 3
    for link in links:
        Walker.begin(app, served, link)
    made = client.post("/admin/invites", data={"csrf": csrf, "kind": "open", "number": "2"})
    (link,) = re.findall(r"http://localhost/join/([\w-]+)", made.text)
    Walker.begin(app, served, link)
    assert client.post("/admin/invites/4/revoke", data={"csrf": csrf}).status_code == 303
    assert app.test_client().get(f"/join/{link}").status_code == 404
    assert client.post("/admin/invites/99/revoke", data={"csrf": csrf}).status_code == 404
    for number in ("0", "-1", "x", "99999", "²"):
        data = {"csrf": csrf, "kind": "open", "number": number}
        assert client.post("/admin/invites", data=data).status_code == 400, number


def test_closing_keeps_new_raters_out_and_lets_others_finish(small: tuple[Served, Flask]) -> None:
    served, app = small
    invite = new_invite(served)
    begun = Walker.begin(app, served, invite)
    client, csrf = log_in(served, app)
    assert client.post("/admin/closed", data={"csrf": csrf, "closed": "yes"}).status_code == 303
    late = join_by(app.test_client(), new_invite(served))
    assert late.status_code == 403
    assert "closed" in late.text
    assert Walker.begin(app, served, invite).token == begun.token
    begun.finish()
    client.post("/admin/closed", data={"csrf": csrf, "closed": "no"})
    Walker.begin(app, served)


def test_erasing_asks_first(small: tuple[Served, Flask], tmp_path: Path) -> None:
    served, app = small
    walker = Walker.begin(app, served)
    walker.finish()
    client, csrf = log_in(served, app)
    asked = client.get("/admin/raters/R0001/erase")
    assert "5 of 5 trials" in asked.text
    assert len(load_ratings(tmp_path)) == 30
    assert client.post("/admin/raters/R0001/erase", data={"csrf": csrf}).status_code == 303
    assert load_ratings(tmp_path).empty
    assert client.get("/admin/raters/R0001/erase").status_code == 404
    assert client.post("/admin/raters/R0009/erase", data={"csrf": csrf}).status_code == 404


def test_export_is_the_frames(small: tuple[Served, Flask], tmp_path: Path) -> None:
    served, app = small
    Walker.begin(app, served).finish(64)
    client, _ = log_in(served, app)
    answer = client.get("/admin/ratings.csv")
    assert answer.mimetype == "text/csv"
    pd.testing.assert_frame_equal(pd.read_csv(StringIO(answer.text)), load_ratings(tmp_path))
    for name in ("events", "raters", "answers"):
        assert client.get(f"/admin/{name}.csv").text.startswith("rater,")
    assert client.get("/admin/secrets.csv").status_code == 404
