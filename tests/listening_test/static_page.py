"""An empty page beside the rater's scripts, at a secure address, for tests of single modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, Page

STATIC = Path(__file__).parents[2] / "listening_test" / "static"


@contextmanager
def static_page(browser: Browser) -> Iterator[Page]:
    """A page that can `import("/mixer.js")` and all other scripts; its texts are empty."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(STATIC))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            with browser.new_page() as page:
                page.goto(f"http://127.0.0.1:{server.server_port}/mixer.js")
                page.set_content('<script type="application/json" id="text">{}</script>')
                yield page
        finally:
            server.shutdown()
            thread.join()
