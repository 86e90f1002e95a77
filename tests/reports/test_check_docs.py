"""What docs/check.md shows: its commands run in their order, its code and its file are sound."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import soundfile
import torch
from conftest import ROOT, Bench, speechlike

from codecbench.dac.checkpoint import save_checkpoint
from codecbench.dac.config import DACConfig
from codecbench.dac.model import DAC
from codecbench.reports.check.settings import DEFAULTS, Tolerance, read_settings

PAGE = (ROOT / "docs" / "check.md").read_text()
COMMANDS = [line.strip() for line in PAGE.splitlines() if line.startswith("    bench ")]
TINY = DACConfig(encoder_dim=4, encoder_rates=(8,) * 3, decoder_dim=16, decoder_rates=(8,) * 3)


@pytest.mark.slow
@pytest.mark.timeout(900)  # ten commands, each a process of its own that starts others
def test_the_commands_in_their_order(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my/clips/music").mkdir(parents=True)
    for i in range(5):
        path = tmp_path / f"my/clips/music/{i}.wav"
        soundfile.write(path, speechlike(0.3, 44100, seed=i), 44100)
    run = "run --bitrates 12 --clips my/clips --metrics mel,stft --no-timing --out runs/first"
    assert bench(*run.split(), "--codecs", "opus,mp3").returncode == 0
    (tmp_path / "runs/mine").mkdir(parents=True)
    torch.manual_seed(0)
    save_checkpoint(DAC(TINY), tmp_path / "runs/mine/weights.pth", {"steps": 1000})
    # The page speaks of this run before it says how it is made.
    (made,) = (command for command in COMMANDS if re.match("bench run.* runs/mine-base", command))
    assert bench(*shlex.split(made)[1:], "--no-timing").returncode == 0
    for command in COMMANDS:
        done = bench(*shlex.split(command)[1:], "--jobs", 1)
        assert done.returncode in (0, 1, 2), f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, command
        if "--save-baseline" in command or "--checkpoint" in command:
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "check.html").exists()
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(snippet, "document", "exec"), names)
    assert names["worse"] == []


def test_every_option_is_named_as_it_is(bench: Bench) -> None:
    shown = bench("check", "--help").stdout
    ours = set(re.findall(r"(?<![-\w])--[a-z][a-z-]+", PAGE))
    others = {"--nproc-per-node", "--data", "--body-file", "--bitrates", "--codecs", "--clips"}
    for option in ours - others:
        assert option in shown, option


def test_the_file_of_tolerances_and_the_table_of_defaults(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "check.toml").write_text(text)
    settings = read_settings(tmp_path / "check.toml", [])
    assert settings.tolerance("opus", "6", "mel") == Tolerance(0.05)
    said = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+%?) ", PAGE, re.MULTILINE))
    for metric, amount in said.items():
        assert amount == str(DEFAULTS[metric]), metric
    named = {*said, "si_sdr_side", *re.findall(r"`(\w+)` (?:is|0\.)", PAGE)}
    assert named >= DEFAULTS.keys()
