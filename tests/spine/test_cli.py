"""The command line as a stranger uses it: help, tables, one file through one codec, bad input."""

from __future__ import annotations

import os
import re
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import SHARED, Bench, speechlike
from spread_weights import SMALL, spread_model

FAST = ("--metrics", "l1", "--jobs", "1", "--no-timing")


def test_help_is_light() -> None:
    code = (
        "import sys\n"
        "from codecbench.cli import main\n"
        "sys.argv = ['bench', '--help']\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'torch', 'numpy', 'scipy', 'pandas', 'av', 'sqlalchemy', 'rich'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "bench run --codecs dac,encodec,opus --bitrates 2,8,24" in done.stdout


def test_both_commands_are_installed() -> None:
    for name in ("bench", "codecbench"):
        script = Path(sys.executable).parent / name
        said = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
        assert "codecbench" in said.stdout


def test_windows_is_told_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from codecbench.cli import main

    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit, match="runs on Linux and macOS; on Windows, inside WSL"):
        main()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rnu",), 'Did you mean "run"'),
        (("run", "--codecs", "opsu"), 'Did you mean "opus"'),
        (("run", "--codecs", "opus,complexty=3"), "complexity"),
        (("run", "--codecs", "opus", "--metrics", "mle"), 'Did you mean "mel"'),
        (("run", "--codecs", "encodec:32khz"), "48khz"),
        (("run", "--codecs", "opus", "--clips", "nowhere"), "nowhere"),
        (("run", "--codecs", "opus", "--channels", "5.1"), "keep"),
        (("show", "nowhere"), "not a run"),
        (("score", "nowhere", "nowhere"), "nowhere"),
        (("merge", "nowhere", "--out", "m"), "not a run"),
    ],
)
def test_what_cannot_be_meant_is_said(bench: Bench, arguments: tuple[str, ...], said: str) -> None:
    done = bench(*arguments)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_tables(bench: Bench) -> None:
    codecs = bench("codecs").stdout
    for name in ("opus", "encodec:48khz", "dac", "lyra", "mp3", "aac", "lowpass", "toy"):
        assert name in codecs
    assert "codecbench_toys:does_not_exist" in codecs
    assert re.search(r"^lyra .* missing ", codecs, re.MULTILINE)
    assert "`bench fetch CODEC`" in codecs
    metrics = bench("metrics").stdout
    for name in ("mel", "visqol", "si_sdr", "toy_peak", "higher", "arXiv"):
        assert name in metrics


def test_one_file_through_opus(bench: Bench, tmp_path: Path) -> None:
    sound = speechlike(1.5, 44100, channels=2)
    soundfile.write(tmp_path / "in.flac", sound, 44100)
    encoded = bench("encode", "opus,vbr=cbr@64", "in.flac", "out.cbs")
    assert encoded.returncode == 0, encoded.stderr
    size = (tmp_path / "out.cbs").stat().st_size
    # 64 kbps for 1.5 s are 12000 bytes; packets' lengths and the description come on top.
    assert 12000 < size < 13500
    decoded = bench("decode", "out.cbs", "out.wav")
    assert decoded.returncode == 0, decoded.stderr
    heard, rate_hz = soundfile.read(tmp_path / "out.wav")
    assert (heard.shape, rate_hz) == (sound.shape, 44100)
    assert np.corrcoef(heard[:, 0], sound[:, 0])[0, 1] > 0.9


@pytest.mark.slow
def test_tokens_are_written(bench: Bench, tmp_path: Path) -> None:
    from codecbench.dac.checkpoint import save_checkpoint

    save_checkpoint(spread_model(SMALL), tmp_path / "small.pth")
    soundfile.write(tmp_path / "in.wav", speechlike(0.5, 44100), 44100)
    done = bench("encode", "dac:small.pth@4", "in.wav", "out.cbs", "--codes", "codes.npy")
    assert done.returncode == 0, done.stderr
    codes = np.load(tmp_path / "codes.npy")
    frames = -(-22050 // SMALL.hop_length)
    assert codes.shape[1] == frames
    assert np.issubdtype(codes.dtype, np.integer)
    assert len(np.unique(codes)) > 50
    refused = bench("encode", "opus@24", "in.wav", "o.cbs", "--codes", "c.npy")
    assert refused.returncode == 2
    assert "no tokens" in refused.stderr
    assert not (tmp_path / "o.cbs").exists()


def test_damaged_bitstreams_are_named(bench: Bench, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", speechlike(0.3, 16000), 16000)
    assert bench("encode", "opus@24", "in.wav", "good.cbs").returncode == 0
    data = (tmp_path / "good.cbs").read_bytes()
    (tmp_path / "cut.cbs").write_bytes(data[:-20])
    (tmp_path / "text.cbs").write_text("hello")
    for name in ("cut.cbs", "text.cbs", "missing.cbs"):
        done = bench("decode", name, "out.wav")
        assert done.returncode == 1
        assert name in done.stderr
        assert not (tmp_path / "out.wav").exists()


def test_weights_are_fetched_from_a_folder(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused = bench("fetch", "lyra", "--from", "empty")
    assert refused.returncode == 1
    assert "lyragan.tflite" in refused.stderr
    assert bench("fetch", "opus").returncode == 2
    if not (SHARED / "models" / "lyra").is_dir():
        pytest.skip("no ../shared: the weights of Lyra are there")
    cache = {"CODECBENCH_CACHE": str(tmp_path / "cache")}
    done = bench("fetch", "lyra", "--from", SHARED / "models" / "lyra", **cache)
    assert done.returncode == 0, done.stderr
    assert "Apache-2.0" in done.stdout
    assert "present" in bench("codecs", **cache).stdout


def test_bad_clips_are_named_and_the_good_one_is_measured(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    soundfile.write(folder / "good.wav", speechlike(0.3, 16000), 16000)
    (folder / "text.wav").write_text("this is not audio, whatever its name says")
    (folder / "empty.wav").touch()
    bad = speechlike(0.3, 16000)
    bad[100] = np.nan
    soundfile.write(folder / "nan.wav", bad, 16000, subtype="FLOAT")
    done = bench("run", "--codecs", "toy@16", "--clips", folder, "--out", "r", *FAST)
    assert done.returncode == 1
    for name in ("text.wav", "empty.wav", "nan.wav"):
        assert name in done.stdout
    assert "1 clip, " in done.stdout
    assert (tmp_path / "r" / "results.csv").exists()


@pytest.mark.slow
def test_clips_at_the_edges_are_measured(bench: Bench, tmp_path: Path) -> None:
    """One sample, silence, DC, clipping, 8 and 192 kHz, 8 channels: no crash, reasons in place."""
    folder = tmp_path / "clips"
    folder.mkdir()
    sounds = {
        "one_sample": (np.array([0.5]), 44100),
        "silence": (np.zeros(22050), 44100),
        "dc": (np.full(22050, 0.5), 44100),
        "clipped": (np.clip(speechlike(0.5, 44100)[:, 0] * 20, -1, 1), 44100),
        "low": (speechlike(0.5, 8000)[:, 0], 8000),
        "high": (speechlike(0.5, 192000)[:, 0], 192000),
        "eight": (speechlike(0.5, 48000, channels=8), 48000),
    }
    for name, (sound, rate_hz) in sounds.items():
        soundfile.write(folder / f"{name}.wav", sound, rate_hz, subtype="FLOAT")
    metrics = "mel,stft,l1,si_sdr,bandwidth_hz,pesq_wb:all,stoi:all"
    done = bench(
        "run",
        "--codecs",
        "opus,toy",
        "--bitrates",
        "16",
        "--clips",
        folder,
        "--out",
        "r",
        "--metrics",
        metrics,
        "--jobs",
        "2",
        "--no-timing",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    import codecbench

    frame = codecbench.load(tmp_path / "r")
    assert set(frame["clip"]) == set(sounds)
    missing = frame[frame.value.isna()]
    assert (missing.reason != "").all()
    assert frame[frame.value.notna()].reason.eq("").all()
    silent = missing[missing["clip"] == "silence"]
    assert {"si_sdr", "pesq_wb", "stoi", "bandwidth_hz"} <= set(silent.metric)
    kept = bench(
        "run",
        "--codecs",
        "opus",
        "--bitrates",
        "256",
        "--clips",
        folder,
        "--out",
        "k",
        "--channels",
        "keep",
        *FAST,
    )
    assert kept.returncode == 0, kept.stdout + kept.stderr


def test_nothing_to_measure(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "notes.txt").write_text("no audio here")
    done = bench("run", "--codecs", "toy", "--clips", "none")
    assert done.returncode == 2
    assert "none" in done.stderr
    lacking = bench("run", "--codecs", "lyra", "--out", "r")
    assert lacking.returncode == 1
    assert "bench fetch lyra" in lacking.stderr
    assert bench("run", "--codecs", "lyra,toy", "--strict").returncode == 1
    assert not (tmp_path / "r").exists()


def test_a_run_of_a_newer_version_is_refused(bench: Bench, clips: Path, tmp_path: Path) -> None:
    command = ("run", "--codecs", "toy@16", "--clips", clips, "--out", "r", *FAST)
    assert bench(*command).returncode == 0
    with sqlite3.connect(tmp_path / "r" / "run.sqlite") as connection:
        connection.execute("UPDATE run SET schema_version = 99")
    for arguments in (command, ("show", "r")):
        done = bench(*arguments)
        assert done.returncode == 1
        assert "newer codecbench" in done.stderr


@pytest.mark.slow
def test_a_full_disk_ends_the_run_and_it_goes_on_later(
    clips: Path, tmp_path: Path, environment: dict[str, str], bench: Bench
) -> None:
    """A limit on the size of files stands in for the disk: writing fails in the same places."""
    command = ["run", "--codecs", "toy", "--clips", str(clips), "--out", "r", *FAST]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16000, 16000))

    done = subprocess.run(
        [sys.executable, "-c", "from codecbench.cli import main; main()", *command],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "r" in done.stderr
    parts = [name for _, _, files in os.walk(tmp_path / "r") for name in files]
    assert not [name for name in parts if name.startswith(".part")]
    again = bench(*command)
    assert again.returncode == 0, again.stderr
