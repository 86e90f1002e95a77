"""The faster steps of ViSQOL against the package's own, bit by bit."""

from __future__ import annotations

import os

os.environ.setdefault("NUMBA_SLP_VECTORIZE", "1")

import numpy as np
import pytest
from visqol.analysis_window import AnalysisWindow
from visqol.audio_utils import AudioSignal
from visqol.gammatone import GammatoneSpectrogramBuilder
from visqol.patch_creator import RmsVad, VadPatchCreator

from codecbench.metrics.gammatone import gammatone_spectrogram
from codecbench.metrics.visqol import voice_activity


@pytest.mark.parametrize(("rate_hz", "bands", "speech"), [(48000, 32, False), (16000, 21, True)])
@pytest.mark.parametrize("duration_s", [0.11, 0.5, 1.013])
def test_spectrograms_are_the_packages(
    rate_hz: int, bands: int, speech: bool, duration_s: float
) -> None:
    class Ours(GammatoneSpectrogramBuilder):  # type: ignore[misc]
        _build_numba = staticmethod(gammatone_spectrogram)

    noise = np.random.default_rng(0).standard_normal(round(duration_s * rate_hz)) * 0.1
    signal, window = AudioSignal(noise, rate_hz), AnalysisWindow(rate_hz)
    theirs = GammatoneSpectrogramBuilder(bands, 50.0, speech_mode=speech).build(signal, window)
    ours = Ours(bands, 50.0, speech_mode=speech).build(signal, window)
    assert np.array_equal(ours.data, theirs.data)


def test_voice_activity_is_the_packages() -> None:
    generator = np.random.default_rng(1)
    envelope = np.repeat([0.0, 1.0, 0.1, 0.5, 0.0, 0.9, 0.01, 0.3], 2000)
    sound = envelope * generator.standard_normal(16000)
    sound[:4] = [1.0, -1.0, 2.0, -2.0]
    signal = AudioSignal(sound, 16000)
    theirs = VadPatchCreator(20)._get_voice_activity(signal, 100, 15000, 320)
    assert voice_activity(RmsVad(), signal.data[100:15100], 320) == theirs
    assert {0.0, 1.0} == set(theirs)
