"""ViSQOL: Google's published conformance values, remembered spectrograms, refusals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from codecbench.errors import Unscorable
from codecbench.metrics.contract import Metric, Mono
from codecbench.metrics.visqol import VISQOL, VISQOL_SPEECH

CLIPS = Path(__file__).parents[2].parent / "shared" / "audio" / "clips"
BOTH = pytest.mark.parametrize("metric", [VISQOL, VISQOL_SPEECH], ids=lambda metric: metric.name)


def noise(metric: Metric, duration_s: float, seed: int = 0) -> Mono:
    samples = round(duration_s * (metric.sample_rate_hz or 0))
    return 0.1 * np.random.default_rng(seed).standard_normal(samples)


def mos(metric: Metric, reference: Mono, estimate: Mono, rate_hz: int | None = None) -> float:
    rate = rate_hz or metric.sample_rate_hz or 0
    return metric.compare(metric.prepare(reference, rate), estimate, rate)


@pytest.mark.slow
@pytest.mark.skipif(not CLIPS.is_dir(), reason="needs the clips in ../shared")
@pytest.mark.parametrize(
    ("metric", "clip", "published", "tolerance"),
    [
        # kConformanceCastanetsIdentity
        (VISQOL, "music/castanets", 4.732101253042348, 1e-4),
        # kConformanceCA01PerfectScoreLattice; the suite runs it at the file's 48 kHz
        (VISQOL_SPEECH, "speech/two_sentences_48k", 4.505550384521484, 3e-3),
    ],
)
def test_the_published_scores_of_clips_against_themselves(
    metric: Metric, clip: str, published: float, tolerance: float
) -> None:
    """google/visqol, src/include/conformance.h; both clips are whole files of its test data."""
    samples, rate_hz = soundfile.read(CLIPS / f"{clip}.flac", always_2d=True)
    mono = samples.mean(axis=1)
    assert mos(metric, mono, mono.copy(), rate_hz) == pytest.approx(published, abs=tolerance)


@pytest.mark.slow
@BOTH
def test_a_remembered_reference_scores_as_a_fresh_one(metric: Metric) -> None:
    rate_hz = metric.sample_rate_hz or 0
    reference = noise(metric, 2)
    estimates = [reference + level * noise(metric, 2, 1) for level in (0.1, 0.3, 1.0, 0.1)]
    prepared = metric.prepare(reference, rate_hz)
    remembered = [metric.compare(prepared, estimate, rate_hz) for estimate in estimates]
    fresh = [mos(metric, reference, estimate) for estimate in estimates]
    assert remembered == pytest.approx(fresh, abs=1e-9)
    assert remembered[0] == remembered[3]


def test_the_library_is_not_asked_twice_for_the_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from visqol.gammatone import GammatoneSpectrogramBuilder

    built = []
    original = GammatoneSpectrogramBuilder.build

    def counting(self: object, signal: object, window: object) -> object:
        built.append(signal)
        return original(self, signal, window)

    monkeypatch.setattr(GammatoneSpectrogramBuilder, "build", counting)
    reference = noise(VISQOL, 2)
    prepared = VISQOL.prepare(reference, 48_000)
    counts = []
    sizes = []
    for seed in range(1, 6):
        built.clear()
        VISQOL.compare(prepared, reference + 0.3 * noise(VISQOL, 2, seed), 48_000)
        counts.append(len(built))
        sizes.append(len(prepared.memory))
    assert counts[1:] == [counts[0] // 2] * 4
    assert max(sizes[2:]) <= sizes[1]  # forgets earlier estimates


@pytest.mark.slow
@BOTH
def test_more_noise_is_worse(metric: Metric) -> None:
    reference = noise(metric, 2) * (1 + np.sin(np.arange(2 * (metric.sample_rate_hz or 0)) / 3000))
    values = [mos(metric, reference, reference + a * noise(metric, 2, 1)) for a in (0.03, 0.3, 3)]
    assert values == sorted(values, reverse=True)


@BOTH
def test_the_reference_goes_first(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    from visqol.visqol_manager import VisqolManager

    given = []

    def recording(self: object, first: object, second: object) -> object:
        given.append((first.data, second.data))  # type: ignore[attr-defined]
        return SimpleNamespace(moslqo=3.0)

    monkeypatch.setattr(VisqolManager, "run_from_signals", recording)
    reference, estimate = noise(metric, 1), noise(metric, 1, 1)
    assert mos(metric, reference, estimate) == 3.0
    np.testing.assert_array_equal(given, [(reference, estimate)])


@BOTH
def test_what_has_no_score(metric: Metric) -> None:
    rate_hz = metric.sample_rate_hz or 0
    reference = noise(metric, 1)
    with pytest.raises(Unscorable, match="silent reference"):
        mos(metric, np.zeros(rate_hz), reference)
    with pytest.raises(Unscorable, match="silent estimate"):
        mos(metric, reference, np.zeros(rate_hz))
    shortest = noise(metric, metric.min_duration_s)
    assert 1 <= mos(metric, shortest, 0.5 * shortest) <= 5
    with pytest.raises(Unscorable, match="too short"):
        metric.prepare(shortest[:-1], rate_hz)


def test_compiled_code_goes_to_the_cache_of_codecbench(tmp_path: Path) -> None:
    script = (
        "import os; from codecbench.compiler import set_up_compiler as prepare;"
        "prepare(); print(os.environ['NUMBA_CACHE_DIR'])"
    )
    unset = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    for given, expected in (({}, tmp_path / "numba"), ({"NUMBA_CACHE_DIR": "/mine"}, "/mine")):
        ran = subprocess.run(
            [sys.executable, "-c", script],
            env=unset | {"CODECBENCH_CACHE": str(tmp_path)} | given,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == str(expected)
