"""The player's parts around the mixer, in a real browser: hashes, unmasking, resampling, tones, and
the way without an AudioWorklet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from static_page import static_page


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with static_page(browser) as opened:
        yield opened


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003])
def test_own_sha256_is_that_of_python(page: Page, length: int) -> None:
    found = page.evaluate(
        """async (length) => {
          const { ownSha256 } = await import("/sha256.js");
          return ownSha256(Uint8Array.from({ length }, (_, n) => (7 * n + 3) % 256));
        }""",
        length,
    )
    plain = bytes((7 * n + 3) % 256 for n in range(length))
    assert found == hashlib.sha256(plain).hexdigest()


def test_unmasking_gives_the_samples_of_both_channels(page: Page) -> None:
    """The mask as it is specified, by whole numbers of Python's."""

    def fmix32(h: int) -> int:
        h ^= h >> 16
        h = h * 0x85EBCA6B % 2**32
        h ^= h >> 13
        h = h * 0xC2B2AE35 % 2**32
        return h ^ h >> 16

    key = 0xFEDCBA98
    sound = np.random.default_rng(3).integers(-32768, 32768, (501, 2), dtype=np.int16)
    words = np.frombuffer(sound.tobytes(), dtype="<u4")
    masks = [fmix32((key + i * 0x9E3779B9) % 2**32) for i in range(len(words))]
    masked = (words ^ np.array(masks, dtype=np.uint32)).astype("<u4").tobytes()
    found = page.evaluate(
        """async ({masked, key, length}) => {
          const { unmask, channelsOf } = await import("/unmask.js");
          const bytes = unmask(Uint8Array.from(masked).buffer, key, length);
          return channelsOf(bytes, 2).map((channel) => Array.from(channel));
        }""",
        {"masked": list(masked), "key": key, "length": sound.nbytes},
    )
    np.testing.assert_array_equal(np.array(found).T, sound / 32768)


def test_headphone_tones_are_as_published(page: Page) -> None:
    """200 Hz, 1 s each, 0.5 s apart; one 6 dB quieter, one in antiphase."""
    rate = 8000
    intervals = [
        {"gain_db": 0, "antiphase": True},
        {"gain_db": -6, "antiphase": False},
        {"gain_db": 0, "antiphase": False},
    ]
    left, right = page.evaluate(
        """async ({intervals, rate}) => {
          const { threeTones } = await import("/headphones.js");
          const asked = { frequency_hz: 200, duration_s: 1 };
          return threeTones(intervals, asked, rate).map((channel) => Array.from(channel));
        }""",
        {"intervals": intervals, "rate": rate},
    )
    starts = [0, 12_000, 24_000]
    middle = [np.array(left)[s + 2000 : s + 6000] for s in starts]
    other = [np.array(right)[s + 2000 : s + 6000] for s in starts]
    assert len(left) == 32_000
    np.testing.assert_allclose(other[0], -middle[0])
    np.testing.assert_allclose(other[1:], middle[1:])
    power = [float(np.mean(tone**2)) for tone in middle]
    assert 10 * np.log10(power[1] / power[0]) == pytest.approx(-6, abs=1e-3)
    assert power[2] == pytest.approx(power[0])
    spectrum = np.abs(np.fft.rfft(middle[2]))
    assert np.argmax(spectrum) * rate / 4000 == 200
    assert np.abs(np.array(left)[8000:12_000]).max() == 0


@pytest.mark.parametrize("worklet", [True, False])
def test_the_player_sounds_with_and_without_a_worklet(page: Page, worklet: bool) -> None:
    """A constant signal is heard behind the player's node, and the state says so."""
    found = page.evaluate(
        """async (worklet) => {
          const { Player } = await import("/player.js");
          const real = new AudioContext({ sampleRate: 32000 });
          const analyser = real.createAnalyser();
          const context = new Proxy(real, {
            get(target, name) {
              if (name === "audioWorklet" && !worklet) return undefined;
              if (name === "destination") return analyser;
              const value = target[name];
              return typeof value === "function" ? value.bind(target) : value;
            },
          });
          if (worklet) Object.defineProperty(real, "destination", { value: analyser });
          analyser.connect(AudioContext.prototype.__lookupGetter__("destination").call(real));
          const signals = [0.25, 0.5].map((level) => [new Float32Array(32000).fill(level)]);
          const told = [];
          const player = await Player.of(worklet ? real : context, signals, {
            rate: 32000, fade_s: 0.005, state: (now) => told.push(now) });
          player.switchTo(1);
          player.play();
          const block = new Float32Array(256);
          const until = performance.now() + 5000;
          while (block[0] !== 0.5 && performance.now() < until) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            analyser.getFloatTimeDomainData(block);
          }
          player.close();
          await real.close();
          return { heard: block[0], last: told.at(-1) };
        }""",
        worklet,
    )
    assert found["heard"] == 0.5
    assert found["last"]["stimulus"] == 1
    assert found["last"]["playing"] is True
    assert found["last"]["position_s"] > 0


def test_another_rate_of_the_context_keeps_pitch_and_length(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { atRateOf } = await import("/audio_context.js");
          const tone = Float32Array.from({ length: 16000 }, (_, n) =>
            Math.sin((2 * Math.PI * 1000 * n) / 16000));
          const [[converted]] = await atRateOf({ sampleRate: 48000 }, [[tone]], 16000);
          return Array.from(converted);
        }"""
    )
    assert len(found) == 48_000
    middle = np.array(found)[4800:43_200]
    expected = np.sin(2 * np.pi * 1000 * np.arange(4800, 43_200) / 48_000)
    assert np.abs(middle - expected).max() < 0.02
