"""Every command and every piece of code in the documents is run."""

from __future__ import annotations

import math
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import pytest
import soundfile
from conftest import ROOT, SHARED, Bench, speechlike

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
LISTENING_PAGE = (ROOT / "docs" / "listening.md").read_text()
REPORT_PAGE = (ROOT / "docs" / "report.md").read_text()
DAC_PAGE = (ROOT / "docs" / "dac.md").read_text()


def _commands(page: str) -> list[str]:
    return [
        line.strip().split("  #")[0].strip()
        for line in page.splitlines()
        if line.startswith("    bench ")
    ]


CHECKS = [line for line in _commands(README) if re.search(r"bench check|runs/base", line)]
TRAINING = [
    line
    for line in _commands(README)
    if re.search(r"bench train|runs/mine", line) and line not in CHECKS
]
REPORTS = [line for line in _commands(README) + _commands(REPORT_PAGE) if "bench report" in line]
COMMANDS = [
    line
    for line in _commands(README)
    if line not in [*TRAINING, *REPORTS, *CHECKS] and not line.startswith("bench listen")
]
LISTENING = [
    line
    for line in _commands(README) + _commands(LISTENING_PAGE)
    if line.startswith("bench listen")
]

# Without a network these say what is missing, which is what they should do there.
NEED_WEIGHTS = ("bench fetch encodec", "bench encode encodec@6 in.wav out.cbs --codes tokens.npy")

# The built-in clips last 40 s; tests/spine/test_builtin_clips.py has all metrics judge them.
LONG_CLIPS = ("--metrics", "mel", "--no-timing")

# One step in place of an hour, on a machine with a GPU or without.
SHORT = ("--set", "steps=1", "--set", "batch_size=2", "--device", "cpu")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The files that the README's commands name."""
    for folder in ("my/clips/speech", "my/references", "my/estimates", "my/weights", "my/audio"):
        (tmp_path / folder).mkdir(parents=True)
    for i, path in enumerate(("my/clips/speech/a.wav", "my/clips/b.flac", "my/references/c.wav")):
        soundfile.write(tmp_path / path, speechlike(1.2, 16000, seed=i), 16000)
    soundfile.write(tmp_path / "my/estimates/c.wav", speechlike(1.2, 16000, seed=2), 16000)
    soundfile.write(tmp_path / "in.wav", speechlike(0.5, 44100), 44100)
    for i in range(4):
        soundfile.write(tmp_path / f"my/audio/{i}.wav", speechlike(1.5, 44100, seed=i), 44100)
    for model in (SHARED / "models" / "lyra").glob("*.tflite"):
        (tmp_path / "my/weights" / model.name).write_bytes(model.read_bytes())
    return tmp_path


@pytest.mark.slow
def test_the_readme_in_its_order(bench: Bench, place: Path) -> None:
    assert len(COMMANDS) >= 12
    # The proxy that is not there keeps a machine with a network from fetching 90 MB.
    cache = {"CODECBENCH_CACHE": str(place / "cache"), "https_proxy": "http://127.0.0.1:9"}
    # Fetched first and run into before they are merged, as a reader would have done.
    for name in ("a", "b"):
        assert (
            bench(
                "run",
                "--codecs",
                "opus@24",
                "--clips",
                "my/clips",
                "--metrics",
                "mel",
                "--no-timing",
                "--out",
                f"runs/{name}",
                **cache,
            ).returncode
            == 0
        )
    for command in COMMANDS:
        if command == "bench fetch lyra --from my/weights" and not SHARED.is_dir():
            continue
        words = shlex.split(command)[1:]
        if words[0] == "run" and "--clips" not in words:
            words += LONG_CLIPS
        done = bench(*words, **cache)
        assert "Traceback" not in done.stderr, command
        if command in NEED_WEIGHTS:
            assert done.returncode == 1, command
            assert "bench fetch encodec" in done.stderr
        else:
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert (place / "out.wav").exists()
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    frame = _run_in(place, snippet)["frame"]
    assert "mel" in set(frame["metric"])


@pytest.mark.slow
def test_the_trainings_of_the_readme(bench: Bench, place: Path) -> None:
    assert len(TRAINING) >= 5
    for command in TRAINING:
        words = shlex.split(command)[1:]
        if words[0] == "train" and "--data" in words:
            words += SHORT
        done = bench(*words)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
def test_the_checks_of_the_readme(bench: Bench, place: Path) -> None:
    """The checkpoint has the baseline's own weights: two clips are enough to say so."""
    from codecbench.codecs.dac_weights import SHIPPED

    assert len(CHECKS) == 3
    (place / "runs/mine").mkdir(parents=True)
    shutil.copy(SHIPPED, place / "runs/mine/weights.pth")
    for command in CHECKS:
        words = shlex.split(command)[1:]
        words += ["--no-timing", "--metrics", "mel"] if words[0] == "run" else []
        done = bench(*words)
        same = "--checkpoint" in words  # the baseline's own weights under another name
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert not same or "identical" in done.stdout
    assert (place / "check.html").exists()


@pytest.mark.slow
def test_the_reports_of_the_documents(bench: Bench, place: Path) -> None:
    assert len(REPORTS) >= 5
    run = "run --codecs opus@6,opus@24,mp3@24 --clips my/clips --metrics mel,stft --no-timing"
    assert bench(*run.split(), "--out", "runs/first").returncode == 0
    for name in ("a", "b"):
        shutil.copytree(place / "runs/first", place / "runs" / name)
    items = ("--clips", "2", "--training", "0", "--depart", "short clips")
    source = ("--run", "runs/first", "--conditions", "opus@6,opus@24,mp3@24")
    assert bench("listen", "create", "tests/first", *source, *items).returncode == 0
    assert bench("listen", "invite", "tests/first", "--open", "9").returncode == 0
    for i, command in enumerate(REPORTS):
        silent = ("--budget", "0") if i else ()  # sound takes its time, and is tested elsewhere
        done = bench(*shlex.split(command)[1:], *silent)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert (place / "paper" / "tables" / "paper.tex").exists()
    (snippet,) = re.findall(r"```python\n(.*?)```", REPORT_PAGE, re.DOTALL)
    names = _run_in(place, snippet)
    assert "opus" in (place / "table.tex").read_text()
    assert names["figure"].axes[0].get_xscale() == "log"


@pytest.mark.slow
def test_the_listening_tests_of_the_documents(
    bench: Bench, environment: dict[str, str], place: Path
) -> None:
    assert len(LISTENING) >= 8
    for short in (place / "my").rglob("*.*"):
        short.unlink()
    for i in range(9):  # eight items and one of training, of a length that the standard takes
        soundfile.write(place / f"my/clips/{i}.wav", speechlike(2.1, 44100, seed=10 + i), 44100)
    for folder in ("my/references", "my/estimates"):
        for i in range(4):
            soundfile.write(place / folder / f"{i}.wav", speechlike(2.1, 16000, seed=i), 16000)
    run = "run --codecs opus@6,opus@24,mp3@24 --clips my/clips --metrics l1 --no-timing"
    assert bench(*run.split(), "--out", "runs/first").returncode == 0
    for command in LISTENING:
        words = shlex.split(command)[1:]
        if words[1] == "serve":
            _serve(words, environment, place)
            continue
        if words[1] == "demo":
            words += ["--raters", "6"]
        done = bench(*words)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def _serve(words: list[str], environment: dict[str, str], place: Path) -> None:
    """Start the command, on a free port, until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "codecbench", *words, "--port", str(port)]
    with subprocess.Popen(command, cwd=place, env=environment) as process:
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    with urlopen(f"http://127.0.0.1:{port}/health") as response:
                        assert response.status == 200
                    break
                except URLError:
                    assert process.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
        finally:
            process.terminate()


def test_the_code_of_the_page_on_dac(tmp_path: Path) -> None:
    from codecbench.dac.checkpoint import save_checkpoint
    from codecbench.dac.config import DACConfig
    from codecbench.dac.model import DAC

    shape = DACConfig(
        encoder_dim=4, encoder_rates=(8, 8, 8), decoder_dim=16, decoder_rates=(8,) * 3
    )
    save_checkpoint(DAC(shape), tmp_path / "small.pth")
    (snippet,) = re.findall(r"```python\n(.*?)```", DAC_PAGE, re.DOTALL)
    names = _run_in(tmp_path, snippet, checkpoint=tmp_path / "small.pth")
    assert names["codes"].shape == (1, 4, -(-44100 // 512))
    assert names["decoded"].shape == names["audio"].shape
    assert float((names["streamed"] - names["decoded"]).abs().max()) < 1e-5


def _run_in(folder: Path, code: str, **names: Any) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(compile(code, "document", "exec"), names)
    return names


def test_make_has_the_targets_that_are_named() -> None:
    for target in set(re.findall(r"^    make (\w+)", README + CONTRIBUTING, re.MULTILINE)):
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_options_in_the_readme_exist(bench: Bench) -> None:
    shown = bench("run", "--help").stdout
    for option in re.findall(r"^\| `(--[\w-]+)`", README, re.MULTILINE):
        assert option in shown


def test_the_codec_and_the_metric_of_contributing() -> None:
    from codecbench import coding
    from codecbench.audio import Audio
    from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint
    from codecbench.metrics.contract import Metric

    codec_code, metric_code = re.findall(r"```python\n(.*?)```", CONTRIBUTING, re.DOTALL)
    names: dict[str, Any] = {
        "Bitstream": Bitstream,
        "Codec": Codec,
        "Metric": Metric,
        "OperatingPoint": OperatingPoint,
        "math": math,
        "np": np,
    }
    exec(compile(codec_code, "codec", "exec"), names)
    codec = names["create"]("", {}, "cpu")
    audio = Audio(speechlike(0.5, 44100).T, 44100)
    bitstream = coding.encode(codec, audio, codec.points(1)[0])
    decoded = coding.decode(codec, bitstream)
    assert bitstream.payload_bytes == 8000
    assert np.abs(decoded.samples - audio.samples).max() < 0.05
    exec(compile(metric_code, "metric", "exec"), names)
    metric = names["PEAK_ERROR"]
    sound = audio.samples[0].astype(np.float64)
    assert metric.compare(metric.prepare(sound, 44100), sound / 10, 44100) == pytest.approx(-20)
