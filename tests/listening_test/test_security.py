"""What keeps others out: headers, tokens, limits, and a log that tells no secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from walking import Walker, csrf_of, join_by, new_invite, small_app

from codecbench.listening_test.limits import Limiter
from codecbench.listening_test.request_log import LOGGER, JsonFormatter
from codecbench.listening_test.schema import INVITES, RATERS
from codecbench.listening_test.security import MOST_BYTES
from codecbench.listening_test.served import Served
from codecbench.listening_test.tokens import derive, digest, new_token, same

POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "worker-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "media-src": ["'self'", "blob:"],
    "font-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Served, Flask]]:
    with small_app(tmp_path, items=2, duration_s=0.01) as pair:
        yield pair


def test_every_answer_has_the_headers(small: tuple[Served, Flask]) -> None:
    served, app = small
    walker = Walker.begin(app, served)
    url = walker.walk_to("trial", training=True)["slots"][0]["audio"]["url"]
    for path in (
        "/health",
        "/nothing",
        "/join/x",
        f"/join/{new_invite(served)}",
        f"/r/{walker.token}/",
        f"/r/{walker.token}/{url}",
        f"/r/{walker.token}/api/page",
        "/r/x/api/page",
        "/static/rater.js",
        "/admin/login",
    ):
        headers = walker.client.get(path).headers
        parts = [part.split() for part in headers["Content-Security-Policy"].split(";")]
        assert {name: values for name, *values in parts} == POLICY, path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == ("no-cache" if "static" in path else "no-store")
        assert "Strict-Transport-Security" not in headers
    secure = walker.client.get("/health", base_url="https://test.example")
    assert "Strict-Transport-Security" in secure.headers


def test_templates_have_no_script_and_style_of_their_own(small: tuple[Served, Flask]) -> None:
    folder = Path(str(small[1].template_folder))
    for path in folder.glob("*.html"):
        text = path.read_text()
        assert "style=" not in text, path
        assert "<style" not in text, path
        assert " on" + "click" not in text, path
        for tag in text.split("<script")[1:]:
            head = tag.partition(">")[0]
            assert "src=" in head or "application/json" in head, path


def test_only_hashes_of_tokens_are_stored(small: tuple[Served, Flask], tmp_path: Path) -> None:
    served, app = small
    invite = new_invite(served)
    walker = Walker.begin(app, served, invite)
    with served.database.reading() as connection:
        assert connection.execute(select(RATERS.c.token_hash)).scalar() == digest(walker.token)
        assert connection.execute(select(INVITES.c.token_hash)).scalar() == digest(invite)
    for path in tmp_path.glob("ratings.sqlite*"):
        content = path.read_bytes()
        assert walker.token.encode() not in content
        assert invite.encode() not in content


def test_tokens() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert min(len(new_token()) for _ in range(100)) == 32  # 192 bit in base 64
    assert derive("s", "a", 1) == derive("s", "a", 1)
    others = [derive("s", "a", 2), derive("t", "a", 1), derive("s", "a1"), derive("s", "a", "1")]
    assert len({derive("s", "a", 1), *others}) == 5
    assert same("ü", "ü")
    assert not same("a", "ü")


def test_writes_need_the_pages_token(small: tuple[Served, Flask]) -> None:
    served, app = small
    walker, other = Walker.begin(app, served), Walker.begin(app, served)
    for headers in ({}, {"X-CSRF-Token": "x"}, other.headers):
        for method, path in (
            ("PUT", "rating"),
            ("POST", "events"),
            ("POST", "next"),
            ("PUT", "language"),
        ):
            url = f"/r/{walker.token}/api/{path}"
            answer = walker.client.open(url, method=method, json={"page": 0}, headers=headers)
            assert answer.status_code == 403
    assert walker.rater.page == 0


def test_joining_needs_the_forms_token(small: tuple[Served, Flask]) -> None:
    served, app = small
    invite, other = new_invite(served), new_invite(served)
    client = app.test_client()
    foreign = csrf_of(client.get(f"/join/{other}").text)
    for csrf in ("", ".", "x.y", "ü", foreign, foreign + "x"):
        assert client.post(f"/join/{invite}", data={"csrf": csrf}).status_code == 403
    with served.database.reading() as connection:
        assert connection.execute(select(RATERS)).first() is None


def test_bodies_that_are_not_json_objects(small: tuple[Served, Flask]) -> None:
    served, app = small
    walker = Walker.begin(app, served)
    url = f"/r/{walker.token}/api/next"
    for body in (b"", b"[1]", b"{", b'{"page": NaN}', b"[" * 100_000, b"\xff", b'"page"'):
        answer = walker.client.post(
            url, data=body, headers=walker.headers, content_type="application/json"
        )
        assert answer.status_code == 400, body[:20]
    form = walker.client.post(url, data={"page": 0}, headers=walker.headers)
    assert form.status_code == 415
    large = b'{"page": 0, "x": "' + b"x" * MOST_BYTES + b'"}'
    answer = walker.client.post(
        url, data=large, headers=walker.headers, content_type="application/json"
    )
    assert (answer.status_code, answer.mimetype) == (413, "application/json")


def test_invites_cannot_be_tried_without_end(small: tuple[Served, Flask]) -> None:
    served, app = small
    client = app.test_client()
    answers = [client.get(f"/join/{number}").status_code for number in range(30)]
    assert answers == [404] * 20 + [429] * 10
    limited = client.get("/join/x")
    assert 1 <= int(limited.headers["Retry-After"]) <= 6
    elsewhere = client.get(f"/join/{new_invite(served)}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 200


def test_writes_are_limited_by_rater(small: tuple[Served, Flask]) -> None:
    served, app = small
    walker, other = Walker.begin(app, served), Walker.begin(app, served)
    statuses = [walker.rate(0, 50, page=7).status_code for _ in range(140)]
    assert statuses[:100] == [409] * 100
    assert 429 in statuses[100:]
    assert other.next(agreed=True).status_code == 200


def test_the_bucket_fills_again() -> None:
    now_s = 0.0
    limiter = Limiter(per_s=2.0, burst=3, clock_s=lambda: now_s)
    assert [limiter.wait_s("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert limiter.wait_s("b") == 0
    now_s = 0.5
    assert [limiter.wait_s("a") for _ in range(2)] == [0, 0.5]
    now_s = 100.0
    assert [limiter.wait_s("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert limiter.wait_s("c", takes=0) == 0
    assert [limiter.wait_s("c") for _ in range(3)] == [0, 0, 0]
    assert limiter.wait_s("c", takes=0) > 0


def test_the_log_tells_no_secret(
    small: tuple[Served, Flask], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, app = small
    caplog.set_level(logging.INFO)
    invite = new_invite(served)
    walker = Walker.begin(app, served, invite, external_id="5f3cabc")
    walker.finish()

    def broken(*_: object) -> None:
        raise RuntimeError(f"no such rater {walker.token}")

    monkeypatch.setattr("codecbench.listening_test.api.known_rater", broken)
    failed = walker.client.get(f"/r/{walker.token}/api/page")
    assert (failed.status_code, failed.get_json()) == (500, {"error": "internal server error"})
    lines = [JsonFormatter().format(r) for r in caplog.records if r.name == LOGGER]
    known = [json.loads(line) for line in lines]
    assert {"api.page", "rater_pages.joined", "rater_pages.rater_page"} <= {
        line.get("route") for line in known
    }
    (error,) = [line for line in known if line["message"] == "error"]
    assert error["error"] == "RuntimeError"
    assert any("test_security.py" in place for place in error["at"])
    csrf = walker.headers["X-CSRF-Token"]
    for secret in (invite, walker.token, csrf, served.secret, "5f3cabc"):
        assert secret not in "\n".join(lines)
    # Libraries put addresses into their messages: those are not filled in.
    record = logging.LogRecord("waitress", 40, "", 1, "Exception for %s", (invite,), None)
    assert invite not in JsonFormatter().format(record)


def test_a_database_that_is_away_is_a_passing_error(
    small: tuple[Served, Flask], tmp_path: Path
) -> None:
    served, app = small
    walker = Walker.begin(app, served)
    served.database.close()
    for path in tmp_path.glob("ratings.sqlite*"):
        path.unlink()
    (tmp_path / "ratings.sqlite").mkdir()
    answer = walker.client.get(f"/r/{walker.token}/api/page")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert join_by(walker.client, "x").status_code == 503
