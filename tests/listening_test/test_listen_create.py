"""`bench listen create` on a run that Opus made, in processes as a user would start them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import Bench, speechlike
from small_runs import failure

from codecbench import coding, load
from codecbench.codecs.table import create_codec
from codecbench.container import unpack_file
from codecbench.errors import ListeningTestError, StoreError, UsageError
from codecbench.listening_test.run_source import RunSource
from codecbench.listening_test.test_reading import read_test
from codecbench.schema import CLIPS, FAILURES, SESSIONS
from codecbench.store import open_run

pytestmark = pytest.mark.slow

FEW = ("--depart", "a test of the program", "--clips", "2")


@pytest.fixture
def run(bench: Bench, tmp_path: Path) -> Path:
    """A run of Opus at three bitrates on three clips, one stereo, with a manifest."""
    folder = tmp_path / "clips"
    rows = ["path,category,licence,source"]
    for i, (name, rate_hz, channels) in enumerate(
        (("one", 16000, 1), ("two", 44100, 2), ("three", 44100, 1))
    ):
        path = folder / f"{name}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, speechlike(2.3, rate_hz, seed=i, channels=channels), rate_hz)
        rows.append(f"{name}.wav,speech,CC0,nowhere")
    (folder / "manifest.csv").write_text("\n".join(rows))
    done = bench(
        *("run", "--codecs", "opus,opus,vbr=cbr@24", "--bitrates", "12,24,48", "--clips", folder),
        *("--metrics", "l1", "--no-timing", "--jobs", "1", "--out", "r"),
    )
    assert done.returncode == 0, done.stderr
    return tmp_path / "r"


def test_from_a_run(bench: Bench, run: Path, tmp_path: Path) -> None:
    done = bench(
        *("listen", "create", "t", "--run", "r", "--conditions", "opus@22,opus,vbr=cbr@24"),
        *(*FEW, "--published", "--headphones", "gate", "--completion-code", "C-1", "--seed", "4"),
    )
    assert done.returncode == 0, done.stderr
    test = read_test(tmp_path / "t")
    names = [condition.name for condition in test.conditions]
    assert names == ["opus@24", "opus,vbr=cbr@24", "reference", "anchor35", "anchor70"]
    assert test.pages.headphone_check == "gate"
    assert test.pages.completion_code == "C-1"
    assert "--conditions opus@22,opus,vbr=cbr@24" in test.command
    assert (tmp_path / "t" / "LICENCES.md").read_text().count("CC0") == 3
    # The bitrate is Σ bits / Σ seconds over the items, as the run's own rows have it.
    rows = load(run).query("metric == 'bitrate_bps' and codec == 'opus'")
    rows = rows[
        (rows.bitrate_nominal_bps == 24000) & rows["clip"].isin([i.clip for i in test.items])
    ]
    expected = (rows.value * rows.duration_s).sum() / rows.duration_s.sum()
    assert test.conditions[0].bitrate_bps == pytest.approx(expected)
    assert "--depart" in test.command


def test_its_sound_is_the_bitstream_decoded(bench: Bench, run: Path, tmp_path: Path) -> None:
    done = bench(
        *("listen", "create", "t", "--run", "r", "--conditions", "opus@48,opus@12", "--clips"),
        *("one,three", "--training", "two", "--rate", "44100", "--depart", "few"),
    )
    assert done.returncode == 0, done.stderr
    test = read_test(tmp_path / "t")
    item = next(item for item in test.items if item.clip == "three")
    row = load(run).query("`clip` == 'three' and codec == 'opus' and bitrate_nominal_bps == 12000")
    key = str(row.encoding_key.iloc[0])
    data = (run / "bitstreams" / key[:2] / f"{key}.cbs").read_bytes()
    decoded = coding.decode(create_codec("opus", "", {}, "cpu"), unpack_file(data, key)[1])
    stimulus = next(s for s in item.stimuli if s.condition == "opus@12")
    sound, rate_hz = soundfile.read(tmp_path / "t" / stimulus.file)
    assert rate_hz == 44100
    expected = decoded.samples[0] * 10 ** (item.gain_db / 20)
    middle = slice(1000, -1000)  # between the fades
    assert np.abs(sound[middle] - expected[middle]).max() < 2 / 32768
    assert test.channels == 1


def test_refusals(bench: Bench, run: Path, tmp_path: Path) -> None:
    def refused(*words: str, status: int = 2) -> str:
        done = bench("listen", "create", "t", *words)
        assert done.returncode == status, done.stderr
        assert not (tmp_path / "t").exists()
        assert not list(tmp_path.glob(".part*"))
        return done.stderr

    of_run = ("--run", "r", "--conditions")
    holds = "The run holds opus@12, opus@24, opus@48, opus,vbr=cbr@24"
    assert holds in refused(*of_run, "mp3@24", *FEW)
    assert holds in refused(*of_run, "opus@96", *FEW)
    assert holds in refused(*of_run, "opus", *FEW)
    assert "answers two conditions by opus@24" in refused(*of_run, "opus@22,opus@24", *FEW)
    assert "give --run RUN" in refused(*FEW)
    assert "--depart REASON" in refused(*of_run, "opus@24", "--clips", "2", status=1)
    assert "is not a run" in refused("--run", "no", "--conditions", "opus@24")


def test_clips_that_are_elsewhere_or_changed(bench: Bench, run: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    (tmp_path / "clips").rename(moved)
    words = ("listen", "create", "t", "--run", "r", "--conditions", "opus@24,opus@12", *FEW)
    lost = bench(*words)
    assert lost.returncode == 1
    said = f"was not found in {tmp_path / 'clips'}: give --run-clips FOLDER"
    assert said in lost.stderr
    assert bench(*words, "--run-clips", "moved").returncode == 0
    louder(moved / "one.wav")
    (moved / "manifest.csv").unlink()
    (moved / "three.wav").unlink()
    source = RunSource(run, ["opus@24"], moved)
    assert [clip.name for clip in source.clips] == ["two"]
    assert "is not the clip one that the run coded" in source.lacking["one"]
    assert "the clip three of the run was not found" in source.lacking["three"]
    louder(moved / "two.wav")
    with pytest.raises(StoreError, match="is not the clip one that the run coded"):
        RunSource(run, ["opus@24"], moved)


def louder(path: Path) -> None:
    sound, rate_hz = soundfile.read(path)
    soundfile.write(path, 0.9 * sound, rate_hz)


def test_what_the_run_itself_lacks_is_named(run: Path, tmp_path: Path) -> None:
    with open_run(run) as store:
        row = dict(store.rows(SESSIONS)[-1]) | {
            "id": "later",
            "skipped": [
                {"kind": "clip", "what": "clips/four.wav", "reason": "truncated"},
                {"kind": "clip", "what": "clips/one.wav", "reason": "was mended since"},
                {"kind": "codec", "what": "dac", "reason": "its weights are not here"},
            ],
        }
        store.add(SESSIONS, [row])
        three = next(row["clip_hash"] for row in store.rows(CLIPS) if row["clip"] == "three")
        failed = failure("three", "opus", "24", reason="the codec fell over")
        store.add(FAILURES, [failed | {"clip_hash": three}])
    with closing(sqlite3.connect(run / "run.sqlite")) as connection, connection:
        here = "DELETE FROM encodings WHERE clip_hash = ? AND codec = 'opus'"
        connection.execute(here, (three,))
    source = RunSource(run, ["opus@24"], tmp_path / "clips")
    assert source.lacking == {
        "clips/four.wav": "the run skipped it: truncated",
        "three": "the run holds no opus@24 of it (the codec fell over)",
    }
    assert [clip.name for clip in source.clips] == ["one", "two"]


def test_a_bitstream_that_is_gone_is_told_with_its_clip(run: Path, tmp_path: Path) -> None:
    for path in (run / "bitstreams").rglob("*.cbs"):
        path.unlink()
    source = RunSource(run, ["opus@24"], tmp_path / "clips")
    with pytest.raises(ListeningTestError, match="opus@24 of one: the run's bitstream"):
        source.sounds(source.clips[0])


def test_layouts_and_clips_that_lack_a_condition(bench: Bench, run: Path, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    (clips / "one.wav").rename(tmp_path / "one.wav")
    (clips / "manifest.csv").unlink()
    done = bench(
        *("run", "--codecs", "opus", "--bitrates", "24,64", "--clips", clips, "--channels", "keep"),
        *("--metrics", "l1", "--no-timing", "--jobs", "1", "--out", "r"),
    )
    assert done.returncode == 0, done.stderr
    with pytest.raises(UsageError, match="holds two both mono and stereo: give --channels"):
        RunSource(run, ["opus@24"], clips)
    both = RunSource(run, ["opus@24", "opus@64"], clips, "keep")
    assert {clip.name: clip.channels for clip in both.clips} == {"two": 2, "three": 1}
    assert both.lacking == {"one": "the run holds no opus@64 of it"}
    stereo = next(clip for clip in both.clips if clip.name == "two")
    assert both.sounds(stereo).conditions["opus@24"].channels == 2
    assert {clip.channels for clip in RunSource(run, ["opus@24"], clips, "mono").clips} == {1}


def test_audio_decoded_elsewhere_comes_from_the_run(bench: Bench, tmp_path: Path) -> None:
    for folder, scale in (("clips", 1.0), ("mine", 0.8)):
        (tmp_path / folder).mkdir()
        for i in range(3):
            path = tmp_path / folder / f"{i}.wav"
            soundfile.write(path, scale * speechlike(2.1, 24000, seed=i), 24000, subtype="FLOAT")
    done = bench(
        *("run", "--codecs", "folder:mine@6=mine", "--clips", "clips", "--metrics", "l1"),
        *("--no-timing", "--jobs", "1", "--out", "r"),
    )
    assert done.returncode == 0, done.stderr
    for path in (tmp_path / "mine").iterdir():
        path.unlink()
    made = bench("listen", "create", "t", "--run", "r", "--conditions", "folder:mine@6", *FEW)
    assert made.returncode == 0, made.stderr
    test = read_test(tmp_path / "t")
    assert test.conditions[0].name == "folder:mine@6"
    assert test.conditions[0].bitrate_bps is None
    item = test.items[0]
    files = {s.condition: soundfile.read(tmp_path / "t" / s.file)[0] for s in item.stimuli}
    assert np.abs(files["folder:mine@6"] - 0.8 * files["reference"]).max() < 4 / 32768


def test_the_group_of_commands(bench: Bench) -> None:
    shown = bench("listen", "--help")
    assert shown.returncode == 0
    assert "create" in shown.stdout
    assert "power" in shown.stdout
    wrong = bench("listen", "creat")
    assert wrong.returncode == 2
    assert 'Did you mean "create"?' in wrong.stderr
    power = bench(
        *("listen", "power", "--difference", "15", "--primary", "t", "--simulations", "100")
    )
    assert power.returncode == 0, power.stderr
    assert "raters find it with power 0." in power.stdout
