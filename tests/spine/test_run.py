"""`bench run` from end to end, with an outside package's codec and metric and small clips."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from conftest import Bench

import codecbench

FAST = ("--metrics", "mel,si_sdr,l1,toy_peak", "--jobs", "2", "--no-timing")


def rows(run: Path) -> pd.DataFrame:
    """What two runs of one plan must share: everything but seconds and sessions."""
    return codecbench.load(run)


@pytest.mark.slow
def test_an_outside_codec_and_metric(bench_process: Bench, clips: Path, tmp_path: Path) -> None:
    done = bench_process(
        "run",
        "--codecs",
        "toy",
        "--bitrates",
        "16,30",
        "--clips",
        clips,
        "--out",
        "r",
        "--metrics",
        "toy_peak,si_sdr",
        "--jobs",
        "2",
    )
    assert done.returncode == 0, done.stderr
    frame = rows(tmp_path / "r")
    assert set(frame.metric) >= {"toy_peak", "si_sdr", "bitrate_bps", "clipped_samples"}
    assert frame[frame.metric == "toy_peak"].value.between(0.5, 2.5).all()
    # 2 and 4 bits a sample at 8 kHz, within the last byte of each clip.
    rates = frame.drop_duplicates("encoding_key")
    excess = rates.bitrate_bps * rates.duration_s - rates.bitrate_nominal_bps * rates.duration_s
    assert excess.between(-8, 8 + 16).all()
    # More bits a sample, less noise, on each clip.
    si_sdr = frame[frame.metric == "si_sdr"].pivot(
        index="clip", columns="bitrate_nominal_bps", values="value"
    )
    assert (si_sdr[32000] > si_sdr[16000] + 3).all()
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert names == {"run.sqlite", "lock", "bitstreams", "results.csv", "summary.csv", "plots"}
    of_clips = frame[frame["clip"] != ""]
    assert len(pd.read_csv(tmp_path / "r" / "results.csv")) == len(of_clips)
    assert set(frame[frame["clip"] == ""].metric) == {"rtf_encode", "rtf_decode"}
    assert {"overview.png", "si_sdr.png", "toy_peak.png"} <= set(os.listdir(tmp_path / "r/plots"))
    assert "rtf_encode" in done.stdout


@pytest.mark.slow
def test_a_run_grows_and_computes_nothing_twice(bench: Bench, clips: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    common = ("run", "--codecs", f"toy,log={log}", "--clips", clips, "--jobs", "2", "--no-timing")
    assert bench(*common, "--bitrates", "16", "--metrics", "l1", "--out", "r").returncode == 0
    first = rows(tmp_path / "r")
    assert len(log.read_text().split()) == 4
    # A new metric scores the stored bitstreams; a new rate encodes only itself.
    more = bench(*common, "--bitrates", "16", "--metrics", "l1,mel", "--out", "r")
    assert "4 results computed, 8 were there already" in more.stdout
    assert len(log.read_text().split()) == 4
    both = (*common, "--bitrates", "16,32", "--metrics", "l1,mel")
    assert bench(*both, "--out", "r").returncode == 0
    assert len(log.read_text().split()) == 8
    grown = rows(tmp_path / "r")
    kept = grown.merge(first, how="inner")
    assert len(kept) == len(first)
    # Made at once, the same rows come out.
    assert bench(*both, "--out", "s").returncode == 0
    pd.testing.assert_frame_equal(grown, rows(tmp_path / "s"))


@pytest.mark.slow
def test_one_clip_that_fails_costs_its_own_cells(
    bench_process: Bench, clips: Path, tmp_path: Path
) -> None:
    # At the toy's 8 kHz, speech/two has 5600 samples and raises, music/three 7200 and crashes.
    done = bench_process(
        "run",
        "--codecs",
        "toy,die=7200,fail=5600",
        "--bitrates",
        "16,32",
        "--clips",
        clips,
        "--out",
        "r",
        *FAST,
    )
    assert done.returncode == 1
    assert "speech/two, encode: RuntimeError: toy trouble" in done.stdout
    assert "music/three, encode: the worker process died twice" in done.stdout
    assert "cells that failed: 4" in done.stdout
    frame = rows(tmp_path / "r")
    assert set(frame["clip"]) == {"speech/one", "music/four"}
    assert Counter(frame.metric)["mel"] == 4


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_in_the_same_rows(
    bench: Bench, clips: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    log, slow = tmp_path / "log", tmp_path / "slow"
    slow.touch()
    codec = f"toy,log={log},sleep=0.8,while={slow}"
    command = ("run", "--codecs", codec, "--clips", str(clips), *FAST)
    process = subprocess.Popen(
        [sys.executable, "-c", "from codecbench.cli import main; main()", *command, "--out", "r"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    database = tmp_path / "r" / "run.sqlite"
    deadline = time.monotonic() + 60
    while _count(database) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    slow.unlink()
    stored = _count(database)
    assert 4 <= stored < 12
    encoded_before = len(log.read_text().split())
    done = bench(*command, "--out", "r")
    assert done.returncode == 0, done.stderr
    # What was stored is not encoded again; at most what was in the workers' hands is.
    assert len(log.read_text().split()) - encoded_before == 12 - stored
    assert bench(*command, "--out", "s").returncode == 0
    pd.testing.assert_frame_equal(rows(tmp_path / "r"), rows(tmp_path / "s"))


@pytest.mark.slow
def test_ctrl_c_leaves_a_run_that_can_go_on(
    bench: Bench, clips: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    slow = tmp_path / "slow"
    slow.touch()
    codec = f"toy,sleep=1.5,while={slow}"
    command = ("run", "--codecs", codec, "--clips", str(clips), "--out", "r", *FAST)
    # A shell that runs the tests in the background has them, and their children, ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-c", "from codecbench.cli import main; main()", *command],
        env=environment,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    deadline = time.monotonic() + 60
    while _count(tmp_path / "r" / "run.sqlite") < 1:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    slow.unlink()
    assert process.returncode == 130
    assert "this goes on:\n  bench run --codecs toy,sleep=1.5" in said
    assert " --out r " in said
    assert bench(*command).returncode == 0
    assert len(rows(tmp_path / "r").drop_duplicates("encoding_key")) == 12


def _count(database: Path) -> int:
    if not database.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM encodings").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # the tables are not there yet


@pytest.mark.slow
def test_runs_made_apart_merge(bench: Bench, clips: Path, tmp_path: Path) -> None:
    def run(folder: Path, out: str) -> None:
        done = bench(
            "run", "--codecs", "toy", "--bitrates", "16", "--clips", folder, "--out", out, *FAST
        )
        assert done.returncode == 0, done.stderr

    run(clips / "speech", "a")
    run(clips / "music", "b")
    merged = bench("merge", "a", "b", "a", "--out", "m")
    assert merged.returncode == 0, merged.stderr
    assert "20 results added, 10 were there already" in merged.stdout
    together = rows(tmp_path / "m")
    assert len(together) == len(rows(tmp_path / "a")) + len(rows(tmp_path / "b"))
    # A damaged bitstream is not carried over.
    bitstream = next((tmp_path / "b" / "bitstreams").rglob("*.cbs"))
    bitstream.write_bytes(bitstream.read_bytes()[:-1])
    refused = bench("merge", "b", "--out", "n")
    assert refused.returncode == 1
    assert f"{bitstream.name} is damaged" in refused.stderr


@pytest.mark.slow
def test_provenance(bench: Bench, clips: Path, tmp_path: Path) -> None:
    bench("run", "--codecs", "toy@16,lyra", "--clips", clips, "--out", "r", *FAST)
    with sqlite3.connect(tmp_path / "r" / "run.sqlite") as connection:
        status, command, versions, machine, skipped, codecs = connection.execute(
            "SELECT status, command, versions, machine, skipped, codecs FROM sessions"
        ).fetchone()
    assert status == "finished"
    assert "--codecs toy@16,lyra" in command
    assert json.loads(versions)["codecbench"] == codecbench.__version__
    assert {"numpy", "torch", "python"} <= set(json.loads(versions))
    assert int(json.loads(machine)["cores"]) >= 1
    assert json.loads(skipped)[0]["what"] == "lyra"
    assert json.loads(codecs) == ["toy"]
    shown = bench("show", "r").stdout
    assert "skipped: lyra" in shown


@pytest.mark.slow
def test_keep_audio(bench: Bench, clips: Path, tmp_path: Path) -> None:
    done = bench(
        "run",
        "--codecs",
        "toy",
        "--bitrates",
        "64",
        "--clips",
        clips,
        "--out",
        "r",
        "--keep-audio",
        *FAST,
    )
    assert done.returncode == 0, done.stderr
    kept, rate_hz = soundfile.read(tmp_path / "r" / "audio" / "toy@64" / "speech" / "one.wav")
    original, _ = soundfile.read(clips / "speech" / "one.wav")
    assert rate_hz == 16000
    assert kept.shape == original.shape
    assert np.corrcoef(kept, original)[0, 1] > 0.9


@pytest.mark.slow
def test_folders_of_audio_are_scored(bench: Bench, clips: Path, tmp_path: Path) -> None:
    for path in clips.rglob("*.wav"):
        sound, rate_hz = soundfile.read(path, always_2d=True)
        late = np.concatenate([np.zeros((20, sound.shape[1])), sound])[: len(sound)]
        out = tmp_path / "decoded" / path.relative_to(clips)
        out.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(out, late, rate_hz, subtype="FLOAT")
    plain = bench("score", clips, "decoded", "--metrics", "si_sdr", "--out", "plain")
    assert plain.returncode == 0, plain.stderr
    assert rows(tmp_path / "plain").query("metric == 'si_sdr'").value.max() < 20
    aligned = bench(
        "score", clips, "decoded", "--metrics", "si_sdr", "--align", "xcorr", "--out", "aligned"
    )
    assert aligned.returncode == 0, aligned.stderr
    frame = rows(tmp_path / "aligned")
    assert (frame.query("metric == 'delay_samples'").value == 20).all()
    assert frame.query("metric == 'si_sdr'").value.min() > 20
    # The same audio beside codecs, with a bitrate that is stated and not measured.
    stated = bench(
        "run", "--codecs", "folder:mine@6=decoded,toy@16", "--clips", clips, "--out", "r", *FAST
    )
    assert stated.returncode == 0, stated.stderr
    mine = rows(tmp_path / "r").query("codec == 'folder:mine'")
    assert not mine.bitrate_is_measured.any()
    assert (mine.bitrate_bps == 6000).all()
    assert "6.00*" in stated.stdout
    assert "*: stated, not measured" in stated.stdout


def test_a_broken_plug_in_is_named(bench: Bench, clips: Path) -> None:
    done = bench("run", "--codecs", "broken", "--clips", clips)
    assert done.returncode == 2
    assert "codecbench_toys:does_not_exist" in done.stderr


@pytest.mark.parametrize("bitrate", ["0", "-1", "fast"])
def test_bitrates_that_are_none(bench: Bench, bitrate: str) -> None:
    done = bench("run", "--codecs", "toy", f"--bitrates={bitrate}", "--out", "r")
    assert done.returncode == 2
    assert bitrate in done.stderr
