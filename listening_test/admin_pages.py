"""The admin's pages: progress, screening, invites, closing, erasing, export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from codecbench.errors import UsageError
from codecbench.listening_test import records
from codecbench.listening_test.admin_session import csrf, for_admins, log_in, log_out
from codecbench.listening_test.csv_export import as_csv
from codecbench.listening_test.frozen_design import set_closed
from codecbench.listening_test.invites import make_invites, make_open_invite, revoke_invite
from codecbench.listening_test.limits import Limiter
from codecbench.listening_test.progress import progress_of
from codecbench.listening_test.raters import erase_rater
from codecbench.listening_test.refusal import bad_request, no_such_page
from codecbench.listening_test.security import check_csrf, check_limit, client_address
from codecbench.listening_test.served import Served
from codecbench.listening_test.tokens import derive

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from codecbench.listening_test.screening import Verdict

TRIES_PER_S = 1 / 30
TRIES_AT_ONCE = 5
"""Wrong secrets that one address may try."""

EXPORTS = {
    "ratings": records.ratings_frame,
    "events": records.events_frame,
    "raters": records.raters_frame,
    "answers": records.answers_frame,
}


def admin_pages(served: Served) -> Blueprint:
    """The routes under `admin/`."""
    routes = Blueprint("admin_pages", __name__, url_prefix="/admin")
    _add_login(routes, served)
    _add_views(routes, served)
    _add_changes(routes, served)
    return routes


def _add_login(routes: Blueprint, served: Served) -> None:
    tries = Limiter(TRIES_PER_S, TRIES_AT_ONCE)
    # No session yet to bind it to; with SameSite=Strict it keeps other sites' forms out.
    login_csrf = derive(served.secret, "csrf", "login")

    def form(wrong: bool, status: int) -> tuple[str, int]:
        page = render_template(
            "admin_login.html", title=served.test.title, csrf=login_csrf, wrong=wrong
        )
        return page, status

    @routes.get("/login")
    def login() -> tuple[str, int]:
        return form(wrong=False, status=200)

    @routes.post("/login")
    def logged_in() -> BaseResponse | tuple[str, int]:
        check_csrf(login_csrf, request.form.get("csrf", ""))
        check_limit(tries, client_address(), takes=0)
        if log_in(served.secret, request.form.get("secret", "")):
            return redirect(url_for("admin_pages.progress"), 303)
        tries.wait_s(client_address())
        return form(wrong=True, status=403)

    @routes.post("/logout")
    @for_admins
    def logged_out() -> BaseResponse:
        log_out()
        return redirect(url_for("admin_pages.login"), 303)


def _add_views(routes: Blueprint, served: Served) -> None:
    @routes.get("/")
    @for_admins
    def progress() -> str:
        with served.database.reading() as connection:
            state = progress_of(connection, served.test)
            ratings = records.ratings_frame(connection)
        return render_template(
            "admin_progress.html",
            test=served.test,
            progress=state,
            verdicts=_verdicts(served, ratings),
            exports=tuple(EXPORTS),
            csrf=csrf(),
        )

    @routes.get("/<name>.csv")
    @for_admins
    def export(name: str) -> Response:
        if name not in EXPORTS:
            raise no_such_page()
        with served.database.reading() as connection:
            frame = EXPORTS[name](connection)
        response = Response(as_csv(frame), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response

    @routes.get("/raters/<name>/erase")
    @for_admins
    def ask_erase(name: str) -> str:
        with served.database.reading() as connection:
            raters = progress_of(connection, served.test).raters
        known = [rater for rater in raters if rater.name == name and rater.state != "erased"]
        if not known:
            raise no_such_page()
        return render_template(
            "admin_erase.html", title=served.test.title, rater=known[0], csrf=csrf()
        )


def _add_changes(routes: Blueprint, served: Served) -> None:
    def back() -> BaseResponse:
        return redirect(url_for("admin_pages.progress"), 303)

    @routes.post("/invites")
    @for_admins
    def invites() -> str:
        kind = request.form.get("kind", "")
        number = request.form.get("number", "")
        if kind not in ("personal", "open") or not number.isdecimal() or len(number) > 6:
            raise bad_request("a kind of invite and a number are asked for")
        try:
            with served.database.writing() as connection:
                if kind == "personal":
                    tokens = make_invites(connection, int(number))
                else:
                    tokens = [make_open_invite(connection, int(number))]
        except UsageError as error:
            raise bad_request(str(error)) from None
        links = [url_for("rater_pages.invited", invite=t, _external=True) for t in tokens]
        return render_template(
            "admin_links.html", title=served.test.title, kind=kind, links=links, csrf=csrf()
        )

    @routes.post("/invites/<int:invite>/revoke")
    @for_admins
    def revoke(invite: int) -> BaseResponse:
        with served.database.writing() as connection:
            if not revoke_invite(connection, invite):
                raise no_such_page()
        return back()

    @routes.post("/closed")
    @for_admins
    def close() -> BaseResponse:
        wanted = request.form.get("closed", "")
        if wanted not in ("yes", "no"):
            raise bad_request("closed must be yes or no")
        with served.database.writing() as connection:
            set_closed(connection, wanted == "yes")
        return back()

    @routes.post("/raters/<name>/erase")
    @for_admins
    def erase(name: str) -> BaseResponse:
        with served.database.writing() as connection:
            if not erase_rater(connection, name):
                raise no_such_page()
        served.database.forget_erased()
        return back()


def _verdicts(served: Served, ratings: Any) -> dict[str, Verdict]:
    """By rater, what the screening says now; nothing where the test has nothing to screen by."""
    from codecbench.listening_test.screening import screen

    if served.test.kind != "mushra":
        return {}
    return {verdict.rater: verdict for verdict in screen(ratings, served.test.plan)}
