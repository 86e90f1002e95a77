"""The private parts of visqol-python that ours replace: what another version moved is named."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from visqol.gammatone import GammatoneSpectrogramBuilder
from visqol.patch_creator import RmsVad, VadPatchCreator
from visqol.visqol_manager import VisqolManager

from codecbench.errors import InstallationError
from codecbench.metrics import visqol
from codecbench.metrics.visqol import PACKAGE_VERSION, VISQOL, require_version

REFERENCE = np.sin(np.arange(48_000) / 20)


@pytest.mark.parametrize(
    ("part", "parameters"),
    [
        (
            GammatoneSpectrogramBuilder._build_numba,
            "sig window filter_coeffs hop_size num_cols num_bands",
        ),
        (GammatoneSpectrogramBuilder.build, "self signal window"),
        (
            VadPatchCreator._get_voice_activity,
            "self signal start_sample total_samples frame_len",
        ),
        (RmsVad.process_chunk, "self chunk"),
        (RmsVad.get_vad_results, "self"),
        (VisqolManager.run_from_signals, "self ref_signal deg_signal"),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_a_part_takes_what_it_took(part: Callable[..., Any], parameters: str) -> None:
    assert " ".join(inspect.signature(part).parameters) == parameters


def test_a_part_is_asked_where_it_was() -> None:
    """Each is called on the object, so that what replaces it is what is called."""
    asked = {
        "self._build_numba(": GammatoneSpectrogramBuilder,
        "self._get_voice_activity(": VadPatchCreator,
        "self.spect_builder": VisqolManager,
        "self.patch_creator": VisqolManager,
    }
    for call, owner in asked.items():
        assert call in inspect.getsource(owner), f"{owner.__qualname__} has no {call} any more"


def test_another_version_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    require_version(PACKAGE_VERSION)
    monkeypatch.setattr(visqol, "version", lambda package: "3.9.0")
    visqol._manager.cache_clear()
    with pytest.raises(InstallationError, match=r"needs visqol-python 3\.8\.0.* 3\.9\.0 is instal"):
        VISQOL.compare(visqol.prepare_audio(REFERENCE, 48_000), REFERENCE, 48_000)


def test_the_version_is_the_declared_one() -> None:
    declared = re.search(r'"visqol-python\[.*\]==([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert declared
    assert declared[1] == PACKAGE_VERSION
