"""Real losses are found, and no loss is not: checkpoints that were damaged, and Opus."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import soundfile
import torch

from codecbench import builtin_clips
from codecbench.audio import read_audio
from codecbench.clips import find_clips
from codecbench.codecs.dac_weights import SHIPPED
from codecbench.dac.checkpoint import load_checkpoint, save_checkpoint
from codecbench.dac.model import DAC
from codecbench.names import parse_codec_name
from codecbench.plan import Request, lay_plan
from codecbench.reports.check.candidate import Effort
from codecbench.reports.check.checking import (
    Measuring,
    check_checkpoints,
    check_codec,
    check_run,
    read_side,
)
from codecbench.reports.check.settings import Settings, Tolerance
from codecbench.reports.check.verdict import Verdict
from codecbench.run import execute
from codecbench.store import open_run

SECONDS = 2.0
EFFORT = Effort(jobs=1, open_executor=ThreadPoolExecutor)  # no process to start: torch is here


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pieces of the built-in clips."""
    folder = tmp_path_factory.mktemp("pieces")
    builtin_clips.write_missing(folder / "whole")
    (folder / "cut").mkdir()
    for i, path in enumerate(sorted((folder / "whole").rglob("*.wav"))):
        audio = read_audio(path)
        length = round(SECONDS * audio.sample_rate_hz)
        for part in range(1 + i % 2):
            piece = audio.samples[0, part * length : (part + 1) * length]
            name = f"{path.stem}-{part}.wav"
            soundfile.write(folder / "cut" / name, piece, audio.sample_rate_hz)
    return folder / "cut"


def _measure(codecs: str, clips: Path, out: Path, *, kbps: tuple[float, ...]) -> Path:
    request = Request(
        codecs=(parse_codec_name(codecs),),
        bitrates_bps=tuple(1000 * rate for rate in kbps),
        clips=clips,
        metrics=("mel", "si_sdr"),
    )
    with open_run(out) as store:
        command = f"bench run --codecs {codecs} --clips {clips}"
        execute(
            lay_plan(request, find_clips(clips)),
            store,
            command,
            jobs=1,
            timing=False,
            open_executor=ThreadPoolExecutor,
        )
    return out


@pytest.fixture(scope="module")
def dac_run(pieces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that ships, at two points."""
    return _measure("dac:small", pieces, tmp_path_factory.mktemp("dac") / "run", kbps=(4.3, 7.7))


def _check(run: Path, checkpoint: Path) -> Verdict:
    how = Measuring(run.parent / "check", effort=EFFORT)
    return check_checkpoints(read_side(run), [checkpoint], measuring=how)[0]


def _damaged(change: Callable[[DAC], object], path: Path) -> Path:
    model = load_checkpoint(SHIPPED)
    with torch.no_grad():
        change(model)
    save_checkpoint(model, path)
    return path


@pytest.mark.slow
def test_a_checkpoint_passes_against_itself(dac_run: Path) -> None:
    verdict = _check(dac_run, SHIPPED)
    assert verdict.outcome == "pass"
    assert all(cell.is_identical for cell in verdict.cells)
    assert len(verdict.cells) == 2 * 4 + 9


@pytest.mark.slow
def test_a_last_codebook_of_zeros_is_found_and_named(dac_run: Path, tmp_path: Path) -> None:
    def zero(model: DAC) -> None:
        model.state_dict()["quantizer.quantizers.8.codebook.weight"].zero_()

    verdict = _check(dac_run, _damaged(zero, tmp_path / "zeroed.pth"))
    assert verdict.exit_status == 1
    # Only the point that has the last codebook is worse, and the codebook is named.
    found = {cell.name for cell in verdict.having("regression")}
    assert "dac:small@7.752 codebook_efficiency[9]" in found
    assert {name.split()[0] for name in found} == {"dac:small@7.752"}
    lower = [cell for cell in verdict.cells if cell.pairing.quantity.point == "4.307"]
    assert all(cell.is_identical for cell in lower)


@pytest.mark.slow
def test_weights_of_six_bits_are_found(dac_run: Path, tmp_path: Path) -> None:
    def round_to_six_bits(model: DAC) -> None:
        for weight in model.state_dict().values():
            if weight.ndim > 1:
                step = weight.abs().max() / 31
                weight.copy_((weight / step).round() * step)

    verdict = _check(dac_run, _damaged(round_to_six_bits, tmp_path / "six.pth"))
    assert verdict.exit_status == 1
    assert {"mel", "si_sdr"} & {c.pairing.quantity.metric for c in verdict.having("regression")}
    for cell in verdict.having("regression"):
        assert cell.mean > cell.pairing.tolerance
        assert cell.low > 0


@pytest.mark.slow
def test_opus_at_lower_complexity_is_found_by_a_tight_tolerance(
    pieces: Path, tmp_path: Path
) -> None:
    run = _measure("opus,complexity=10", pieces, tmp_path / "ten", kbps=(16, 32))
    name = parse_codec_name("opus,complexity=0")
    how = Measuring(tmp_path / "check", effort=EFFORT)
    tight = Settings({**Settings().tolerances, "mel": Tolerance(0.005)})
    verdict = check_codec(read_side(run), name, tight, measuring=how)
    assert verdict.exit_status == 1
    assert "opus@16 mel" in {cell.name for cell in verdict.having("regression")}
    # What was measured is a run like any other, and gives the same verdict from there.
    again = check_run(run, tmp_path / "check", tight)
    assert [cell.mean for cell in again.cells] == [cell.mean for cell in verdict.cells]
    assert check_run(run, run).outcome == "pass"
