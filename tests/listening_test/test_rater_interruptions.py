"""What may happen to a rater on the way: nothing that was shown as saved is lost, and the database
holds what the page shows.
"""

from __future__ import annotations

import rater_fixtures
from live_server import LiveServer
from playwright.sync_api import Browser, Route, expect
from rater_hands import hands_in, rate_all, rater, stored_ratings, wait_for_event

from codecbench.listening_test.raters import erase_rater
from codecbench.listening_test.served import open_served

server = rater_fixtures.server


def test_refresh_lost_network_crash_and_a_killed_server(
    browser: Browser, server: LiveServer
) -> None:
    with rater(browser) as hands:
        page = hands.page
        hands.join(server.invite())
        hands.to_first_trial()
        hands.hear("reference")
        hands.rate("1", 80)
        hands.saved()
        page.reload()
        hands.trial()
        assert hands.shown()[1:] == [None] * 4
        hands.rate("2", 60)

        page.context.set_offline(True)
        hands.rate("3", 40)
        expect(page.locator("#saved")).to_have_text("Not saved – trying again")
        hands.rate("3", 45)
        page.context.set_offline(False)
        hands.saved()

        server.kill()
        hands.rate("4", 20)
        expect(page.locator("#saved")).to_have_text("Not saved – trying again")
        shown = hands.shown()
        # The page goes while nothing can be sent: the rating waits in the browser's storage.
        address = page.url
        page.goto("about:blank")
        server.start()
        page.goto(address)
        hands.trial()
        hands.saved()
        assert hands.shown() == shown
        assert stored_ratings(server) == {1: shown[:4]}
        hands.rate("5", 100)
        shown = hands.shown()

        server.kill()
        hands.button("Next").click()
        expect(page.locator("#saved, #notice").first).to_be_visible()
        server.start()
        expect(page.locator(".tag")).to_have_count(0, timeout=20_000)
        hands.trial()
        rate_all(hands, [10, 30, 50, 70, 100])
        shown += hands.shown()
        hands.button("Next").click()
        hands.heading("Thank you")
        assert stored_ratings(server) == {1: shown}


def test_two_tabs_and_the_back_button(browser: Browser, server: LiveServer) -> None:
    with rater(browser) as hands:
        hands.join(server.invite())
        hands.to_first_trial()
        other = hands_in(hands.page.context)
        other.page.goto(hands.page.url)
        other.trial()
        hands.page.bring_to_front()
        # Both begin at the same revision: the rater's last act counts.
        rate_all(hands, [80, 60, 40, 20, 100])
        hands.saved()
        other.page.bring_to_front()
        rate_all(other, [11, 22, 33, 44, 100])
        other.saved()
        training = other.shown()
        assert stored_ratings(server) == {1: training}
        other.button("Next").click()
        expect(other.page.locator(".tag")).to_have_count(0)

        hands.page.bring_to_front()
        hands.rate("1", 50)
        expect(hands.page.locator("#notice")).to_contain_text("You went on in another window")
        hands.trial()
        rate_all(hands, [5, 25, 45, 65, 100])
        shown = hands.shown()
        hands.button("Next").click()
        hands.heading("Thank you")
        hands.page.go_back()
        hands.page.go_forward()
        hands.heading("Thank you")
        assert stored_ratings(server) == {1: training + shown}


def test_a_sound_that_arrives_damaged_is_fetched_again(
    browser: Browser, server: LiveServer
) -> None:
    with rater(browser) as hands:
        hands.join(server.invite())
        damaged: list[str] = []

        def damage(route: Route) -> None:
            response = route.fetch()
            body = response.body()
            if not damaged:
                damaged.append("once")
                body = bytes([body[0] ^ 1]) + body[1:]
            route.fulfill(response=response, body=body)

        hands.page.route("**/audio/*", damage)
        hands.to_first_trial()
        assert damaged == ["once"]
        hands.rate("1", 50)
        hands.saved()
        assert wait_for_event(hands, server, "load_failed") is None


def test_an_erased_rater_is_not_told_that_ratings_are_saved(
    browser: Browser, server: LiveServer
) -> None:
    with rater(browser) as hands:
        hands.join(server.invite())
        hands.to_first_trial()
        hands.rate("1", 50)
        hands.saved()
        with open_served(server.folder) as served, served.database.writing() as connection:
            assert erase_rater(connection, "R0001")
        hands.rate("2", 50)
        hands.heading("There is nothing at this address")
        expect(hands.page.locator("body")).not_to_contain_text("saved", ignore_case=True)
        assert stored_ratings(server) == {}
