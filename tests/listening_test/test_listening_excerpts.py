"""Where an excerpt is taken from, and its ends."""

from __future__ import annotations

import numpy as np
from conftest import speechlike

from codecbench.listening_test.excerpts import FADE_S, Excerpt, choose_excerpt, cut

RATE_HZ = 16000


def test_the_active_stretch_is_taken() -> None:
    sound = 1e-4 * speechlike(30, RATE_HZ).T
    sound[:, 17 * RATE_HZ : 23 * RATE_HZ] += speechlike(6, RATE_HZ, seed=1).T
    chosen = choose_excerpt(sound, RATE_HZ, 6)
    assert chosen.length == 6 * RATE_HZ
    assert abs(chosen.start / RATE_HZ - 17) <= 0.4
    assert chosen == choose_excerpt(sound.copy(), RATE_HZ, 6)


def test_it_begins_in_a_pause() -> None:
    sound = speechlike(20, RATE_HZ).T
    pause = slice(round(3.4 * RATE_HZ), round(3.5 * RATE_HZ))
    sound[:, pause] = 0
    assert choose_excerpt(sound, RATE_HZ, 10).start == pause.start


def test_a_short_clip_is_taken_whole() -> None:
    sound = speechlike(4, RATE_HZ).T
    assert choose_excerpt(sound, RATE_HZ, 10) == Excerpt(0, 4 * RATE_HZ)
    assert choose_excerpt(sound, RATE_HZ, 3.95) == Excerpt(0, round(3.95 * RATE_HZ))


def test_ends_are_faded_and_the_middle_is_not() -> None:
    sound = np.ones((2, 3 * RATE_HZ), np.float32)
    part = cut(sound, Excerpt(100, RATE_HZ), RATE_HZ)
    assert part.shape == (2, RATE_HZ)
    count = round(FADE_S * RATE_HZ)
    assert np.abs(part[:, [0, -1]]).max() < 1e-3
    assert (np.diff(part[0, :count]) > 0).all()
    np.testing.assert_array_equal(part, part[:, ::-1])
    assert (part[:, count:-count] == 1).all()
    assert (sound == 1).all()
