"""The headphone check of Woods et al. (2017, Attention, Perception & Psychophysics 79): which of
three tones is the quietest?

One of the tones is 6 dB quieter, another is in antiphase between left and right: over loudspeakers
it cancels and seems the quietest, over headphones it does not. Passed with five of six right.
"""

from __future__ import annotations

from typing import Any

from codecbench.listening_test.assignment import shuffled
from codecbench.listening_test.refusal import bad_request

FREQUENCY_HZ = 200.0
DURATION_S = 1.0
QUIETER_DB = -6.0
TRIALS = 6
LEAST_RIGHT = 5
ATTEMPTS = 2
"""How often a rater may try where the check is a gate."""


def trials(seed: int, attempt: int) -> list[list[str]]:
    """For each trial, its three tones in their order: plain, quiet and antiphase."""
    tones = ("plain", "quiet", "antiphase")
    return [shuffled(tones, seed, f"headphones|{attempt}|{n}") for n in range(TRIALS)]


def shown(seed: int, attempt: int) -> dict[str, Any]:
    """The check as the page gets it, to make the tones from."""
    tone = {
        "plain": {"gain_db": 0.0, "antiphase": False},
        "quiet": {"gain_db": QUIETER_DB, "antiphase": False},
        "antiphase": {"gain_db": 0.0, "antiphase": True},
    }
    return {
        "frequency_hz": FREQUENCY_HZ,
        "duration_s": DURATION_S,
        "attempt": attempt,
        "attempts": ATTEMPTS,
        "trials": [{"intervals": [tone[n] for n in order]} for order in trials(seed, attempt)],
    }


def right_answers(seed: int, attempt: int, answers: Any) -> int:
    """How many of the answers (which tone was the quietest, from 0) are right.

    Raises `Refusal` for anything but one answer for each trial.
    """
    whole = isinstance(answers, list) and all(type(a) is int and 0 <= a < 3 for a in answers)
    if not whole or len(answers) != TRIALS:
        raise bad_request(f"the headphone check asks for {TRIALS} answers from 0 to 2")
    asked = trials(seed, attempt)
    return sum(order[a] == "quiet" for order, a in zip(asked, answers, strict=True))
