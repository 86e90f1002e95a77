"""A small listening test on disk, of synthetic sounds, for tests of server and browser."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from codecbench.listening_test.test_file import (
    Condition,
    Item,
    Kind,
    ListeningTest,
    Pages,
    Question,
    Stimulus,
    path_of,
    to_json,
)

CONDITIONS = {
    "mushra": (
        Condition("reference", "hidden_reference"),
        Condition("anchor35", "low_anchor"),
        Condition("anchor70", "mid_anchor"),
        Condition("opus@6", "codec", 6012.0),
        Condition("dac@8", "codec", 7998.0),
    ),
    "ab": (Condition("opus@6", "codec", 6012.0), Condition("dac@8", "codec", 7998.0)),
    "abx": (Condition("reference", "hidden_reference"), Condition("dac@8", "codec", 7998.0)),
    "acr": (Condition("reference", "hidden_reference"), Condition("opus@6", "codec", 6012.0)),
}

QUESTIONS = (
    Question("age", "number", {"en": "Your age", "de": "Ihr Alter"}),
    Question(
        "device",
        "choice",
        {"en": "What do you listen with?", "de": "Womit hören Sie?"},
        choices=("headphones", "loudspeakers"),
        required=True,
    ),
    Question("remarks", "text", {"en": "Remarks", "de": "Anmerkungen"}),
    Question("experienced", "yes_no", {"en": "Done this before?", "de": "Schon gemacht?"}),
)


def stimulus_frequency_hz(item: int, condition: int) -> float:
    """The tone that sounds in an item's stimulus; the open reference is that of condition 0."""
    return 200.0 + 400.0 * item + 50.0 * condition


def write_small_test(
    folder: Path,
    kind: Kind = "mushra",
    items: int = 3,
    training: int = 1,
    channels: int = 1,
    sample_rate_hz: int = 48000,
    duration_s: float = 0.5,
    **changes: Any,
) -> ListeningTest:
    """Write a test into `folder`, sounds and test.json; `changes` are fields of the test.

    Items are `item1`, `item2`, … in the categories speech and music by turns, training items
    `training1`, …; each stimulus is a tone of `stimulus_frequency_hz` in noise of its own.
    """
    conditions = CONDITIONS[kind]

    def item(index: int, name: str) -> Item:
        def stimulus(condition: str, file: str, seed: int, frequency_hz: float) -> Stimulus:
            sound = _tone(frequency_hz, duration_s, sample_rate_hz, channels, seed)
            path = folder / "stimuli" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, sound, sample_rate_hz, subtype="PCM_16")
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            return Stimulus(condition, path.relative_to(folder).as_posix(), digest, -23.0)

        made = tuple(
            stimulus(
                condition.name,
                f"{condition.name.replace('@', '_')}.wav",
                100 * index + number,
                stimulus_frequency_hz(index, number),
            )
            for number, condition in enumerate(conditions)
        )
        opened = stimulus(
            "reference", "open.wav", 100 * index + 99, stimulus_frequency_hz(index, 0)
        )
        return Item(
            id=name,
            clip=f"clips/{name}.wav",
            category="speech" if index % 2 else "music",
            licence="CC0",
            source="synthetic",
            start_s=0.0,
            duration_s=duration_s,
            gain_db=0.0,
            open_reference=opened,
            stimuli=made,
        )

    test = ListeningTest(
        name="small",
        title="A small test",
        kind=kind,
        sample_rate_hz=sample_rate_hz,
        channels=channels,
        conditions=conditions,
        items=tuple(item(number, f"item{number}") for number in range(1, items + 1)),
        training_items=tuple(item(50 + n, f"training{n}") for n in range(1, training + 1)),
        pages=Pages(
            questions=QUESTIONS,
            completion_code="DONE-42",
            return_url="https://crowd.example/complete?cc=DONE-42",
        ),
    )
    test = replace(test, **changes)
    path_of(folder).write_text(to_json(test))
    return test


def _tone(
    frequency_hz: float, duration_s: float, rate_hz: int, channels: int, seed: int
) -> npt.NDArray[np.int16]:
    """A tone at a quarter of full scale in noise 60 dB under full scale, (samples, channels)."""
    count = round(duration_s * rate_hz)
    noise = np.random.default_rng(seed).standard_normal((count, channels)) * 1e-3
    sound = 0.25 * np.sin(2 * np.pi * frequency_hz * np.arange(count) / rate_hz)[:, None] + noise
    return np.round(sound * 32767).astype(np.int16)
