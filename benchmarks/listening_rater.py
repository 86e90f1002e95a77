"""A simulated rater who speaks HTTP to a listening test, for `benchmarks/listening_load.py`."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

LONGEST_S = 900.0
"""After this long a rater gives up, and the whole has failed."""


@dataclass
class Figures:
    """What all raters measured and were promised."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    took_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tried_again: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    # by hash of the rater's token, page, slot: score and revision as acknowledged
    ratings: dict[tuple[str, int, int], tuple[int, int]] = field(default_factory=dict)
    trials: set[tuple[str, int]] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)


class LoadRater(threading.Thread):
    """One rater, from the link to the last page."""

    def __init__(self, number: int, port: int, invite: str, think_s: float, figures: Figures):
        super().__init__(daemon=True)
        self._random = random.Random(number)
        self._port, self._invite, self._think_s = port, invite, think_s
        self._figures = figures
        self._connection: http.client.HTTPConnection | None = None
        self._headers: dict[str, str] = {}
        self._home = ""
        self._until_s = time.monotonic() + LONGEST_S

    def run(self) -> None:
        """Take the whole test; what goes wrong is noted."""
        try:
            self._think(20)  # not all in the same instant
            self._join()
            while (page := self._json("page", "GET", "api/page"))["kind"] != "thanks":
                self._pass(page)
        except Exception as error:
            with self._figures.lock:
                self._figures.failed.append(f"{type(error).__name__}: {error}")

    def _join(self) -> None:
        form = self._ask("join form", "GET", f"/join/{self._invite}")[1].decode()
        csrf = re.search(r'name="csrf" value="([^"]+)"', form)
        assert csrf, form
        form_type = {"Content-Type": "application/x-www-form-urlencoded"}
        headers, _ = self._ask(
            "join", "POST", f"/join/{self._invite}", f"csrf={csrf[1]}".encode(), form_type
        )
        token = headers["Location"].split("/")[-2]
        self._hash = hashlib.sha256(token.encode()).hexdigest()
        self._home = f"/r/{token}/"
        shell = self._ask("rater page", "GET", self._home)[1].decode()
        csrf = re.search(r'name="csrf" content="([^"]+)"', shell)
        assert csrf, shell
        self._headers = {"X-CSRF-Token": csrf[1], "Content-Type": "application/json"}

    def _pass(self, page: dict[str, Any]) -> None:
        answers: dict[str, Any] = {}
        if page["kind"] == "consent":
            answers = {"agreed": True}
        elif page["kind"] == "questionnaire":
            answers = {"device": "headphones"}
        elif page["kind"] == "headphones":
            tones = [[tone["gain_db"] for tone in t["intervals"]] for t in page["trials"]]
            answers = {"attempt": page["attempt"], "trials": [t.index(min(t)) for t in tones]}
        elif page["kind"] == "trial":
            self._rate(page)
        self._think()
        self._json("next", "POST", "api/next", page=page["page"], answers=answers)
        if page["kind"] == "trial":
            with self._figures.lock:
                self._figures.trials.add((self._hash, page["page"]))

    def _rate(self, page: dict[str, Any]) -> None:
        for audio in (page["reference"], *(slot["audio"] for slot in page["slots"])):
            _, sound = self._ask("sound", "GET", self._home + audio["url"])
            assert hashlib.sha256(sound).hexdigest() == audio["sha256"], "a damaged sound"
        events = [
            {"id": f"{n}", "kind": "play", "slot": n, "position_s": 0, "at_s": n + 1}
            for n in range(-1, len(page["slots"]))
        ]
        self._json("events", "POST", "api/events", page=page["page"], events=events)
        for revision in range(1, self._random.randint(2, 5)):
            for slot in self._random.sample(range(len(page["slots"])), len(page["slots"])):
                self._think()
                sent = {"slot": slot, "score": self._random.randint(0, 100), "revision": revision}
                stored = self._json("rating", "PUT", "api/rating", page=page["page"], **sent)
                assert stored == sent, (stored, sent)
                with self._figures.lock:
                    key = (self._hash, page["page"], slot)
                    self._figures.ratings[key] = (stored["score"], stored["revision"])

    def _think(self, times: float = 1.0) -> None:
        time.sleep(times * self._think_s * self._random.random() * 2)

    def _json(self, name: str, method: str, path: str, **body: Any) -> Any:
        data = None if method == "GET" else json.dumps(body).encode()
        return json.loads(self._ask(name, method, self._home + path, data, self._headers)[1])

    def _ask(
        self,
        name: str,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """Ask until it is acknowledged; waits between attempts as the browser's page does."""
        attempt = 0
        while time.monotonic() < self._until_s:
            began_s = time.perf_counter()
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection(
                        "127.0.0.1", self._port, timeout=60
                    )
                self._connection.request(method, path, body, headers or {})
                answer = self._connection.getresponse()
                content = answer.read()
                if answer.status < 400:
                    with self._figures.lock:
                        self._figures.took_s[name].append(time.perf_counter() - began_s)
                    return dict(answer.headers), content
                if answer.status not in (429, 500, 502, 503):
                    raise RuntimeError(f"{name}: {answer.status} {content[:200]!r}")
                why = str(answer.status)
            except (OSError, http.client.HTTPException):
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
                why = "no answer"
            with self._figures.lock:
                self._figures.tried_again[why] += 1
            time.sleep(min(10, 0.25 * 2**attempt) * self._random.uniform(0.5, 1))
            attempt += 1
        raise RuntimeError(f"{name}: no success within {LONGEST_S:g} s")
