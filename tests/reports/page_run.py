"""A small run with hostile names, and the page of its report, for the tests of the page."""

from __future__ import annotations

import shutil
from pathlib import Path

import soundfile
from bench_command import in_this_process
from conftest import TOYS, speechlike

EVIL_CODEC = "</script><img src onerror x>&\"'{{7*7}}"
EVIL_CLIP = "<img src=x onerror=alert(1)>&amp;\"'{{7*7}}"
CLIPS = (
    ("speech/one", 16000, 1, 0.6),
    ("speech/two", 44100, 1, 0.6),
    (f"speech/{EVIL_CLIP}", 44100, 1, 0.5),
    ("music/four", 48000, 2, 0.6),
    ("music/five", 44100, 1, 0.6),
    ("music/six", 44100, 1, 0.6),
)


def write_run(folder: Path) -> Path:
    """A run of Opus, MP3 and of audio from a folder whose name would be a script, timed."""
    clips, decoded = folder / "clips", folder / "decoded"
    for i, (name, rate_hz, channels, duration_s) in enumerate(CLIPS):
        sound = speechlike(duration_s, rate_hz, seed=i, channels=channels)
        for place, gain in ((clips, 0.9), (decoded, 2.4)):
            path = place / f"{name}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, gain * sound, rate_hz, subtype="FLOAT")
    evil = f"folder:{EVIL_CODEC}@20={decoded}"
    codecs = f"opus@8,opus@16,opus@32,opus@64,mp3@16,mp3@32,mp3@48,mp3@64,{evil}"
    command = ["run", "--codecs", codecs, "--clips", "clips", "--metrics", "mel,si_sdr"]
    environment = {"CODECBENCH_OFFLINE": "1", "CODECBENCH_CACHE": str(folder / "none")}
    done = in_this_process([*command, "--out", "run"], environment, folder, TOYS)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(decoded)
    return folder / "run"
