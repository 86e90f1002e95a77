"""What a rater's page asks the server, as JSON: the page, ratings, events, the next page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from codecbench.listening_test.advancing import advance
from codecbench.listening_test.events import add_events
from codecbench.listening_test.limits import Limiter
from codecbench.listening_test.page_content import page_content
from codecbench.listening_test.raters import known_rater, set_language
from codecbench.listening_test.ratings import put_rating
from codecbench.listening_test.refusal import bad_request
from codecbench.listening_test.security import check_csrf, check_limit, json_body, rater_csrf
from codecbench.listening_test.served import Served

WRITES_PER_S = 10.0
WRITES_AT_ONCE = 100
"""Of one rater: far above what a hand does with sliders, far under what slows others down."""


def api(served: Served) -> Blueprint:
    """The routes under `r/<rater>/api/`."""
    routes = Blueprint("api", __name__, url_prefix="/r/<rater>/api")
    writes = Limiter(WRITES_PER_S, WRITES_AT_ONCE)

    @routes.url_value_preprocessor
    def _(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.rater = (values or {}).pop("rater")

    @routes.before_request
    def _() -> None:
        if request.method not in ("GET", "HEAD"):
            check_csrf(rater_csrf(served.secret, g.rater), request.headers.get("X-CSRF-Token", ""))
            check_limit(writes, g.rater)

    @routes.get("/page")
    def page() -> dict[str, Any]:
        with served.database.reading() as connection:
            return page_content(served, connection, known_rater(connection, g.rater))

    @routes.put("/rating")
    def rating() -> dict[str, int]:
        return put_rating(served, g.rater, json_body())

    @routes.post("/events")
    def events() -> dict[str, int]:
        return {"kept": add_events(served, g.rater, json_body())}

    @routes.post("/next")
    def following() -> dict[str, int]:
        return {"page": advance(served, g.rater, json_body())}

    @routes.put("/language")
    def language() -> dict[str, str]:
        wanted = json_body().get("language")
        if wanted not in served.test.languages:
            raise bad_request("the test is not in this language")
        with served.database.writing() as connection:
            set_language(connection, known_rater(connection, g.rater, lock=True), wanted)
        return {"language": wanted}

    return routes
