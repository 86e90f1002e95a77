"""What a rater does on the pages, for tests: by mouse, as a person would find things."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from live_server import LiveServer
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from codecbench.listening_test.schema import EVENTS, RATINGS
from codecbench.listening_test.served import open_served

LONGEST_WAIT_S = 15.0
"""For anything that a page does. Longer than any page needs, for machines that are slow."""


@dataclass
class Hands:
    """A rater at `page`; `errors` is what the browser complained about."""

    page: Page
    errors: list[str]

    def button(self, name: str) -> Any:
        """A button by its words."""
        return self.page.get_by_role("button", name=name, exact=True)

    def join(self, link: str) -> None:
        """Open the link and begin; ends on the page for consent."""
        self.page.goto(link)
        self.button("Begin").click()
        self.heading("Before you begin")

    def heading(self, words: str) -> None:
        """Wait for the page with this heading."""
        expect(self.page.locator("h1")).to_have_text(words)

    def to_first_trial(self) -> None:
        """Through consent and instructions, of a test that has nothing else before trials."""
        self.page.get_by_role("checkbox").check()
        self.button("Begin").click()
        self.heading("What to do")
        self.button("Next").click()
        self.trial()

    def trial(self) -> None:
        """Wait until a trial has loaded."""
        expect(self.page.locator(".listening")).to_be_visible()

    def hear(self, sound: str) -> None:
        """Play a sound (its number), or the reference."""
        if sound == "reference":
            self.button("Reference").click()
            return
        self.page.locator(".column .hear").nth(int(sound) - 1).click()
        expect(self.column(sound)).to_have_class(re.compile("playing"))

    def column(self, sound: str) -> Any:
        """What belongs to a sound."""
        return self.page.locator(".column").nth(int(sound) - 1)

    def rate(self, sound: str, score: int) -> None:
        """Hear a sound and click its slider near this score."""
        self.hear(sound)
        slider = self.column(sound).locator("input")
        box = slider.bounding_box()
        assert box is not None
        thumb = 23
        height = (box["height"] - thumb) * (1 - score / 100) + thumb / 2
        slider.click(position={"x": box["width"] / 2, "y": height})

    def shown(self) -> list[int | None]:
        """The grades that the page shows, in order."""
        texts = self.page.locator(".value").all_inner_texts()
        return [None if text == "–" else int(text) for text in texts]

    def saved(self) -> None:
        """Wait for the page to say that all is saved."""
        expect(self.page.locator("#saved")).to_have_text("Saved", timeout=20_000)

    def page_number(self) -> int:
        """As the page shows it, from 1."""
        words = self.page.locator(".progress-words").inner_text()
        return int(words.split()[1])


@contextmanager
def rater(browser: Browser) -> Iterator[Hands]:
    """Somebody at a desktop, with a browser of their own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    with context:
        context.set_default_timeout(1000 * LONGEST_WAIT_S)
        expect.set_options(timeout=1000 * LONGEST_WAIT_S)
        yield hands_in(context)


def hands_in(context: BrowserContext) -> Hands:
    """A new tab; all that the browser says against the page is collected."""
    hands = Hands(context.new_page(), [])
    hands.page.on("pageerror", lambda error: hands.errors.append(str(error)))
    hands.page.on(
        "console",
        lambda line: hands.errors.append(line.text) if line.type in ("error", "warning") else None,
    )
    return hands


def rate_all(hands: Hands, scores: list[int]) -> None:
    """Hear the reference, then give every sound its grade."""
    hands.hear("reference")
    for number, score in enumerate(scores, 1):
        hands.rate(str(number), score)


def stored_ratings(server: LiveServer) -> dict[int, list[int]]:
    """By rater's id, what the database holds: all scores, by page and slot.

    To be read when the page says that they are saved, or has gone on to another one.
    """
    with open_served(server.folder) as served, served.database.reading() as connection:
        rows = connection.execute(
            select(RATINGS.c.rater_id, RATINGS.c.score).order_by(RATINGS.c.page, RATINGS.c.slot)
        ).all()
    found: dict[int, list[int]] = {}
    for rater, score in rows:
        found.setdefault(rater, []).append(score)
    return found


def stored_events(server: LiveServer) -> list[tuple[str, str | None]]:
    """Kind and condition of all events that the database holds.

    A page sends them every few seconds: all of its are there when it has gone on to another one.
    """
    with open_served(server.folder) as served, served.database.reading() as connection:
        rows = connection.execute(select(EVENTS.c.kind, EVENTS.c.condition)).all()
    return [(kind, condition) for kind, condition in rows]


def wait_for_event(hands: Hands, server: LiveServer, kind: str) -> str | None:
    """Wait until the page has sent an event of this kind; its condition as it is stored."""
    until = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < until:
        for stored, condition in stored_events(server):
            if stored == kind:
                return condition
        hands.page.wait_for_timeout(100)
    raise AssertionError(f"no event {kind} was stored: {stored_events(server)}")
