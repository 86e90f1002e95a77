"""The server's log: one JSON object a line, on standard error, without a secret in it.

Addresses hold tokens, and what databases say of an error holds values: so a request is logged by
the name of its route, and an error by its kind and where it happened. Messages of our own errors
name files and conditions, never raters.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request

from codecbench.errors import CodecbenchError
from codecbench.listening_test.clock import utc_now

LOGGER = "codecbench.listening_test"

FRAMES = 12
"""Innermost places of an error that are logged."""


def log_requests(app: Flask) -> None:
    """Log each request of the application, and each error that it did not foresee."""
    logger = logging.getLogger(LOGGER)

    @app.before_request
    def _() -> None:
        g.began_s = time.perf_counter()

    @app.after_request
    def _(response: Response) -> Response:
        took_s = time.perf_counter() - g.get("began_s", time.perf_counter())
        known = {
            "route": request.endpoint or "none",
            "method": request.method,
            "status": response.status_code,
            "ms": round(1000 * took_s, 1),
        }
        logger.info("request", extra={"known": known})
        return response

    def log_exception(
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        logger.error("error", exc_info=exc_info, extra={"known": {"route": request.endpoint}})

    app.log_exception = log_exception  # type: ignore[method-assign]


def log_as_json(level: int = logging.INFO) -> None:
    """Send what the server and its libraries log to standard error, as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a library's message without what it was filled with."""
        line: dict[str, Any] = {
            "time": utc_now(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": str(record.msg),
        }
        line |= getattr(record, "known", {})
        if record.exc_info and record.exc_info[1] is not None:
            line |= _error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _error(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told: dict[str, Any] = {
        "error": type(error).__name__,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, CodecbenchError):
        told["because"] = str(error)
    return told
