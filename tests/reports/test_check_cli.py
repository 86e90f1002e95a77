"""`bench check` as CI calls it: exit status, files, candidates that are measured on the spot."""

from __future__ import annotations

import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import soundfile
from conftest import Bench, speechlike

from codecbench.clips import find_clips
from codecbench.names import parse_codec_names
from codecbench.plan import Request, lay_plan
from codecbench.run import execute
from codecbench.store import open_run


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four clips and runs of Opus on them, at two complexities."""
    folder = tmp_path_factory.mktemp("stored")
    (folder / "clips").mkdir()
    for i in range(4):
        soundfile.write(folder / "clips" / f"{i}.wav", speechlike(0.7, 16000, seed=i), 16000)
    for name, codec in (("base", "opus"), ("fast", "opus,complexity=0")):
        request = Request(parse_codec_names([codec]), (12000.0, 24000.0), metrics=("mel", "l1"))
        with open_run(folder / "runs" / name) as store:
            plan = lay_plan(request, find_clips(folder / "clips"))
            command = f"bench run --codecs {codec} --clips clips"
            execute(plan, store, command, 1, timing=False, open_executor=ThreadPoolExecutor)
    return folder


@pytest.fixture
def runs(stored: Path, tmp_path: Path) -> Path:
    """A copy of them, where `bench` runs."""
    shutil.copytree(stored, tmp_path, dirs_exist_ok=True)
    return tmp_path / "runs"


def test_a_run_against_itself_another_one_and_a_file(bench: Bench, runs: Path) -> None:
    done = bench("check", "--baseline", "runs/base", "--candidate", "runs/base")
    assert done.returncode == 0, done.stderr
    assert "all 6 cells are identical" in done.stdout
    # Four clips are too few to judge a difference.
    files = [f"--{kind}={kind}.out" for kind in ("markdown", "junit", "json", "html")]
    done = bench("check", "--baseline", "runs/base", "--candidate", "runs/fast", *files)
    assert done.returncode == 2, done.stderr
    assert "4 clips; at least 5" in " ".join(done.stdout.split())
    assert json.loads((runs.parent / "json.out").read_text())["exit_status"] == 2
    done = bench("check", "--baseline", "runs/base", "--save-baseline", "base.json")
    assert done.returncode == 0, done.stderr
    again = bench("check", "--baseline", "base.json", "--candidate", "runs/fast", "--json=two.out")
    assert again.returncode == 2
    one, two = (json.loads((runs.parent / f"{name}.out").read_text()) for name in ("json", "two"))
    assert one["cells"] == two["cells"]


def test_a_codec_is_measured_as_the_baseline_was_and_only_once(bench: Bench, runs: Path) -> None:
    check = ("check", "--baseline", "runs/base", "--codec", "opus,complexity=0")
    done = bench(*check, "--json", "a.json")
    assert done.returncode == 2, done.stderr
    measured = json.loads((runs.parent / "a.json").read_text())
    assert {cell["point"] for cell in measured["cells"]} == {"12", "24"}
    run = runs / "check" / "run.sqlite"
    with sqlite3.connect(run) as database:
        before = database.execute("select * from scores order by encoding_key, metric").fetchall()
    assert bench(*check, "--json", "b.json").returncode == 2
    with sqlite3.connect(run) as database:
        after = database.execute("select * from scores order by encoding_key, metric").fetchall()
    assert before == after
    read = bench("check", "--baseline", "runs/base", "--candidate", "runs/fast", "--json", "c.json")
    assert read.returncode == 2
    stored = json.loads((runs.parent / "c.json").read_text())
    assert stored["cells"] == measured["cells"]


def test_clips_that_moved_are_asked_for(bench: Bench, runs: Path, stored: Path) -> None:
    (runs.parent / "clips").rename(runs.parent / "elsewhere")
    check = ("check", "--baseline", "runs/base", "--codec", "opus")
    assert bench(*check).returncode == 0  # they still lie where the run found them
    (stored / "clips").rename(stored / "away")
    try:
        done = bench(*check)
    finally:
        (stored / "away").rename(stored / "clips")
    assert done.returncode == 3
    assert "4 of 4 clips of the baseline were not found" in done.stderr
    assert "--run-clips" in done.stderr
    assert bench(*check, "--run-clips", "elsewhere").returncode == 0


WRONG = [
    (["--candidate", "nothing"], "not a run"),
    (["--candidate", "runs/base", "--codec", "opus"], "say what to judge"),
    ([], "say what to judge"),
    (["--candidate", "runs/base", "--tolerance", "mell=1"], 'Did you mean "mel"'),
    (["--candidate", "runs/base", "--metrics", "visqol"], "the baseline has no visqol"),
    (["--candidate", "runs/base", "--match", "mp3"], "--match"),
    (["--candidate", "runs/base", "--tolerances", "no.toml"], "no.toml"),
    (["--candidat", "runs/base"], 'Did you mean "--candidate"'),
    (["--candidate", "runs/base", "--jobs", "x"], "not a whole number"),
    (["--checkpoint", "none.pth"], "none.pth"),
    (["--codec", "opuz"], 'Did you mean "opus"'),
]


@pytest.mark.slow
def test_what_is_wrong_is_no_verdict(bench: Bench, bench_process: Bench, runs: Path) -> None:
    for options, said in WRONG:
        done = bench("check", "--baseline", "runs/base", *options)
        assert done.returncode == 3, (options, done.stdout, done.stderr)
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    # A fault of the program itself must not look like a regression, as which Python exits.
    sitecustomize = runs.parent / "sitecustomize.py"
    sitecustomize.write_text(
        "import codecbench.reports.check.judging as j\n"
        "def broken(*a): raise RuntimeError('a fault')\nj.judge = broken\n"
    )
    done = bench_process(
        *("check", "--baseline", "runs/base", "--candidate", "runs/base"),
        PYTHONPATH=str(runs.parent),
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "RuntimeError: a fault" in done.stderr
