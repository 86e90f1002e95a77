"""What comes out of the page's players, sample by sample, in a real browser.

Version k has the value k + 1 at every sample but for a slow ramp that tells the instant, so that a
sample of the output tells which version is heard, how loud, and when of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt
import page_fixtures
import pytest
from page_fixtures import Written
from playwright.sync_api import Browser, Page

written = page_fixtures.written
page = page_fixtures.page

STATIC = Path(__file__).parents[2] / "reports" / "page" / "static"
RATE_HZ = 48000
SAMPLES = RATE_HZ  # 1 s
FADE = 240  # 5 ms
START = 480  # 10 ms: a start is asked for ahead
QUANTUM = 128  # commands are obeyed between blocks of so many samples

Signal = npt.NDArray[np.float64]

RENDER = """
async ({ steps, frames, samples, rate }) => {
  const context = new OfflineAudioContext(1, frames, rate);
  const buffers = [1, 2, 4].map((factor) => {
    const buffer = context.createBuffer(1, samples, rate);
    buffer.copyToChannel(Float32Array.from({ length: samples },
      (_, n) => factor * (10 + n / 1000)), 0);
    return buffer;
  });
  const player = new StepPlayer(context, buffers);
  const positions = [];
  const obey = (command, values) => {
    positions.push(player.position());
    player[command](...values);
  };
  for (const [when, command, ...values] of steps) {
    if (when === 0) { obey(command, values); continue; }
    context.suspend(when / rate).then(() => { obey(command, values); context.resume(); });
  }
  const rendered = await context.startRendering();
  return [Array.from(rendered.getChannelData(0)), positions];
}
"""


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """A page with the player's script alone."""
    opened = browser.new_page()
    opened.add_script_tag(content=(STATIC / "step_player.js").read_text("utf-8"))
    yield opened
    opened.close()


def rendered(page: Page, steps: list[list[Any]], frames: int) -> tuple[Signal, list[float]]:
    """Output, and the position before each step. Each step is [sample, command, values …]."""
    setup = {"steps": steps, "frames": frames, "samples": SAMPLES, "rate": RATE_HZ}
    output, positions = page.evaluate(RENDER, setup)
    return np.array(output), positions


def base(positions: npt.ArrayLike) -> Signal:
    """The first version at these samples, inside its faded ends."""
    value: Signal = 10 + np.asarray(positions, float) / 1000
    return value


def test_a_switch_keeps_the_instant_and_fades_out_then_in(blank: Page) -> None:
    when = 40 * QUANTUM
    output, _ = rendered(blank, [[0, "play"], [when, "switchTo", 1]], 12000)
    share = output[START + FADE :] / base(np.arange(FADE, 12000 - START))
    share = np.concatenate([np.zeros(START + FADE), share])
    np.testing.assert_allclose(share[START + FADE : when], 1, rtol=1e-5)
    np.testing.assert_allclose(share[when + 2 * FADE + 1 :], 2, rtol=1e-5)  # in step to the sample
    middle = (np.arange(FADE) + 0.0) / FADE
    falls = 0.5 + 0.5 * np.cos(np.pi * middle)
    np.testing.assert_allclose(share[when : when + FADE], falls, atol=0.01)
    np.testing.assert_allclose(share[when + FADE : when + 2 * FADE], 2 * (1 - falls), atol=0.02)


def test_no_switch_clicks_however_fast_they_come(blank: Page) -> None:
    """Nothing is steeper than one raised cosine of 5 ms from silence to the loudest version."""
    random = np.random.default_rng(3)
    times = np.unique(random.integers(8, 300, 60)) * QUANTUM
    steps = [[0, "play"], *([int(t), "switchTo", int(random.integers(3))] for t in times)]
    output, _ = rendered(blank, steps, 45000)
    loudest = 4 * base(45000)
    assert np.abs(np.diff(output)).max() < 1.02 * loudest * np.pi / 2 / FADE
    assert output.min() > -1e-4
    assert output.max() < 1.0001 * loudest  # two are never heard at once


AT_ONCE = """
async ([start, step, end, rate]) => {
  const failed = [];
  for (let when = start; when < end; when += step) {
    const context = new OfflineAudioContext(1, end + step, rate);
    const player = new StepPlayer(context, [1, 2, 3].map(() => context.createBuffer(1, end, rate)));
    player.play();
    context.suspend(when / rate).then(() => {
      try {
        player.switchTo(1);
        player.switchTo(2);
        player.stop();
      } catch (error) {
        failed.push([when, error.message]);
      }
      context.resume();
    });
    await context.startRendering();
  }
  return failed;
}
"""


def test_keys_pressed_at_once_wait_for_each_other_at_any_instant(blank: Page) -> None:
    """Instants are sums of seconds, which rounding may not make overlap."""
    assert blank.evaluate(AT_ONCE, [QUANTUM, QUANTUM, 200 * QUANTUM, RATE_HZ]) == []


def test_pause_keeps_the_position_and_play_goes_on_there(blank: Page) -> None:
    stop, again = 60 * QUANTUM, 100 * QUANTUM
    steps = [[0, "play"], [stop, "stop"], [again, "switchTo", 2], [again + QUANTUM, "play"]]
    output, positions = rendered(blank, steps, 30000)
    heard = stop + FADE - START  # the fade is heard too
    assert positions[2] == pytest.approx(heard / RATE_HZ, abs=1e-9)
    assert np.abs(output[stop + FADE + 1 : again + QUANTUM]).max() < 1e-6
    begins = again + QUANTUM + START
    after = np.arange(begins + FADE + 1, 30000)
    np.testing.assert_allclose(output[after], 4 * base(heard + after - begins), rtol=1e-4)


def test_a_seek_goes_there_without_a_click(blank: Page) -> None:
    when = 40 * QUANTUM
    output, _ = rendered(blank, [[0, "play"], [when, "seek", 0.5]], 20000)
    begins = when + START
    after = np.arange(begins + FADE + 1, 20000)
    np.testing.assert_allclose(output[after], base(RATE_HZ / 2 + after - begins), rtol=1e-4)
    assert np.abs(np.diff(output)).max() < 1.02 * base(SAMPLES) * np.pi / 2 / FADE


def test_it_repeats_with_faded_ends(blank: Page) -> None:
    output, _ = rendered(blank, [[0, "play"]], SAMPLES + 20000)
    turn = START + SAMPLES
    assert abs(output[turn - 1]) < 0.01
    assert abs(output[turn]) < 0.01
    later = np.arange(turn + FADE, SAMPLES + 20000)
    np.testing.assert_allclose(output[later], base(later - turn), rtol=1e-5)


def until(page: Page, condition: str) -> None:
    """Wait for a condition. Playwright's own waiting evaluates text, which the page forbids."""
    end = monotonic() + 20
    while not page.evaluate(condition):
        assert monotonic() < end, condition
        page.wait_for_timeout(20)


STATE = """
() => {
  const card = cards.find((one) => one.root.open);
  const levels = card.player.nodes.map((node) => node.gain.value);
  return [card.player.playing, card.player.current, levels, card.player.position()];
}
"""


def test_a_player_plays_and_switches_by_keys(page: Page) -> None:
    card = page.locator("details.player").first
    assert page.evaluate("cards.every((card) => card.player === null)")  # nothing unpacked yet
    card.locator("summary").click()
    until(page, "cards[0].player !== null")
    assert page.evaluate("cards.slice(1).every((card) => card.player === null)")
    card.locator("input[type=radio]").first.focus()
    page.keyboard.press("Space")
    until(page, "cards[0].player.playing && cards[0].player.position() > 0.02")
    page.keyboard.press("2")
    until(page, "cards[0].player.nodes[2].gain.value > 0.999")
    playing, current, levels, _ = page.evaluate(STATE)
    assert playing
    assert current == 2
    assert [round(level, 3) for level in levels] == [float(i == 2) for i in range(len(levels))]
    assert card.locator("input[type=radio]").nth(2).is_checked()
    page.keyboard.press("Space")
    until(page, "!cards[0].player.playing")


def test_an_opened_player_has_the_keys(page: Page) -> None:
    card = page.locator("details.player").first
    card.locator("summary").click()
    until(page, "cards[0].player !== null")
    page.keyboard.press("Space")
    until(page, "cards[0].player.playing")
    assert card.get_attribute("open") is not None
    page.keyboard.press("2")
    page.keyboard.press("ArrowRight")  # goes on from the one that the digit chose
    radios = card.locator("input[type=radio]")
    assert radios.nth(3 % radios.count()).is_checked()
    assert page.evaluate("cards[0].player.current") == 3 % radios.count()


def test_versions_are_as_long_as_the_reference(page: Page) -> None:
    card = page.locator("details.player").first
    card.locator("summary").click()
    until(page, "cards[0].player !== null")
    lengths = page.evaluate("cards[0].player.buffers.map((buffer) => buffer.length)")
    assert len(set(lengths)) == 1
    assert len(lengths) > 2


def test_starting_one_player_stops_the_other(page: Page, written: Written) -> None:
    assert written.facts.players > 1
    first, second = (page.locator("details.player").nth(i) for i in range(2))
    for card in (first, second):
        card.locator("summary").click()
        card.locator(".play:enabled").click()
        until(page, "cards.some((card) => card.player?.playing)")
    assert page.evaluate("cards.map((card) => Boolean(card.player?.playing))")[:2] == [False, True]
