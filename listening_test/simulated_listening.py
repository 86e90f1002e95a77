"""A simulated rater at a browser: joins by an invite, listens, rates and sends every page.

It uses the server as a browser does, over its addresses alone. It knows what it hears by the sound
itself: it takes the mask off and looks the samples up among the test's stimuli.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.errors import ListeningTestError
from codecbench.listening_test.audio_files import masked
from codecbench.listening_test.simulated_raters import (
    Population,
    SimulatedRater,
    simulated_score,
)

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from codecbench.listening_test.test_file import Item, ListeningTest

_CSRF = re.compile(r'name="csrf" (?:value|content)="([^"]+)"')


@dataclass(frozen=True)
class Heard:
    """What a sound turned out to be."""

    item: str
    condition: str
    kind: str


def known_sounds(folder: Path, test: ListeningTest) -> dict[str, Heard]:
    """All stimuli of a test by the SHA-256 of their samples."""
    import soundfile

    kinds = {condition.name: condition.kind for condition in test.conditions}

    def digest(file: str) -> str:
        samples, _ = soundfile.read(folder / file, dtype="int16", always_2d=True)
        return hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()

    items: tuple[Item, ...] = (*test.items, *test.training_items)
    return {
        digest(stimulus.file): Heard(item.id, stimulus.condition, kinds[stimulus.condition])
        for item in items
        for stimulus in item.stimuli
    }


class SimulatedListener:
    """One rater of a MUSHRA test, with a client of the application's own.

    items: ids of those that count. sounds: of `known_sounds`. Raises `ListeningTestError` for an
    answer that a browser could not go on from.
    """

    def __init__(
        self,
        app: Flask,
        invite: str,
        rater: SimulatedRater,
        population: Population,
        items: tuple[str, ...],
        sounds: dict[str, Heard],
    ) -> None:
        self._client = app.test_client()
        self._rater, self._population, self._sounds = rater, population, sounds
        self._items = items
        self._heard_before: dict[tuple[str, str], int] = {}
        form = _checked(self._client.get(f"/join/{invite}"))
        joined = self._client.post(f"/join/{invite}", data={"csrf": _csrf(form.text)})
        self._home = f"/r/{_checked(joined).headers['Location'].split('/')[-2]}/"
        page = _checked(self._client.get(self._home))
        self._headers = {"X-CSRF-Token": _csrf(page.text)}

    def take_the_test(self) -> None:
        """Go through every page to the end."""
        while (page := self._page())["kind"] != "thanks":
            self._send("POST", "next", {"page": page["page"], "answers": self._answers(page)})

    def _answers(self, page: dict[str, Any]) -> dict[str, Any] | None:
        if page["kind"] == "consent":
            return {"agreed": True}
        if page["kind"] == "headphones":
            gains = [[tone["gain_db"] for tone in trial["intervals"]] for trial in page["trials"]]
            quietest = [int(np.argmin(trial)) for trial in gains]
            return {"attempt": page["attempt"], "trials": quietest}
        if page["kind"] == "trial":
            self._rate(page)
        return None

    def _rate(self, page: dict[str, Any]) -> None:
        slots = [-1, *(slot["slot"] for slot in page["slots"])]
        events = [
            {
                "id": f"{page['page']}-{slot}",
                "kind": "play",
                "slot": slot,
                "position_s": 0.0,
                "at_s": float(i),
            }
            for i, slot in enumerate(slots)
        ]
        self._send("POST", "events", {"page": page["page"], "events": events})
        for slot in page["slots"]:
            heard = self._listen(slot["audio"])
            message = {"page": page["page"], "slot": slot["slot"], "revision": 1}
            self._send("PUT", "rating", message | {"score": self._score(heard)})

    def _score(self, heard: Heard) -> int:
        place = (heard.item, heard.condition)
        presentation = self._heard_before.get(place, 0)
        self._heard_before[place] = presentation + 1
        return simulated_score(
            self._rater,
            self._population,
            self._items,
            heard.item,
            heard.condition,
            heard.kind,
            presentation,
        )

    def _listen(self, audio: dict[str, Any]) -> Heard:
        sent = _checked(self._client.get(self._home + audio["url"])).data
        # Masking twice is no mask.
        plain = masked(np.frombuffer(sent, "<u4"), audio["key"])
        size = audio["samples"] * audio["channels"] * 2
        found = self._sounds.get(hashlib.sha256(plain[:size]).hexdigest())
        if found is None:
            raise ListeningTestError("a sound that was served is none of the test's stimuli")
        return found

    def _page(self) -> dict[str, Any]:
        page: dict[str, Any] = _checked(self._client.get(f"{self._home}api/page")).get_json()
        return page

    def _send(self, method: str, path: str, message: dict[str, Any]) -> None:
        address = f"{self._home}api/{path}"
        _checked(self._client.open(address, method=method, json=message, headers=self._headers))


def _checked(answer: TestResponse) -> TestResponse:
    if answer.status_code not in (200, 303):
        where = answer.request.path.rpartition("/")[2]
        raise ListeningTestError(
            f"the server answered {answer.status_code} to {where}: {answer.text}"
        )
    return answer


def _csrf(html: str) -> str:
    found = _CSRF.search(html)
    if found is None:
        raise ListeningTestError("the server's page has no token against forged requests")
    return found[1]
