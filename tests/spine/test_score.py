"""`bench score`: two folders of audio, and what is said where no delay is found."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from conftest import Bench, speechlike

from codecbench import load

pytestmark = pytest.mark.slow

RATE_HZ = 16_000

Sound = npt.NDArray[np.float32]


def pair(folder: Path, name: str, reference: Sound, estimate: Sound) -> None:
    for side, sound in (("references", reference), ("estimates", estimate)):
        (folder / side).mkdir(exist_ok=True)
        soundfile.write(folder / side / f"{name}.wav", sound, RATE_HZ, subtype="FLOAT")


def late(sound: Sound, delay: int) -> Sound:
    return np.concatenate([np.zeros_like(sound[:delay]), sound[:-delay]])


def test_delays_are_undone_or_said_to_be_none(bench: Bench, tmp_path: Path) -> None:
    left, right, other = (speechlike(1.0, RATE_HZ, seed) for seed in (1, 2, 3))
    cancelling = np.concatenate([left, -left], axis=1)
    pair(tmp_path, "cancelling", cancelling, late(cancelling, 123))
    pair(tmp_path, "inverted", right, -late(right, 45))
    both = np.concatenate([left, right], axis=1)
    pair(tmp_path, "half", both, late(np.concatenate([left, -right], axis=1), 6))
    pair(tmp_path, "silent", left + 0.5, np.zeros_like(left))
    pair(tmp_path, "unrelated", other, right)
    done = bench(
        *("score", "references", "estimates", "--align", "xcorr", "--channels", "keep"),
        *("--metrics", "si_sdr", "--jobs", "1", "--out", "run"),
    )
    assert done.returncode == 0, done.stderr
    rows = load(tmp_path / "run").query("metric == 'delay_samples'").set_index("clip")
    assert rows.loc[["cancelling", "inverted"], "value"].tolist() == [123, 45]
    assert set(rows["unit"]) == {"sample"}
    assert rows.loc[["silent", "unrelated"], "value"].isna().all()
    assert rows.loc["silent", "reason"] == "the estimate is silent or constant"
    unrelated = "the estimate does not follow the reference, whatever the delay"
    assert rows.loc["unrelated", "reason"] == unrelated
    assert "not aligned: silent: the estimate is silent or constant" in done.stdout
    assert f"not aligned: unrelated: {unrelated}" in done.stdout
    said = "inverted: inverted, half (1 of 2 channels): the estimate's polarity is opposite"
    assert said in done.stdout
    found = load(tmp_path / "run").query("metric == 'inverted_channels'").set_index("clip")
    assert found["value"].to_dict() == {"half": 1, "inverted": 1}
    scores = load(tmp_path / "run").query("metric == 'si_sdr'").set_index("clip")["value"]
    assert scores[["cancelling", "inverted"]].min() > 20


def test_runs_that_kept_delays_with_their_encodings_show_them(bench: Bench, tmp_path: Path) -> None:
    sound = speechlike(0.5, RATE_HZ)
    pair(tmp_path, "one", sound, sound)
    done = bench(
        *("score", "references", "estimates", "--metrics", "l1", "--jobs", "1", "--out", "run")
    )
    assert done.returncode == 0, done.stderr
    assert "delay_samples" not in set(load(tmp_path / "run")["metric"])
    with closing(sqlite3.connect(tmp_path / "run" / "run.sqlite")) as database, database:
        database.execute("UPDATE encodings SET delay_samples = 7")
    delays = load(tmp_path / "run").query("metric == 'delay_samples'")
    assert delays["value"].tolist() == [7]
    assert delays["direction"].tolist() == ["neither"]


def test_an_estimate_that_its_downmix_silences_is_named(bench: Bench, tmp_path: Path) -> None:
    sound = speechlike(0.5, RATE_HZ)
    pair(tmp_path, "one", sound, np.concatenate([sound, -sound], axis=1))
    done = bench("score", "references", "estimates", "--metrics", "l1", "--jobs", "1")
    assert done.returncode == 1
    assert "one.wav: its channels cancel in the downmix" in " ".join(done.stdout.split())
    assert "0.00" not in done.stdout


def test_references_that_their_downmix_silences_are_named(bench: Bench, tmp_path: Path) -> None:
    sound = speechlike(0.5, RATE_HZ)
    both = np.concatenate([sound, -sound], axis=1)
    pair(tmp_path, "one", both, both)
    done = bench("score", "references", "estimates", "--metrics", "l1", "--jobs", "1")
    assert done.returncode == 1
    assert "references/one.wav: its channels cancel in the downmix" in done.stderr
    assert "--channels keep" in done.stderr
    coded = bench("encode", "opus@24", "references/one.wav", "a.cbs", "--channels", "mono")
    assert coded.returncode == 1
    assert "references/one.wav: its channels cancel in the downmix" in coded.stderr


def test_what_was_made_of_odd_files_is_told(bench: Bench, tmp_path: Path) -> None:
    sound = speechlike(0.5, RATE_HZ)
    for name in ("one", "two"):
        pair(tmp_path, name, sound * (name == "one" or 0.5), sound)
    for path in (tmp_path / "references").iterdir():
        path.write_bytes(path.read_bytes() + b"written by some program\n")
    arguments = ("references", "estimates", "--metrics", "l1", "--jobs", "1")
    done = bench("score", *arguments)
    assert done.returncode == 0, done.stderr
    assert "note: one, two: junk of 24 bytes follows its audio and is left out" in done.stdout
    for path in (tmp_path / "estimates").iterdir():
        path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
    for command in (
        ("score", *arguments),
        ("run", "--codecs", "folder:x=estimates", "--clips", "references", "--metrics", "l1"),
    ):
        done = bench(*command)
        assert done.returncode == 0, done.stderr
        assert "note: one, two: junk of 24 bytes follows" in done.stdout
        assert "note: estimates/one.wav, estimates/two.wav: a tag of 128 bytes" in done.stdout
    coded = bench("encode", "opus@24", "references/one.wav", "a.cbs")
    assert coded.returncode == 0, coded.stderr
    assert "note: references/one.wav: junk of 24 bytes" in coded.stdout


def test_a_late_estimate_is_scored_to_its_end(bench: Bench, tmp_path: Path) -> None:
    """With noise of -80 dB alone between them, the SI-SDR is the ratio of both energies."""
    sound = speechlike(2.0, RATE_HZ)
    noise = 1e-4 * np.random.default_rng(0).standard_normal((len(sound) + 800, 1))
    whole = np.concatenate([np.zeros((800, 1)), sound]) + noise
    pair(tmp_path, "whole", sound, whole.astype(np.float32))
    pair(tmp_path, "cut", 0.9 * sound, (0.9 * whole[:-800]).astype(np.float32))
    pair(tmp_path, "early", 0.8 * sound, (0.8 * sound[800:]).astype(np.float32))
    asked = ("score", "references", "estimates", "--align", "xcorr", "--metrics", "si_sdr,l1")
    for _ in range(2):  # and the same of what is stored
        done = bench(*asked, "--jobs", "1", "--out", "run")
        assert done.returncode == 0, done.stderr
        assert "incomplete: cut (its last 50 ms): the aligned estimate" in done.stdout
        assert "incomplete: early (its first 50 ms): the aligned estimate" in done.stdout
        assert "whole" not in done.stdout.partition("incomplete")[2]
    values = load(tmp_path / "run").set_index(["clip", "metric"])["value"]
    expected = 10 * np.log10((sound**2).mean() / (noise[800:] ** 2).mean())
    assert abs(values["whole", "si_sdr"] - expected) < 0.5  # a resampler trims the noise
    assert values["whole", "l1"] < 1e-4
    head = done.stdout.splitlines()[1]
    assert head.split() == ["codec", "l1", "↓", "si_sdr", "dB", "↑", "delay_samples", "sample"]
    assert values["cut", "missing_end_ms"] == values["early", "missing_start_ms"] == 50
    assert ("whole", "missing_end_ms") not in values.index


def test_a_copied_folder_is_scored_with_the_manifest_of_its_clips(
    bench: Bench, tmp_path: Path
) -> None:
    sound = speechlike(0.5, RATE_HZ)
    pair(tmp_path, "one", sound, sound)
    for folder in ("references", "estimates"):
        (tmp_path / folder / "manifest.csv").write_text("path,category\none.wav,speech\n")
    asked = ("--metrics", "l1", "--jobs", "1", "--wide")
    done = bench("score", "references", "estimates", *asked)
    assert done.returncode == 0, done.stderr
    assert "given" not in done.stdout
    coded = ("--clips", "references", "--metrics", "l1", "--jobs", "1")
    refused = bench("run", "--codecs", "folder:mine=estimates", *coded)
    assert "the manifest needs a column bitrate_kbps" in refused.stdout + refused.stderr
    stated = bench("run", "--codecs", "folder:mine@6=estimates", *coded, "--no-timing")
    assert stated.returncode == 0, stated.stderr
    assert "6.00*" in stated.stdout


def test_of_scores_that_are_not_kept_no_folder_is_named(bench: Bench, tmp_path: Path) -> None:
    sound = speechlike(0.5, RATE_HZ)
    pair(tmp_path, "one", sound, sound[:4000])
    asked = ("score", "references", "estimates", "--metrics", "l1", "--jobs", "1")
    done = bench(*asked)
    assert done.returncode == 1
    assert "there are no results" in done.stdout
    assert "cells that failed: 1; --out RUN keeps them" in done.stdout
    for gone in (tempfile.gettempdir() + "/tmp", "bench show", "again"):
        assert gone not in done.stdout + done.stderr
    kept = bench(*asked, "--out", "run")
    assert "run holds no results yet" in kept.stdout
    assert "the command that asked for them tries them again" in kept.stdout
