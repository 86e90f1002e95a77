"""The server as a process: killed and started again, behind a proxy, under a path; its commands."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import Bench
from flask import request
from small_test import write_small_test
from walking import Walker, small_app

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.records import load_ratings
from codecbench.listening_test.serving import Address, clean_prefix, create_server
from codecbench.listening_test.test_file import path_of


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    asked = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@contextmanager
def running(app: Any, address: Address) -> Iterator[None]:
    """waitress in a thread."""
    server = create_server(app, address)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        # What run() itself does on Ctrl-C.
        server.close()
        server.task_dispatcher.shutdown()
        thread.join()


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`bench listen serve` as a process, and its address."""
    port = free_port()
    command = [sys.executable, "-m", "codecbench", "listen", "serve", str(folder)]
    process = subprocess.Popen(
        [*command, "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            try:
                get(f"{url}/health")
                break
            except OSError:
                time.sleep(0.05)
        yield process, url
    finally:
        process.kill()
        process.communicate()


def test_under_a_path_behind_a_proxy_or_not(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):

        @app.get("/who")
        def who() -> dict[str, Any]:
            return {"address": request.remote_addr, "url": request.url}

        walker = Walker.begin(app, served)
        forged = {
            "X-Forwarded-For": "203.0.113.9, 198.51.100.4",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "test.example",
            "X-Forwarded-Prefix": "/evil",
        }
        alone = Address(port=free_port(), prefix="/listen/")
        with running(app, alone):
            status, _, body = get(f"{alone.url}/who", **forged)
            assert json.loads(body) == {"address": "127.0.0.1", "url": f"{alone.url}/who"}
            status, _, body = get(f"{alone.url}/r/{walker.token}/")
            assert status == 200
            assert b"static/rater.js" in body
            assert get(f"{alone.url}/static/rater.js")[0] == 200
            assert get(f"{alone.url}/health")[0] == 200
        behind = Address(port=free_port(), prefix="listen", proxies=1)
        with running(app, behind):
            _, headers, body = get(f"{behind.url}/who", **forged)
            assert json.loads(body) == {
                "address": "198.51.100.4",
                "url": "https://test.example/listen/who",
            }
            assert "Strict-Transport-Security" in headers
            assert "Server" not in headers


@pytest.mark.slow
def test_a_kill_loses_nothing(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):
        walker = Walker.begin(app, served)
        walker.walk_to("trial")
    given: dict[int, int] = {}
    for number in range(2):
        with serving(tmp_path) as (process, url):
            page = json.loads(get(f"{url}/r/{walker.token}/api/page")[2])
            assert {s["slot"]: s["score"] for s in page["slots"] if s["revision"]} == given
            for slot in (2 * number, 2 * number + 1):
                body = {"page": page["page"], "slot": slot, "score": 10 * slot, "revision": 1}
                asked = urllib.request.Request(
                    f"{url}/r/{walker.token}/api/rating",
                    json.dumps(body).encode(),
                    walker.headers | {"Content-Type": "application/json"},
                    method="PUT",
                )
                urllib.request.urlopen(asked, timeout=10).close()
                given[slot] = 10 * slot
            process.send_signal(signal.SIGKILL)
            process.wait()
    frame = load_ratings(tmp_path)
    last = frame[~frame.completed]
    assert dict(zip(last.slot, last.score, strict=True)) == given


@pytest.mark.slow
def test_it_starts_with_the_admins_link_and_ends_when_asked(tmp_path: Path) -> None:
    write_small_test(tmp_path, duration_s=0.01)
    with serving(tmp_path, "--prefix", "/listen", "--retain-days", "30") as (process, url):
        assert get(f"{url}/listen/admin/login")[0] == 200
        process.send_signal(signal.SIGTERM)
        said, log = process.communicate(timeout=30)
        assert process.returncode == 0
    lines = dict(line.split(maxsplit=1) for line in said.splitlines()[1:4])
    assert lines["admin"] == f"{url}/listen/admin/"
    assert len(lines["secret"]) == 32
    known = [json.loads(line) for line in log.splitlines()]
    assert known[0]["message"] == "serving"
    assert {"admin_pages.login"} <= {line.get("route") for line in known}
    assert lines["secret"] not in log


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (_, app), socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ListeningTestError, match="Give another --port"):
            create_server(app, Address(port=taken.getsockname()[1]))


def test_prefixes() -> None:
    assert clean_prefix("") == clean_prefix("/") == ""
    assert clean_prefix("a/b-c/") == "/a/b-c"
    with pytest.raises(UsageError, match="--prefix"):
        clean_prefix("/a?b")


def test_the_commands(tmp_path: Path, bench: Bench) -> None:
    folder = tmp_path / "test"
    with small_app(folder, duration_s=0.01) as (served, app):
        links = bench("listen", "invite", folder, "--count", 2, "--url", "https://a.example/l/")
        tokens = [line.removeprefix("https://a.example/l/join/") for line in links.stdout.split()]
        assert len(tokens) == 2
        Walker.begin(app, served, tokens[0]).finish()
        Walker.begin(app, served, tokens[1])
    shown = bench("listen", "status", folder).stdout
    assert "1 at work, 1 finished, 0 screened out, 0 erased; open to new raters" in shown
    assert "3/3" in shown
    asked = bench("listen", "erase", folder, "R0001")
    assert asked.returncode == 130
    assert len(load_ratings(folder)) == 20
    assert bench("listen", "erase", folder, "R0001", "--yes").returncode == 0
    assert load_ratings(folder).empty
    unknown = bench("listen", "erase", folder, "R0007", "--yes")
    assert (unknown.returncode, "no rater R0007" in unknown.stderr) == (2, True)
    assert "is closed" in bench("listen", "close", folder).stdout
    assert "closed to new raters" in bench("listen", "status", folder).stdout
    assert "open again" in bench("listen", "close", folder, "--again").stdout


def test_a_test_that_was_changed_is_not_served(tmp_path: Path, bench: Bench) -> None:
    folder = tmp_path / "test"
    with small_app(folder, duration_s=0.01) as (served, app):
        Walker.begin(app, served)
    path = path_of(folder)
    path.write_text(path.read_text().replace("A small test", "Another"))
    refused = bench("listen", "serve", folder, "--port", free_port())
    assert refused.returncode == 1
    assert "was changed after the first rater began" in refused.stderr
    assert "Put back the file" in refused.stderr
