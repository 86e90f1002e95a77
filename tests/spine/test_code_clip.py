"""Audio decoded elsewhere on its way through a run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile
from conftest import speechlike

from codecbench import load
from codecbench.clips import find_clips
from codecbench.names import parse_codec_names
from codecbench.plan import Request, lay_plan
from codecbench.run import execute
from codecbench.store import open_run


def test_estimates_of_several_rates_keep_each_their_band(tmp_path: Path) -> None:
    """The same audio twice: nothing differs at any rate, whichever file comes first."""
    rates = {"a": 16000, "b": 48000, "c": 22050}
    for folder in ("references", "estimates"):
        (tmp_path / folder).mkdir()
        for seed, (name, rate_hz) in enumerate(rates.items()):
            noise = np.random.default_rng(seed).uniform(-0.3, 0.3, rate_hz // 2)
            soundfile.write(tmp_path / folder / f"{name}.wav", noise, rate_hz)
    soundfile.write(tmp_path / "estimates" / "0.wav", speechlike(0.5, 8000), 8000)
    names = parse_codec_names([f"folder:mine@6={tmp_path / 'estimates'}"])
    plan = lay_plan(
        Request(names, metrics=("l1", "bandwidth_hz")), find_clips(tmp_path / "references")
    )
    with open_run(tmp_path / "run") as store:
        outcome = execute(plan, store, "", 1, timing=False, open_executor=ThreadPoolExecutor)
    assert outcome.failures == ()
    frame = load(tmp_path / "run").set_index(["clip", "metric"])["value"]
    for name, rate_hz in rates.items():
        assert frame[name, "l1"] == 0
        assert frame[name, "bandwidth_hz"] > 0.9 * min(rate_hz, 44100) / 2
