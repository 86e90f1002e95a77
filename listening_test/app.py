"""The web application of a listening test: `create_app` puts its parts together."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, render_template, request
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from codecbench.errors import ListeningTestError
from codecbench.listening_test.admin_pages import admin_pages
from codecbench.listening_test.admin_session import use_admin_sessions
from codecbench.listening_test.api import api
from codecbench.listening_test.rater_pages import (
    page_text,
    preferred_language,
    rater_pages,
    serve_static,
)
from codecbench.listening_test.refusal import Refusal
from codecbench.listening_test.request_log import log_requests
from codecbench.listening_test.security import protect
from codecbench.listening_test.served import Served

HERE = Path(__file__).parent

PAGES = {
    "closed": "closed",
    "full": "full",
    "not_found": "not_found",
    "busy": "busy",
    "too_many": "busy",
}
"""By a refusal's key, which texts its page has; those of "failed" for any other key."""

RETRY_S = 1
"""What a client is told to wait where the database is busy or away."""


def create_app(served: Served) -> Flask:
    """The application for an opened test (`served.open_served`)."""
    # static_folder None: static files have a route of their own.
    app = Flask(__name__, static_folder=None, template_folder=HERE / "templates")
    app.config.update(DEBUG=False)
    app.jinja_env.auto_reload = False
    app.register_blueprint(rater_pages(served))
    app.register_blueprint(api(served))
    app.register_blueprint(admin_pages(served))
    use_admin_sessions(app, served.secret)
    serve_static(app, HERE / "static")
    protect(app)
    log_requests(app)
    _answer_errors(app, served)

    @app.get("/health")
    def health() -> tuple[dict[str, str], int]:
        try:
            with served.database.reading() as connection:
                connection.execute(select(1))
        except (DBAPIError, PoolTimeoutError):
            return {"status": "the database does not answer"}, 503
        return {"status": "ok"}, 200

    return app


def _answer_errors(app: Flask, served: Served) -> None:
    @app.errorhandler(Refusal)
    def _(refusal: Refusal) -> tuple[Response, int]:
        retry_s = refusal.more.pop("retry_after_s", None)
        answer = _answer(served, refusal)
        if retry_s is not None:
            answer.headers["Retry-After"] = str(retry_s)
        return answer, refusal.status

    @app.errorhandler(HTTPException)
    def _(error: HTTPException) -> tuple[Response, int]:
        status = error.code or 500
        key = "not_found" if status == 404 else "failed"
        answer = _answer(served, Refusal(status, key, error.name.lower()))
        for name, value in error.get_headers(request.environ):
            if name in ("Allow", "Location"):
                answer.headers[name] = value
        return answer, status

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(PoolTimeoutError)
    def _(error: Exception) -> tuple[Response, int]:
        app.logger.error("database", exc_info=error)
        answer = _answer(served, Refusal(503, "busy", "the database is busy or away: try again"))
        answer.headers["Retry-After"] = str(RETRY_S)
        return answer, 503

    @app.errorhandler(ListeningTestError)
    def _(error: ListeningTestError) -> tuple[Response, int]:
        # The message names files and conditions: for the log alone.
        app.logger.error("test", exc_info=error)
        return _answer(served, Refusal(500, "failed", "the server has a problem")), 500


def _answer(served: Served, refusal: Refusal) -> Response:
    """JSON under api/, a page elsewhere that says what there is to do."""
    if "/api/" in request.path:
        return _json({"error": refusal.error, **refusal.more})
    text = page_text(served, preferred_language(served))
    refused = PAGES.get(refusal.key, "failed")
    page = render_template("refused.html", refused=refused, **text)
    return Response(page, mimetype="text/html")


def _json(value: dict[str, object]) -> Response:
    import json

    return Response(json.dumps(value), mimetype="application/json")
