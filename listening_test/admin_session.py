"""Who may see the admin's pages: whoever gave the secret, for some hours, in one browser."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface

from codecbench.listening_test.security import check_csrf
from codecbench.listening_test.tokens import derive, new_token, same

LASTS_H = 12


class _AdminCookie(SecureCookieSessionInterface):
    """A signed cookie of the admin's pages alone, never sent in the clear where there is TLS."""

    def get_cookie_path(self, app: Flask) -> str:
        return f"{request.script_root}/admin"

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def use_admin_sessions(app: Flask, secret: str) -> None:
    """Let the application keep who is logged in."""
    app.session_interface = _AdminCookie()
    app.config.update(
        SECRET_KEY=derive(secret, "session"),
        SESSION_COOKIE_NAME="listening_admin",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=LASTS_H),
    )


def admin_secret(secret: str) -> str:
    """What the admin logs in with; follows from the database's secret."""
    return derive(secret, "admin")


def log_in(secret: str, given: str) -> bool:
    """Begin a session where the secret is right."""
    if not same(admin_secret(secret), given.strip()):
        return False
    session.clear()
    session.permanent = True
    session["csrf"] = new_token()
    return True


def log_out() -> None:
    """End the session."""
    session.clear()


def csrf() -> str:
    """The token that the session's forms carry."""
    return str(session["csrf"])


def for_admins(view: Callable[..., Any]) -> Callable[..., Any]:
    """Guard a view: without a session it leads to the login, a POST needs the session's token."""

    @functools.wraps(view)
    def guarded(**values: Any) -> Any:
        if "csrf" not in session:
            return redirect(url_for("admin_pages.login"), 303)
        if request.method == "POST":
            check_csrf(csrf(), request.form.get("csrf", ""))
        return view(**values)

    return guarded
