"""Files whose names are not UTF-8, or as long as names can be: from clips to scores and report."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from conftest import Bench, speechlike

from codecbench.audio import Audio, read_audio, write_wav
from codecbench.cli.show import show_run
from codecbench.clips import find_clips
from codecbench.names import parse_codec_names
from codecbench.plan import Request, lay_plan
from codecbench.reports.files import write_files
from codecbench.reports.page.page import write_page
from codecbench.reports.report import make_report
from codecbench.run import Outcome, execute
from codecbench.schema import SESSIONS
from codecbench.store import open_run, read_run

pytestmark = pytest.mark.slow

LATIN_1 = os.fsdecode(b"caf\xe9")


def sound(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        soundfile.write(file, speechlike(0.6, 16000, seed=seed), 16000, format="WAV")
    return path


def measure(codec: str, clips: Path, run: Path, keep_audio: bool = False) -> Outcome:
    request = Request(parse_codec_names([codec]), metrics=("l1",))
    plan = lay_plan(request, find_clips(clips))
    command = f"bench run --codecs {codec} --clips {clips}"
    with open_run(run) as store:
        return execute(
            plan, store, command, 1, keep_audio, timing=False, open_executor=ThreadPoolExecutor
        )


def test_names_that_are_not_utf8_from_clips_to_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips, run = tmp_path / LATIN_1, tmp_path / os.fsdecode(b"r\xfcn")
    sound(clips / os.fsdecode(b"m\xfcsik") / f"{LATIN_1}.wav", 1)
    sound(clips / "speech" / "ok.wav", 2)
    outcome = measure("opus@24", clips, run, keep_audio=True)
    assert outcome.failures == ()
    write_files(run)
    table = pd.read_csv(run / "results.csv").query("metric == 'l1'")
    assert list(table["clip"]) == [r"m\xfcsik/caf\xe9", "speech/ok"]
    assert list(table["category"]) == [r"m\xfcsik", "speech"]
    assert table["value"].notna().all()
    assert len(list((run / "audio").rglob("*.wav"))) == 2
    show_run(run, wide=True)
    assert r"M\xfcsik" in capsys.readouterr().out
    page = tmp_path / f"{LATIN_1}.html"
    write_page(make_report([run]), page)
    text = page.read_bytes().decode()
    assert r"m\xfcsik/caf\xe9" in text
    assert r"r\xfcn" in text
    # The command is kept as it is shown, and the clips are found by it.
    with read_run(run) as store:
        (session,) = store.rows(SESSIONS)
    assert session["command"].endswith(r"caf\xe9")
    assert find_clips(Path(session["command"].split()[-1])).clips == find_clips(clips).clips


def test_estimates_in_a_folder_whose_name_is_not_utf8(tmp_path: Path) -> None:
    for folder in ("ref", LATIN_1):
        sound(tmp_path / folder / "speech" / f"{LATIN_1}.wav", 1)
    run = tmp_path / "run"
    outcome = measure(f"folder:{LATIN_1}@6={tmp_path / LATIN_1}", tmp_path / "ref", run)
    assert outcome.failures == ()
    write_files(run)
    table = pd.read_csv(run / "results.csv").query("metric == 'l1'")
    assert table[["clip", "codec", "value"]].to_numpy().tolist() == [
        [r"speech/caf\xe9", r"folder:caf\xe9", 0.0]
    ]


def test_one_file_of_any_name_is_read_and_written(tmp_path: Path) -> None:
    audio = Audio(speechlike(0.1, 16000).T, 16000)
    for name in (LATIN_1, "n" * 251, "字" * 83):
        path = tmp_path / f"{name}.wav"
        write_wav(path, audio)
        np.testing.assert_array_equal(read_audio(path).samples, audio.samples)


def test_the_command_says_what_it_cannot_print(bench: Bench, tmp_path: Path) -> None:
    sound(tmp_path / f"{LATIN_1}.wav", 1)
    for encoding in ("utf-8", "latin-1"):
        done = bench(
            *("encode", "opus@24", f"{LATIN_1}.wav", f"{LATIN_1}.cbs"), PYTHONIOENCODING=encoding
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(r"caf\xe9.cbs: opus at 24 kbps")
    refused = bench("run", "--codecs", "opus@24", "--clips", os.fsdecode(b"n\xf6"))
    assert refused.returncode == 2
    assert refused.stderr.startswith(r"bench: n\xf6: no such folder or manifest of clips. See")


@pytest.mark.parametrize("name", ["n" * 251, "字" * 83])
def test_a_clip_with_the_longest_name_is_kept_and_scored(tmp_path: Path, name: str) -> None:
    sound(tmp_path / "clips" / f"{name}.wav", 1)
    outcome = measure("opus@24", tmp_path / "clips", tmp_path / "run", keep_audio=True)
    assert outcome.failures == ()
    assert len(list((tmp_path / "run" / "audio").rglob("*.wav"))) == 1


def test_audio_that_cannot_be_kept_costs_no_score(tmp_path: Path) -> None:
    clips, run = tmp_path / "clips", tmp_path / "run"
    for i in range(2):
        sound(clips / f"{i}.wav", i)
    measure("opus@24", clips, run)
    (run / "audio").touch()  # in the way of the folder
    outcome = measure("opus@32", clips, run, keep_audio=True)
    assert [failure.stage for failure in outcome.failures] == ["keep", "keep"]
    assert "cannot write" in outcome.failures[0].reason
    write_files(run)
    table = pd.read_csv(run / "results.csv").query("metric == 'l1'")
    assert len(table) == 4
    (run / "audio").unlink()
    again = measure("opus@32", clips, run, keep_audio=True)
    assert (again.failures, again.computed) == ((), 0)
    assert len(list((run / "audio").rglob("*.wav"))) == 2
    shutil.rmtree(run)


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--codecs", "opus@24", "--clips", "LONG"),
        ("run", "--codecs", "folder:x@24=LONG", "--clips", "."),
        ("run", "--codecs", "dac:LONG", "--clips", "."),
        ("score", "LONG", "."),
        ("score", ".", "LONG"),
        ("show", "LONG"),
        ("merge", "LONG", "--out", "all"),
        ("report", "LONG"),
        ("encode", "opus@24", "LONG", "out.cbs"),
        ("decode", "LONG", "out.wav"),
        ("check", "--baseline", "LONG", "--candidate", "."),
        ("listen", "create", "t", "--references", "LONG", "--folder", "a=."),
    ],
)
def test_a_name_that_no_file_can_have_is_refused_in_one_line(
    bench: Bench, tmp_path: Path, words: tuple[str, ...]
) -> None:
    sound(tmp_path / "one.wav", 1)
    done = bench(*[word.replace("LONG", "n" * 300) for word in words])
    assert done.returncode in ({3} if words[0] == "check" else {1, 2})
    assert "Traceback" not in done.stderr + done.stdout
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("bench: ")]
    assert "n" * 300 in line
    assert "File name too long" in line or "no such file" in line
