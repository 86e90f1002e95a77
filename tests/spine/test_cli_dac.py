"""The command line's own ways with DAC: `.dac` files, and exports of trainings."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from conftest import Bench, speechlike
from spread_weights import SMALL, spread_model

from codecbench.cli import bench as command_line
from codecbench.dac.checkpoint import load_checkpoint, load_metadata, save_checkpoint, save_folded
from codecbench.dac.dac_file import read_dac_file, write_dac_file
from codecbench.errors import BitstreamError, UsageError, WeightsError

KBPS = 44100 / SMALL.hop_length * 8 * 3 / 1000
"""Of three of its codebooks of 256 entries, for one channel."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkpoint, a run folder, and half a second of stereo at 48 kHz."""
    folder = tmp_path_factory.mktemp("made")
    model = spread_model(SMALL, fit_samples=60_000)
    save_checkpoint(model, folder / "own.pth")
    (folder / "run").mkdir()
    save_checkpoint(model, folder / "run" / "weights.pth", {"steps": 7})
    soundfile.write(folder / "in.wav", speechlike(0.5, 48000, channels=2), 48000)
    return folder


@pytest.fixture
def place(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(made)
    return made


def call(*arguments: str) -> str:
    """What the command prints; errors come as they are raised."""
    done = CliRunner().invoke(command_line, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.slow
def test_a_dac_file_there_and_back(place: Path) -> None:
    point = f"dac:own.pth@{2 * KBPS:.4g}"
    said = call("encode", point, "in.wav", "new/out.dac", "--codes", "c.npy")
    file = read_dac_file(place / "new" / "out.dac")
    frames = file.codes.shape[2]
    assert file.codes.shape[:2] == (2, 3)
    assert 0 <= frames - 22050 / SMALL.hop_length < 2
    assert (file.sample_rate, file.original_length) == (48000, 24000)
    np.testing.assert_array_equal(np.load(place / "c.npy"), file.codes.reshape(6, frames))
    size = (place / "new" / "out.dac").stat().st_size
    assert f"{size} bytes" in said
    assert f"take {6 * frames} (a .dac file stores 16 bits a code, not 8)" in said

    said = call("decode", "new/out.dac", "deep/er/out.wav", "--codec", "dac:own.pth")
    heard, rate_hz = soundfile.read(place / "deep" / "er" / "out.wav")
    assert (heard.shape, rate_hz) == ((24000, 2), 48000)
    assert "0.50 s, 48000 Hz, 2 channels" in said
    # The fast path and the model itself decode the same codes to the same audio, but for rounding.
    call("decode", "new/out.dac", "again.wav", "--codec", "dac:own.pth,path=reference")
    again, _ = soundfile.read(place / "again.wav")
    assert 0 < np.abs(heard - again).max() < 1e-4
    call(
        "encode",
        point.replace(f"{2 * KBPS:.4g}", f"{KBPS:.4g}"),
        "in.wav",
        "m.dac",
        "--channels",
        "mono",
    )
    assert read_dac_file(place / "m.dac").channels == 1


def test_files_coded_without_padding_are_decoded_too(place: Path) -> None:
    call("encode", f"dac:own.pth@{2 * KBPS:.4g}", "in.wav", "padded.dac")
    file = read_dac_file(place / "padded.dac")
    codes = np.tile(file.codes, (1, 1, 4))
    long = replace(file, codes=codes, chunk_length=codes.shape[2], padding=False)
    write_dac_file(place / "long.dac", long)
    call("decode", "long.dac", "long.wav", "--codec", "dac:own.pth")
    assert soundfile.info(place / "long.wav").frames == 24000


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("encode", "opus@24", "in.wav", "o.dac"), UsageError, r"opus has no \.dac"),
        (("encode", "lyra@6", "in.wav", "o.DAC"), UsageError, r"lyra has no \.dac"),
        (("decode", "x.dac", "o.wav"), UsageError, r"--codec dac:24khz"),
        (("decode", "x.dac", "o.wav", "--codec", "opus"), UsageError, r"opus has no \.dac"),
        (("decode", "x.dac", "o.wav", "--codec", "dac@6"), UsageError, "leave @"),
        (("decode", "x.dac", "o.wav", "--codec", "dac:own.pth"), BitstreamError, r"x\.dac"),
        (("decode", "x.cbs", "o.wav", "--codec", "opus"), UsageError, r"\.dac files alone"),
        (("export", "nowhere", "o.pth"), WeightsError, "nowhere"),
        (("export", ".", "o.pth"), WeightsError, r"without weights\.pth"),
        (("export", "run", "o.pt"), UsageError, r"suffix \.pth"),
        (("export", "run", "run/weights.pth"), UsageError, "the checkpoint itself"),
        (("export", "in.wav", "o.pth"), WeightsError, r"in\.wav: not a checkpoint"),
    ],
)
def test_what_cannot_be_is_said(
    place: Path, arguments: tuple[str, ...], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        call(*arguments)
    assert not list(place.glob("o.*"))


def test_a_file_of_another_model_is_named(place: Path) -> None:
    save_checkpoint(spread_model(replace(SMALL, n_codebooks=1), fit_samples=9000), Path("one.pth"))
    call("encode", f"dac:own.pth@{2 * KBPS:.4g}", "in.wav", "other.dac")
    with pytest.raises(BitstreamError, match=r"other\.dac: .*3 codebooks"):
        call("decode", "other.dac", "out.wav", "--codec", "dac:one.pth")


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--folded",), ("--float32",), ("--folded", "--float32")])
def test_the_codec_of_a_training_is_exported(place: Path, options: tuple[str, ...]) -> None:
    said = call("export", "run", "exports/mine.pth", *options)
    path = place / "exports" / "mine.pth"
    exported = load_checkpoint(path)
    assert load_metadata(path) == {"steps": 7}
    assert all(p.requires_grad for p in exported.parameters()) == ("--folded" not in options)
    share = path.stat().st_size / (place / "run" / "weights.pth").stat().st_size
    assert (share > 0.9) == ("--float32" in options)
    assert re.search("float32" if "--float32" in options else "float16", said)
    assert ("for use by codecbench alone" in said) == ("--folded" in options)
    assert f"{path.stat().st_size / 1e6:.2f} MB" in said
    assert "44100 Hz, 5 codebooks of 256" in said
    assert "7 steps of training" in said


def test_what_is_folded_stays_so(place: Path) -> None:
    save_folded(load_checkpoint(place / "own.pth"), place / "folded.pth")
    with pytest.raises(UsageError, match="--folded"):
        call("export", "folded.pth", "unfolded.pth")
    call("export", "folded.pth", "again.pth", "--folded", "--float32")
    assert not (place / "unfolded.pth").exists()


@pytest.mark.slow
def test_a_run_folder_is_measured(bench: Bench, place: Path, tmp_path: Path) -> None:
    run = place / "run"
    (tmp_path / "clips").mkdir()
    soundfile.write(tmp_path / "clips" / "a.wav", speechlike(0.4, 44100), 44100)
    measured = ("--metrics", "l1", "--jobs", "1", "--no-timing", "--clips", "clips", "--out", "r")
    done = bench("run", "--codecs", f"dac:{run}@{KBPS:.4g}", *measured)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"dac:{run}" in (tmp_path / "r" / "results.csv").read_text()
