"""A listening test on the network: waitress, behind proxies and under a path where asked."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.admin_session import admin_secret
from codecbench.listening_test.app import create_app
from codecbench.listening_test.request_log import LOGGER, log_as_json
from codecbench.listening_test.retention import forgetting
from codecbench.listening_test.security import MOST_BYTES
from codecbench.listening_test.served import Served, open_served
from codecbench.wording import counted

if TYPE_CHECKING:
    from flask import Flask

THREADS = 8
CONNECTIONS = 900
"""Kept open at once: under the 1024 files that a process may usually have."""


@dataclass(frozen=True)
class Address:
    """Where it listens. prefix: the path under which proxies pass it on, such as `/listen`.

    proxies: how many stand before it. Each adds to X-Forwarded-For, -Proto and -Host; fewer than
    there are, and every rater seems to have the proxy's address; more, and raters may make one up.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    prefix: str = ""
    proxies: int = 0

    @property
    def url(self) -> str:
        """Of the test, as seen from this machine; without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{clean_prefix(self.prefix)}"


def serve(
    folder: Path,
    database: str | None,
    address: Address,
    retain_days: float | None,
    say: Callable[[str], None],
) -> None:
    """Serve a test until it is stopped by Ctrl-C or SIGTERM; `say` is told where.

    Raises `ListeningTestError` for a test or a database that cannot be used, and for an address
    that is taken.
    """
    with open_served(folder, database) as served:
        served.audio.check()
        with forgetting(served, retain_days), _stoppable():
            server = create_server(create_app(served), address)
            _introduce(served, address, say)
            log_as_json()
            known = {"test": served.test.name, "host": address.host, "port": address.port}
            logging.getLogger(LOGGER).info("serving", extra={"known": known})
            server.run()


def create_server(app: Flask, address: Address) -> Any:
    """waitress's server of the application, listening but not answering before `run()`."""
    import waitress
    from werkzeug.middleware.proxy_fix import ProxyFix

    inner: Any = app
    if address.proxies:
        count = address.proxies
        inner = ProxyFix(app, x_for=count, x_proto=count, x_host=count, x_port=0, x_prefix=0)
    return waitress.create_server(
        inner,
        sockets=[_listen(address)],
        url_prefix=clean_prefix(address.prefix),
        threads=THREADS,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,  # select() ends at 1024 files
        # Answers with sounds stay in memory; a slow network does not make them files.
        outbuf_overflow=16 * 2**20,
        max_request_body_size=2 * MOST_BYTES,
        # Without proxies the headers of one are a client's invention.
        clear_untrusted_proxy_headers=not address.proxies,
        ident=None,
    )


def _listen(address: Address) -> socket.socket:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        family, _, _, _, place = found[0]
        return socket.create_server(place[:2], family=family, backlog=1024)
    except OSError as error:
        raise ListeningTestError(
            f"cannot listen on {address.host} port {address.port}: {error.strerror}. "
            "Give another --port or --host"
        ) from error


def clean_prefix(prefix: str) -> str:
    """A path prefix as `/one/two`; empty for none. Raises `UsageError` for one that is none."""
    parts = [part for part in prefix.split("/") if part]
    if not all(part.replace("-", "").replace("_", "").isalnum() for part in parts):
        raise UsageError(f"--prefix {prefix}: a path such as /listen is asked for")
    return "".join(f"/{part}" for part in parts)


def _introduce(served: Served, address: Address, say: Callable[[str], None]) -> None:
    test = served.test
    say(
        f"{test.title}: {test.kind}, {counted(len(test.items), 'item')}, "
        f"{counted(len(test.conditions), 'condition')}"
    )
    say(f"database  {served.database.shown}")
    say(f"admin     {address.url}/admin/")
    say(f"secret    {admin_secret(served.secret)}")
    say("Raters begin by the links that the admin's page or `bench listen invite` makes.")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM end the server as Ctrl-C does: answers that are under way are finished."""

    def stop(_signal: int, _frame: object) -> NoReturn:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
