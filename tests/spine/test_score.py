"""`bench score`: two folders of audio, and what is said where no delay is found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from conftest import Bench, speechlike

from codecbench import load

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
    assert rows.loc["unrelated", "reason"] == "the estimate follows the reference at no delay"
    assert "not aligned: silent: the estimate is silent or constant" in done.stdout
    assert "not aligned: unrelated: the estimate follows" in done.stdout
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
    (value,) = load(tmp_path / "run").query("metric == 'delay_samples'")["value"]
    assert value == 7


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
