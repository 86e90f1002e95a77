"""A stream from a publisher, and quick word of its absence: offline, nothing may hang.

A look at a publisher in passing gets `ATTEMPT_S` to answer, all such looks of a process together
`BUDGET_S`, and a host that was out of reach is not tried again. Name lookups can block for longer
than any timeout of a socket, so the attempt runs in a thread that is abandoned when time is up.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from codecbench.errors import WeightsError

BLOCK_BYTES = 1 << 20
ATTEMPT_S = 3.0
BUDGET_S = 4.0
STALL_S = 30.0
"""How long a transfer that was asked for may stand still."""

_unreachable: dict[str, str] = {}
_spent_s = 0.0


@contextlib.contextmanager
def download(url: str, *, hurried: bool) -> Iterator[tuple[Iterator[bytes], int | None]]:
    """Open `url`; yields its blocks and its length in bytes, None where the publisher states none.

    hurried: nobody asked for this download in so many words, so give up within seconds, and at once
    where `CODECBENCH_OFFLINE` is 1. Raises `WeightsError` where the publisher cannot be reached,
    does not have the file, or stops sending.
    """
    host = urlsplit(url).netloc
    if hurried and os.environ.get("CODECBENCH_OFFLINE", "") not in {"", "0"}:
        raise WeightsError("CODECBENCH_OFFLINE is set")
    try:
        response = _hurried_open(url, host) if hurried else _open(url)
    except HTTPError as error:
        error.close()
        raise WeightsError(f"{host} answers {error.code} {error.reason} for {url}") from error
    except (OSError, HTTPException) as error:
        raise WeightsError(f"{host} is out of reach ({_cause(error)})") from error
    with response:
        length = response.headers.get("Content-Length")
        yield _blocks(response, host), int(length) if length else None


def _blocks(response: HTTPResponse, host: str) -> Iterator[bytes]:
    try:
        while block := response.read(BLOCK_BYTES):
            yield block
    except (OSError, HTTPException) as error:
        raise WeightsError(f"{host} stopped sending ({_cause(error)})") from error


def _hurried_open(url: str, host: str) -> HTTPResponse:
    global _spent_s  # noqa: PLW0603 - the budget is the process's
    if host in _unreachable:
        raise OSError(_unreachable[host])
    patience_s = min(ATTEMPT_S, BUDGET_S - _spent_s)
    if patience_s <= 0:
        raise OSError("the network was out of reach before")
    answers: queue.SimpleQueue[HTTPResponse | OSError | HTTPException] = queue.SimpleQueue()

    def attempt() -> None:
        try:
            answers.put(_open(url))
        except (OSError, HTTPException) as error:
            answers.put(error)

    start_s = time.monotonic()
    threading.Thread(target=attempt, daemon=True).start()
    try:
        answer = answers.get(timeout=patience_s)
    except queue.Empty:
        answer = TimeoutError(f"no answer within {patience_s:.1f} s")
    if isinstance(answer, HTTPResponse):
        return answer
    if not isinstance(answer, HTTPError):
        _spent_s += time.monotonic() - start_s
        _unreachable[host] = _cause(answer)
    raise answer


def _open(url: str) -> HTTPResponse:
    from urllib.request import Request, urlopen

    request = Request(url, headers={"User-Agent": "codecbench"})
    return cast(HTTPResponse, urlopen(request, timeout=STALL_S))


def _cause(error: BaseException) -> str:
    if isinstance(error, URLError) and isinstance(error.reason, OSError):
        error = error.reason
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
