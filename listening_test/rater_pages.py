"""What raters open: the link by which they begin, their own page, its sounds, static files."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from flask import Blueprint, Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from codecbench.listening_test.invites import find_invite
from codecbench.listening_test.limits import Limiter
from codecbench.listening_test.page_content import sound_of
from codecbench.listening_test.raters import join, known_rater
from codecbench.listening_test.refusal import Refusal, bad_request, no_such_page
from codecbench.listening_test.security import (
    check_join_csrf,
    check_limit,
    client_address,
    join_csrf,
    rater_csrf,
)
from codecbench.listening_test.served import Served
from codecbench.listening_test.text_catalogue import LANGUAGES, text_catalogue

TRIES_PER_S = 1 / 6
TRIES_AT_ONCE = 20
"""Unknown invites and raters that one address may try: a typing error is no attack."""

ID_NAMES = ("external_id", "PROLIFIC_PID", "workerId")
"""How crowd platforms call whom they send, in the address of an invite."""


def rater_pages(served: Served) -> Blueprint:
    """The routes `join/<invite>` and `r/<rater>/`."""
    routes = Blueprint("rater_pages", __name__)
    tries = Limiter(TRIES_PER_S, TRIES_AT_ONCE)

    @routes.get("/join/<invite>")
    def invited(invite: str) -> str:
        _check_invite(served, tries, invite)
        given = (request.args.get(name, "") for name in ID_NAMES)
        return render_template(
            "join.html",
            csrf=join_csrf(served.secret, invite),
            external_id=next(filter(None, given), ""),
            **page_text(served, preferred_language(served)),
        )

    @routes.post("/join/<invite>")
    def joined(invite: str) -> BaseResponse:
        _check_invite(served, tries, invite)
        nonce = check_join_csrf(served.secret, invite, request.form.get("csrf", ""))
        language = request.form.get("language") or preferred_language(served)
        if language not in served.test.languages:
            raise bad_request("the test is not in this language")
        external_id = request.form.get("external_id", "").strip()
        rater = join(served, invite, external_id, nonce, language)
        return redirect(f"../r/{rater}/", 303)

    @routes.get("/r/<rater>/")
    def rater_page(rater: str) -> str:
        with served.database.reading() as connection:
            language = known_rater(connection, rater).language
        csrf = rater_csrf(served.secret, rater)
        return render_template("rater.html", csrf=csrf, **page_text(served, language))

    @routes.get("/r/<rater>/audio/<token>")
    def audio(rater: str, token: str) -> Response:
        with served.database.reading() as connection:
            known = known_rater(connection, rater)
        sound = sound_of(served, known, token)
        if sound is None:
            raise no_such_page()
        return Response(sound, mimetype="application/octet-stream")

    return routes


def serve_static(app: Flask, folder: Path) -> None:
    """Add the route `static/<filename>`: files read once, so no request reaches the file system."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

    @app.get("/static/<path:filename>")
    def static(filename: str) -> BaseResponse:
        if filename not in files:
            raise no_such_page()
        kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        response = Response(files[filename], mimetype=kind)
        response.headers["Cache-Control"] = "no-cache"
        response.add_etag()
        return response.make_conditional(request)


def preferred_language(served: Served) -> str:
    """The test's language that the browser asks for, or its first."""
    languages = served.test.languages
    return request.accept_languages.best_match(languages) or languages[0]


def page_text(served: Served, language: str) -> dict[str, object]:
    """What every page of a rater's is rendered with."""
    return {
        "language": language,
        "languages": {code: LANGUAGES[code] for code in served.test.languages},
        "text": text_catalogue(language),
        "title": served.test.title,
    }


def _check_invite(served: Served, tries: Limiter, invite: str) -> None:
    """Raise `Refusal` for an unknown invite, and for any after too many of them."""
    check_limit(tries, client_address(), takes=0)
    with served.database.reading() as connection:
        if find_invite(connection, invite) is not None:
            return
    tries.wait_s(client_address())
    raise Refusal(404, "not_found", "there is no such invite")
