"""What comes out of the player, sample by sample, in a real browser.

The signals say which they are and where: stimulus k has the value (k + 1) · (10 + n / 1000) at
sample n, so that a sample of the output divided by its gain tells stimulus and instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Page
from static_page import static_page

RATE_HZ = 48000
FADE = 240  # 5 ms
SAMPLES = RATE_HZ  # 1 s
BLOCK = 128  # of an AudioWorklet

Signal = npt.NDArray[np.float64]
Step = list[Any]

RENDER = """
async ({steps, frames, samples, fade, block}) => {
  const { Mixer } = await import("/mixer.js");
  const signals = [0, 1, 2].map((k) =>
    [Float32Array.from({ length: samples }, (_, n) => (k + 1) * (10 + n / 1000))]);
  const mixer = new Mixer(signals, fade);
  const output = [];
  let at = 0;
  const render = (until) => {
    while (at < until) {
      const part = [new Float32Array(Math.min(block, until - at))];
      mixer.render(part);
      output.push(...part[0]);
      at += part[0].length;
    }
  };
  for (const [when, command, ...values] of steps) {
    render(when);
    mixer[command](...values);
  }
  render(frames);
  const bytes = new Uint8Array(new Float32Array(output).buffer);
  return bytes.reduce((text, byte) => text + String.fromCharCode(byte), "");
}
"""

WORKLET = """
async ({steps, frames, samples, fade, rate}) => {
  const context = new OfflineAudioContext(1, frames, rate);
  await context.audioWorklet.addModule("/mixer_worklet.js");
  const signals = [0, 1, 2].map((k) =>
    [Float32Array.from({ length: samples }, (_, n) => (k + 1) * (10 + n / 1000))]);
  const node = new AudioWorkletNode(context, "mixer", {
    numberOfInputs: 0, outputChannelCount: [1], processorOptions: { signals, fade } });
  node.connect(context.destination);
  const obey = (command, values) => new Promise((resolve) => {
    node.port.onmessage = resolve;
    node.port.postMessage({ command, values });
  });
  for (const [when, command, ...values] of steps) {
    if (when === 0) { await obey(command, values); continue; }
    context.suspend(when / rate).then(() => obey(command, values)).then(() => context.resume());
  }
  const rendered = await context.startRendering();
  const bytes = new Uint8Array(rendered.getChannelData(0).buffer);
  return bytes.reduce((text, byte) => text + String.fromCharCode(byte), "");
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with static_page(browser) as opened:
        yield opened


def rendered(page: Page, steps: list[Step], frames: int, samples: int = SAMPLES) -> Signal:
    """What the Mixer gives; each step is [sample, command, values …]."""
    setup = {"steps": steps, "frames": frames, "samples": samples, "fade": FADE, "block": BLOCK}
    return samples_of(page.evaluate(RENDER, setup))


def samples_of(text: str) -> Signal:
    """Single precision as bytes, each a character: far quicker than numbers as JSON."""
    return np.frombuffer(text.encode("latin-1"), dtype="<f4").astype(np.float64)


def signal(stimulus: int, positions: npt.ArrayLike) -> Signal:
    """Stimulus k at these samples, as the browser holds it."""
    value = (stimulus + 1) * (10 + np.asarray(positions) / 1000)
    return value.astype(np.float32).astype(np.float64)


def fade_in() -> Signal:
    """5 ms of raised cosine, from silence to full, at the middles of the samples."""
    return 0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE) + 0.5) / FADE)


def piece(stimulus: int, start: int, end: int, rises: bool = True, falls: bool = True) -> Signal:
    """Samples start to end of a stimulus, faded at the ends that are asked for."""
    heard = signal(stimulus, np.arange(start, end))
    if rises:
        heard[:FADE] *= fade_in()
    if falls:
        heard[-FADE:] *= fade_in()[::-1]
    return heard


def agree(output: Signal, expected: Signal) -> None:
    """To 1e-6 of the sample's size, which is single precision."""
    assert output.shape == expected.shape
    worst = np.argmax(np.abs(output - expected))
    np.testing.assert_allclose(output, expected, rtol=1e-6, atol=2e-6, err_msg=f"at {worst}")


def test_a_switch_fades_out_then_in_at_the_same_instant(page: Page) -> None:
    output = rendered(page, [[0, "play"], [1000, "switchTo", 1]], 3000)
    # No gap: the last sample of the old one is followed by the first of the new one.
    agree(output, np.concatenate([piece(0, 0, 1240), piece(1, 1240, 3000, falls=False)]))


@pytest.mark.parametrize("when", [1, 127, 128, 129, 500, 999])
def test_a_switch_may_come_at_any_sample(page: Page, when: int) -> None:
    start = 2000
    steps = [[0, "play"], [start + when, "switchTo", 2]]
    output = rendered(page, steps, 6000)
    turn = start + when + FADE
    agree(output, np.concatenate([piece(0, 0, turn), piece(2, turn, 6000, falls=False)]))


def test_a_second_switch_during_the_fade_replaces_the_first(page: Page) -> None:
    steps = [[0, "play"], [1000, "switchTo", 1], [1100, "switchTo", 2]]
    output = rendered(page, steps, 3000)
    agree(output, np.concatenate([piece(0, 0, 1240), piece(2, 1240, 3000, falls=False)]))


def test_a_switch_during_a_fade_in_turns_it_round(page: Page) -> None:
    steps = [[0, "play"], [1000, "switchTo", 1], [1340, "switchTo", 2]]
    output = rendered(page, steps, 3000)
    # The second was 100 samples into its fade in: it goes back the same way.
    short = signal(1, np.arange(1240, 1440))
    short *= np.concatenate([fade_in()[:100], fade_in()[:100][::-1]])
    pieces = [piece(0, 0, 1240), short, piece(2, 1440, 3000, falls=False)]
    agree(output, np.concatenate(pieces))


def test_a_switch_to_what_is_heard_changes_nothing(page: Page) -> None:
    output = rendered(page, [[0, "play"], [1000, "switchTo", 0]], 3000)
    agree(output, piece(0, 0, 3000, falls=False))


def test_many_switches_leak_nothing(page: Page) -> None:
    """At each instant the output is one stimulus at that very instant, or less of it."""
    random = np.random.default_rng(5)
    times = np.sort(random.integers(1, 30000, 200))
    steps = [[0, "play"], *([int(t), "switchTo", int(random.integers(3))] for t in times)]
    output = rendered(page, steps, 31000)
    base = signal(0, np.arange(31000))
    share = output / base
    assert share.min() >= 0
    assert share.max() <= 3 * (1 + 1e-6)
    assert np.abs(np.diff(share)).max() < 3.1 * np.pi / 2 / FADE  # no steeper than one fade


def test_a_region_of_half_a_second_repeats_with_fades(page: Page) -> None:
    start, end = 6000, 30000
    steps = [[0, "setRegion", start, end], [0, "play"]]
    output = rendered(page, steps, 3 * 24000)
    agree(output, np.tile(piece(0, start, end), 3))


@pytest.mark.parametrize("early", [0, 1, 100, FADE - 1, FADE, FADE + 1])
def test_a_switch_at_the_end_of_the_region_is_not_swallowed(page: Page, early: int) -> None:
    start, end = 6000, 30000
    steps = [[0, "setRegion", start, end], [0, "play"], [24000 - early, "switchTo", 1]]
    output = rendered(page, steps, 48000)
    agree(output[24000:], piece(1, start, end))
    if early <= FADE:
        agree(output[:24000], piece(0, start, end))
    else:  # one sample is left for the new one, in silence
        agree(output[:23999], piece(0, start, end - 1))
        assert output[23999] / signal(1, [end - 1])[0] < 1e-4


def test_a_switch_just_after_a_region_began_falls_from_where_it_is(page: Page) -> None:
    start = 6000
    steps = [[0, "setRegion", start, 30000], [0, "play"], [24000 + 60, "switchTo", 1]]
    output = rendered(page, steps, 26000)
    rises = fade_in()[:60]
    short = signal(0, start + np.arange(120)) * np.concatenate([rises, rises[::-1]])
    later = piece(1, start + 120, start + 2000, falls=False)
    agree(output[24000:], np.concatenate([short, later]))


def test_start_and_stop_fade_and_a_second_start_goes_on(page: Page) -> None:
    steps = [[500, "play"], [2000, "stop"], [4000, "play"]]
    output = rendered(page, steps, 6000)
    silence = np.zeros
    expected = [silence(500), piece(0, 0, 1740), silence(4000 - 2240)]
    later = piece(0, 1740, 3740, falls=False)
    agree(output, np.concatenate([*expected, later]))


def test_seek_fades_out_then_in(page: Page) -> None:
    output = rendered(page, [[0, "play"], [1000, "seek", 20000]], 3000)
    agree(output, np.concatenate([piece(0, 0, 1240), piece(0, 20000, 21760, falls=False)]))


def test_without_repeat_the_end_is_faded_and_silent_after(page: Page) -> None:
    steps = [[0, "setRepeat", False], [0, "play"]]
    output = rendered(page, steps, 30000 + 500, samples=30000)
    agree(output, np.concatenate([piece(0, 0, 30000), np.zeros(500)]))


def test_with_repeat_the_whole_clip_goes_round(page: Page) -> None:
    output = rendered(page, [[0, "play"]], 60000, samples=30000)
    agree(output, np.tile(piece(0, 0, 30000), 2))


def test_a_new_region_that_holds_the_present_instant_keeps_time(page: Page) -> None:
    output = rendered(page, [[0, "play"], [10000, "setRegion", 8000, 40000]], 12000)
    agree(output, np.concatenate([piece(0, 0, 10240), piece(0, 10240, 12000, falls=False)]))


def test_a_region_shorter_than_its_fades_is_refused(page: Page) -> None:
    with pytest.raises(Exception, match="shorter than its fades"):
        rendered(page, [[0, "setRegion", 1000, 1000 + 2 * FADE - 1]], 10)


def test_the_worklet_gives_what_the_mixer_gives(page: Page) -> None:
    steps: list[Step] = [
        [0, "setRegion", 1280, 26000],
        [0, "play"],
        [BLOCK * 40, "switchTo", 1],
        [BLOCK * 41, "switchTo", 2],
        [BLOCK * 190, "switchTo", 0],
        [BLOCK * 250, "stop"],
        [BLOCK * 260, "seek", 9000],
        [BLOCK * 270, "play"],
    ]
    frames = BLOCK * 300
    setup = {"steps": steps, "frames": frames, "samples": SAMPLES, "fade": FADE, "rate": RATE_HZ}
    output = samples_of(page.evaluate(WORKLET, setup))
    agree(output, rendered(page, steps, frames))
