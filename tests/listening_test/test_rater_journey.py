"""Raters in a real browser against the real server, from the link to the completion code: what the
page showed is what the database holds, by mouse and by keyboard alone.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rater_fixtures
from live_server import LiveServer, serving
from playwright.sync_api import Browser, expect
from rater_hands import Hands, rate_all, rater, stored_events, stored_ratings
from small_test import QUESTIONS, write_small_test

from codecbench.listening_test.test_file import Kind, Pages

# The headphone check plays six times four seconds: here each set begins shortly before its end.
HURRY = """
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function () {
  start.call(this, 0, this.buffer.duration - 0.05);
};
"""

server = rater_fixtures.server


def test_by_mouse_through_every_kind_of_page(browser: Browser, tmp_path: Path) -> None:
    pages = Pages(questions=QUESTIONS, completion_code="DONE-42", return_url="https://x.example/")
    write_small_test(tmp_path, items=1, training=1, duration_s=1.0, pages=pages)
    with serving(tmp_path) as server, rater(browser) as hands:
        page = hands.page
        page.add_init_script(HURRY)
        hands.join(server.invite())
        fill_in(hands)
        set_level_and_check_headphones(hands)
        expect(page.get_by_text("Training", exact=True)).to_be_visible()
        hands.trial()
        for slider in page.locator(".column input").all():
            expect(slider).to_be_disabled()
        hands.rate("2", 70)
        expect(hands.column("2").locator("input")).to_be_enabled()
        expect(hands.column("1").locator("input")).to_be_disabled()
        hands.button("Next").click(force=True)
        expect(page.locator(".missing")).to_contain_text(
            re.compile("Still to hear: 1, 3, 4,? and 5")
        )
        rate_all(hands, [100, 71, 52, 33, 14])
        first = hands.shown()
        assert first == pytest.approx([100, 71, 52, 33, 14], abs=2)
        hands.button("Next").dblclick()

        expect(page.get_by_text("Training", exact=True)).to_have_count(0)
        hands.trial()
        assert hands.shown() == [None] * 5
        loop_a_part(hands)
        rate_all(hands, [90, 15, 35, 100, 55])
        second = hands.shown()
        hands.button("Next").click()

        hands.heading("Thank you")
        expect(page.locator(".completion")).to_have_text("DONE-42")
        expect(page.get_by_role("link", name="Finish and return")).to_have_attribute(
            "href", "https://x.example/"
        )
        assert hands.errors == []
        assert stored_ratings(server) == {1: first + second}
        kinds = {kind for kind, _ in stored_events(server)}
        assert {"play", "switch", "loop", "seek", "stop", "rate"} <= kinds


def fill_in(hands: Hands) -> None:
    """Consent, questionnaire and instructions, after forgetting what must be given."""
    page = hands.page
    hands.button("Begin").click()
    expect(page.get_by_text("Please tick this to take part.")).to_be_visible()
    page.get_by_role("checkbox").check()
    hands.button("Begin").click()

    hands.heading("About you")
    page.get_by_label("Your age").fill("41")
    hands.button("Next").click()
    expect(page.get_by_text("Please fill this in.")).to_be_visible()
    page.get_by_label("headphones").check()
    hands.button("Next").click()
    hands.heading("What to do")
    hands.button("Next").click()


def set_level_and_check_headphones(hands: Hands) -> None:
    """With the second of three tones as every answer."""
    page = hands.page
    hands.heading("Set your volume")
    hands.button("Play").click()
    hands.button("The volume is right").click()

    hands.heading("Do you wear headphones?")
    for number in range(1, 7):
        hands.button(f"Play set {number} of 6").click()
        page.get_by_label("The second").check()
        hands.button("Next").click()


def loop_a_part(hands: Hands) -> None:
    """Drag a region that is too short: it becomes half a second; then click inside it."""
    box = hands.page.locator(".wave").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    hands.page.mouse.move(box["x"] + 0.3 * box["width"], middle)
    hands.page.mouse.down()
    hands.page.mouse.move(box["x"] + 0.4 * box["width"], middle, steps=4)
    hands.page.mouse.up()
    handles = hands.page.get_by_role("slider", name=re.compile("of the part that is played"))
    start, end = (float(h.get_attribute("aria-valuenow") or "") for h in handles.all())
    assert start == pytest.approx(0.3, abs=0.01)
    assert end == pytest.approx(0.8, abs=0.01)
    hands.page.mouse.click(box["x"] + 0.5 * box["width"], middle)
    expect(hands.button("Whole sound")).to_be_visible()


def test_by_keyboard_alone(browser: Browser, server: LiveServer) -> None:
    with rater(browser) as hands:
        page, press = hands.page, hands.page.keyboard.press
        page.goto(server.invite())

        def tab_to(selector: str) -> None:
            for _ in range(40):
                if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                    return
                press("Tab")
            raise AssertionError(f"Tab does not lead to {selector}")

        tab_to("button[type=submit]")
        press("Enter")
        hands.heading("Before you begin")
        tab_to("#consent")
        press("Space")
        press("Enter")
        hands.heading("What to do")
        tab_to(".next")
        press("Enter")
        shown: list[int | None] = []
        for trial in range(2):
            hands.trial()
            press("r")
            expect(page.locator(".reference")).to_have_class(re.compile("hearing"))
            for number in range(1, 6):
                press(str(number))
                expect(hands.column(str(number)).locator("input")).to_be_focused()
                for key in ["PageUp"] * (number - trial) + ["ArrowDown"] * number:
                    press(key)
            press("l")
            expect(page.locator(".loop")).to_have_attribute("aria-pressed", "false")
            press("Space")
            expect(hands.button("Play")).to_be_visible()
            hands.saved()
            shown += hands.shown()
            press("n")
            expect(page.locator(".next")).to_be_focused()
            before = hands.page_number()
            press("Enter")
            expect(page.locator(".progress-words")).to_contain_text(f"Page {before + 1} ")
        hands.heading("Thank you")
        assert hands.errors == []
        assert None not in shown
        assert stored_ratings(server) == {1: shown}


@pytest.mark.parametrize(("kind", "expected"), [("ab", [0, 1]), ("abx", None), ("acr", [3, 3])])
def test_choices_by_keyboard(
    browser: Browser, tmp_path: Path, kind: Kind, expected: list[int] | None
) -> None:
    pages = rater_fixtures.SHORT
    write_small_test(tmp_path, kind, items=1, training=0, duration_s=0.6, pages=pages)
    with serving(tmp_path) as server, rater(browser) as hands:
        page, press = hands.page, hands.page.keyboard.press
        hands.join(server.invite())
        hands.to_first_trial()
        while page.locator("h1").inner_text() != "Thank you":
            hands.trial()
            answers = page.get_by_role("radio")
            expect(answers.first).to_be_disabled()
            for number in range(1, page.locator(".hear").count() + 1):
                press(str(number))
                expect(page.locator(".hear").nth(number - 1)).to_be_focused()
            expect(answers.first).to_be_enabled()
            answers.first.focus()
            press("Space")
            for _ in range(2 if kind == "acr" else 1):
                press("ArrowDown")
            hands.saved()
            page.reload()
            hands.trial()
            expect(answers.nth(2 if kind == "acr" else 1)).to_be_checked()
            before = hands.page_number()
            hands.button("Next").press("Space")
            expect(page.locator(".progress-words")).to_contain_text(f"Page {before + 1} ")
        assert hands.errors == []
        stored = stored_ratings(server)[1]
        assert stored == expected if expected else stored in ([0], [1])
