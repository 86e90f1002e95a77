"""A listening test served by a process of its own, which a test may kill and start again."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codecbench.listening_test.invites import make_invites
from codecbench.listening_test.served import open_served

SERVE = """
import sys
from pathlib import Path
from waitress import serve
from codecbench.listening_test.app import create_app
from codecbench.listening_test.served import open_served
with open_served(Path(sys.argv[1])) as served:
    serve(create_app(served), host="127.0.0.1", port=int(sys.argv[2]), threads=4)
"""

LONGEST_START_S = 30.0


class LiveServer:
    """Serves the test in `folder` at `address` between `start` and `kill`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [sys.executable, "-c", SERVE, str(self.folder), str(self.port)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until = time.monotonic() + LONGEST_START_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"the server of {self.folder} does not answer")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def invite(self) -> str:
        """The address of a fresh personal link."""
        with open_served(self.folder) as served, served.database.writing() as connection:
            (token,) = make_invites(connection, 1)
        return f"{self.address}/join/{token}"


@contextmanager
def serving(folder: Path) -> Iterator[LiveServer]:
    """The test in `folder`, served meanwhile."""
    server = LiveServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
