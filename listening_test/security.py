"""What all answers and writes have: strict headers, a token against forged requests, limits."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from flask import Flask, Response, request

from codecbench.listening_test.limits import Limiter
from codecbench.listening_test.refusal import Refusal, bad_request
from codecbench.listening_test.tokens import derive, new_token, same

MOST_BYTES = 256 * 1024
"""Of a request's body."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    # Addresses hold raters' tokens.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def protect(app: Flask) -> None:
    """Bound every request and put the headers on every answer, errors included."""
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, MAX_FORM_MEMORY_SIZE=MOST_BYTES)

    @app.after_request
    def _(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        if request.is_secure:
            # Over plain http browsers ignore it, with a warning.
            response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def check_limit(limiter: Limiter, key: str, takes: int = 1) -> None:
    """Raise `Refusal` 429 where the key did this too often."""
    wait_s = limiter.wait_s(key, takes)
    if wait_s > 0:
        raise Refusal(429, "too_many", "too many requests", retry_after_s=math.ceil(wait_s))


def client_address() -> str:
    """Who asks, as the network says."""
    return request.remote_addr or ""


def rater_csrf(secret: str, rater: str) -> str:
    """The token that a rater's writes carry in `X-CSRF-Token`."""
    return derive(secret, "csrf", "rater", rater)


def join_csrf(secret: str, invite: str, nonce: str = "") -> str:
    """The token of a form for joining; holds a nonce, so that a form sent twice joins once."""
    nonce = nonce or new_token()
    return f"{nonce}.{derive(secret, 'csrf', 'join', invite, nonce)}"


def check_join_csrf(secret: str, invite: str, given: str) -> str:
    """The form's nonce. Raises `Refusal` 403 for a token that this server did not give."""
    nonce = given.partition(".")[0]
    if not nonce:
        refuse_csrf()
    check_csrf(join_csrf(secret, invite, nonce), given)
    return nonce


def check_csrf(expected: str, given: str) -> None:
    """Raise `Refusal` 403 where the token is another."""
    if not given or not same(expected, given):
        refuse_csrf()


def refuse_csrf() -> NoReturn:
    """Raise the `Refusal` of a write without the right token."""
    raise Refusal(403, "failed", "the token of this page is missing or wrong: load it again")


def json_body() -> dict[str, Any]:
    """The request's body, an object. Raises `Refusal` for anything else, NaN included."""
    if not request.is_json:
        raise Refusal(415, "failed", "application/json is asked for")
    try:
        found = json.loads(request.get_data(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise bad_request("the body is not JSON") from None
    if not isinstance(found, dict):
        raise bad_request("the body must be an object")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
