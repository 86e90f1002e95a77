"""Shared by all tests: the toy package's place, audio files made on the spot, the real clips."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from bench_command import Bench, in_a_process, in_this_process
from skips import (
    pytest_addoption,
    pytest_make_collect_report,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)

from codecbench import plugins

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = [
    "ROOT",
    "SHARED",
    "TOYS",
    "Bench",
    "pytest_addoption",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
    "speechlike",
]

ROOT = Path(__file__).parents[1]
TOYS = ROOT / "tests" / "toy_package"
SHARED = ROOT.parent / "shared"

MARKED_BY_FIXTURE = {"browser": "browser", "postgres": "database", "bench_process": "slow"}
"""Whoever takes a fixture has its marker."""


def pytest_configure() -> None:
    """State no width of the terminal: output is unbroken unless a test states one."""
    os.environ.pop("COLUMNS", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start a browser, a database server or a process of `bench`."""
    for item in items:
        for fixture, marker in MARKED_BY_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a process; each opens pages, or contexts, of its own."""
    from chromium import chromium

    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a database on one server for all tests of a process."""
    from postgres import private_postgres

    with private_postgres() as address:
        yield address


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights cache of the tests' own, empty."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy package is there, as if installed: what was found before it came is forgotten."""
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(TOYS))
        plugins._outside.cache_clear()
        yield
    plugins._outside.cache_clear()


@pytest.fixture
def environment(cache: Path) -> dict[str, str]:
    """What a `bench` process of a test sees: the toys, no network, a cache of its own."""
    numba = os.environ.get("NUMBA_CACHE_DIR", str(Path.home() / ".cache" / "codecbench" / "numba"))
    return os.environ | {
        "PYTHONPATH": str(TOYS),
        "CODECBENCH_CACHE": str(cache),
        "CODECBENCH_OFFLINE": "1",
        "NUMBA_CACHE_DIR": numba,
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture
def bench(environment: dict[str, str], tmp_path: Path) -> Bench:
    """Run the command line in `tmp_path`, in this process."""

    def call(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
        return in_this_process(list(map(str, arguments)), environment | more, tmp_path, TOYS)

    return call


@pytest.fixture
def bench_process(environment: dict[str, str], tmp_path: Path) -> Bench:
    """Run the command line in `tmp_path`, in a process of its own with workers of their own."""

    def call(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
        return in_a_process(list(map(str, arguments)), environment | more, tmp_path)

    return call


def speechlike(
    duration_s: float, rate_hz: int, seed: int = 0, channels: int = 1
) -> npt.NDArray[np.float32]:
    """Noise with a falling spectrum and a syllable's rhythm, (samples, channels), peak 0.5."""
    generator = np.random.default_rng(seed)
    count = max(1, round(duration_s * rate_hz))
    spectrum = np.fft.rfft(generator.standard_normal((count, channels)), axis=0)
    frequency = np.fft.rfftfreq(count, 1 / rate_hz)[:, None]
    shaped = np.fft.irfft(spectrum / (1 + frequency / 500) ** 1.5, count, axis=0)
    rhythm = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * np.arange(count) / rate_hz)[:, None]
    sound = shaped * rhythm
    return np.asarray(0.5 * sound / max(1e-9, np.abs(sound).max()), dtype=np.float32)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Four short clips in two categories: three mono at 16 and 44.1 kHz, one stereo at 48 kHz."""
    folder = tmp_path / "clips"
    for name, duration_s, rate_hz, channels in (
        ("speech/one", 0.8, 16000, 1),
        ("speech/two", 0.7, 44100, 1),
        ("music/three", 0.9, 44100, 1),
        ("music/four", 0.6, 48000, 2),
    ):
        path = folder / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        sound = speechlike(duration_s, rate_hz, seed=len(name), channels=channels)
        soundfile.write(path, sound, rate_hz, subtype="PCM_16")
    return folder
