"""Excerpts of a training: the physics of their preparation, and files that break."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from audio_folders import RATE_HZ, Floats, indexed, noise, tone, write
from scipy import signal

from codecbench.dac.loudness import integrated_loudness_lufs
from codecbench.dac.training.excerpts import Excerpts, shift_phase, validation_excerpts
from codecbench.dac.training.recipe import DataConfig
from codecbench.dac.training.sources import Index
from codecbench.errors import AudioError

PLAIN = DataConfig(phase_shift=False)
SAMPLES = 6080


def excerpts_of(
    folder: Path, config: DataConfig = PLAIN, samples: int = SAMPLES, seed: int = 0
) -> Excerpts:
    return Excerpts(indexed(folder), config, RATE_HZ, samples, seed)


def test_a_tone_is_brought_to_the_loudness(tmp_path: Path) -> None:
    # BS.1770: a sine of 997 Hz at full scale has -3.01 LUFS, so -16 LUFS are a peak of -12.99 dB.
    write(tmp_path / "a.wav", 0.2 * tone(997, 5))
    for config in (PLAIN, DataConfig()):
        audio, failed = excerpts_of(tmp_path, config, samples=RATE_HZ)[0]
        assert audio.shape == (1, RATE_HZ)
        assert audio.dtype == torch.float32
        assert failed == ()
        inside = audio[0, 1000:-1000]
        assert 20 * np.log10(float(inside.abs().max())) == pytest.approx(-12.99, abs=0.06)


def test_the_peak_forbids_more(tmp_path: Path) -> None:
    clicks = 1e-3 * noise(4)
    clicks[::2000] = 0.1
    write(tmp_path / "a.wav", clicks)
    excerpts = excerpts_of(tmp_path)
    for n in range(5):
        audio = excerpts[n].audio.numpy()
        assert np.abs(audio).max() == pytest.approx(1, abs=1e-6)
        assert integrated_loudness_lufs(audio, RATE_HZ) < -16.1


@pytest.mark.parametrize("angle_rad", [-3.0, -0.7, 0.4, np.pi / 2, np.pi])
@pytest.mark.parametrize("frequency_hz", [180.0, 1013.0, 6000.0])
def test_the_phase_of_a_sine_is_shifted(angle_rad: float, frequency_hz: float) -> None:
    margin, n = 800, 6080
    phase = 2 * np.pi * frequency_hz * np.arange(-margin, n + margin) / RATE_HZ
    shifted = shift_phase(np.sin(phase).astype(np.float32), angle_rad, margin)
    expected = np.sin(phase[margin:-margin] + angle_rad)
    assert shifted.shape == (n,)
    # The fading margins sound as sidelobes: 2e-2 at the very edge of 180 Hz, less elsewhere.
    assert np.abs(shifted - expected).max() < 0.03
    assert np.abs(shifted - expected)[200:-200].max() < 0.003


def test_a_phase_shift_changes_no_magnitude() -> None:
    # Zeros around it as for a short sound in a silent file: then there is no edge to fade.
    samples = np.zeros(8192, dtype=np.float32)
    samples[3000:4000] = noise(1)[:1000]
    shifted = shift_phase(samples, 1.1, 0)
    before, after = np.abs(np.fft.rfft(samples)), np.abs(np.fft.rfft(shifted))
    np.testing.assert_allclose(after[1:-1], before[1:-1], atol=1e-4 * before.max())
    assert np.abs(shifted - samples).max() > 0.05


def test_excerpts_are_shifted_by_angles_of_all_sizes(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", noise(5))
    shifted, plain = excerpts_of(tmp_path, DataConfig()), excerpts_of(tmp_path)
    angles = []
    for n in range(40):
        analytic = signal.hilbert(plain[n].audio[0].numpy())[500:-500]
        real, imaginary = analytic.real, analytic.imag
        inside = shifted[n].audio[0].numpy()[500:-500]
        cosine, sine = (inside @ x / (x @ x) for x in (real, -imaginary))
        assert np.hypot(cosine, sine) == pytest.approx(1, abs=0.02)
        # What is left is the plain one's edges, which come from a circular transform here.
        rest = inside - cosine * real + sine * imaginary
        assert rest.std() < 0.05 * inside.std()
        angles.append(np.arctan2(sine, cosine))
    assert np.histogram(angles, 4, (-np.pi, np.pi))[0].min() >= 4


def test_excerpts_come_from_all_over_the_file(tmp_path: Path) -> None:
    # A tone that rises from 500 to 7500 Hz tells the place by its frequency.
    time_s = np.arange(20 * RATE_HZ) / RATE_HZ
    write(tmp_path / "a.wav", 0.1 * np.sin(2 * np.pi * (500 * time_s + 175 * time_s**2)))
    excerpts = excerpts_of(tmp_path)
    bins = [np.abs(np.fft.rfft(excerpts[n].audio[0].numpy())).argmax() for n in range(200)]
    places = (np.array(bins) * RATE_HZ / SAMPLES - 500) / 7000
    counts, _ = np.histogram(places, bins=4, range=(0, 1))
    assert counts.min() > 30


def test_the_gate_avoids_silence(tmp_path: Path) -> None:
    half = noise(4)
    half[: 2 * RATE_HZ] = 0
    half[::4000] += 1e-5
    write(tmp_path / "a.wav", half)
    open_gate = DataConfig(phase_shift=False, gate_tries=1)
    ungated = excerpts_of(tmp_path, open_gate)
    assert sum(int(ungated[n].audio.count_nonzero()) < 3 for n in range(30)) > 8
    gated = excerpts_of(tmp_path, DataConfig(phase_shift=False, gate_tries=40))
    # -40 LUFS are a hundredth of the noise's power, so of the excerpt's length.
    assert all(int(gated[n].audio.count_nonzero()) > 40 for n in range(30))


def test_where_nothing_passes_the_gate_the_last_is_taken(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", 0.02 * noise(4))  # -54 dBFS
    audio, failed = excerpts_of(tmp_path)[0]
    assert failed == ()
    assert integrated_loudness_lufs(audio.numpy(), RATE_HZ) == pytest.approx(-16, abs=0.01)


def test_a_short_file_gets_zeros(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", tone(997, 0.25))
    audio = excerpts_of(tmp_path)[3].audio[0]
    assert audio.shape == (SAMPLES,)
    assert float(audio[:4000].abs().max()) > 0.1
    assert not audio[4000:].any()


def test_an_excerpt_depends_on_its_number_and_the_seed_alone(tmp_path: Path) -> None:
    for name in ("a/1.wav", "a/2.wav", "b/3.ogg"):
        write(tmp_path / name, noise(2, seed=ord(name[2])))
    excerpts = excerpts_of(tmp_path, DataConfig())
    forward = [excerpts[n].audio for n in range(12)]
    copied = pickle.loads(pickle.dumps(excerpts))
    for n in (11, 3, 7, 0, 3):
        assert torch.equal(copied[n].audio, forward[n])
    for x, y in itertools.combinations(forward, 2):
        assert not torch.equal(x, y)
    assert not torch.equal(excerpts_of(tmp_path, DataConfig(), seed=1)[0].audio, forward[0])


def test_a_file_that_breaks_is_named_and_replaced(tmp_path: Path) -> None:
    for k in range(6):
        write(tmp_path / f"{k}.wav", noise(2, seed=k))
    excerpts = excerpts_of(tmp_path)
    before = [excerpts[n].audio for n in range(12)]
    (tmp_path / "2.wav").unlink()
    (tmp_path / "3.wav").write_bytes(b"no audio")
    write(tmp_path / "4.wav", np.full(2 * RATE_HZ, np.nan))
    after = [excerpts[n] for n in range(12)]
    assert {path for excerpt in after for path in excerpt.failed} == {"2.wav", "3.wav", "4.wav"}
    kept = [n for n in range(12) if not after[n].failed]
    assert len(kept) == 6
    assert all(torch.equal(after[n].audio, before[n]) for n in kept)
    assert all(bool(excerpt.audio.isfinite().all()) for excerpt in after)
    again: Excerpts = pickle.loads(pickle.dumps(excerpts))
    assert all(torch.equal(again[n].audio, after[n].audio) for n in range(12))


def test_a_folder_that_vanished_ends_the_training(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", noise(2))
    write(tmp_path / "b.wav", noise(2))
    excerpts = excerpts_of(tmp_path)
    (tmp_path / "a.wav").unlink()
    (tmp_path / "b.wav").unlink()
    with pytest.raises(AudioError, match=r"8 files in a row cannot be read; the last: [ab]\.wav"):
        excerpts[0]


def test_validation_is_fixed_and_takes_turns(tmp_path: Path) -> None:
    for k in range(6):
        write(tmp_path / f"a/{k}.wav", noise(7, seed=k))
    write(tmp_path / "b/0.wav", tone(997, 1.5))
    write(tmp_path / "b/1.wav", tone(997, 0.25))
    index = indexed(tmp_path)
    excerpts, failed = validation_excerpts(index, DataConfig(), RATE_HZ, duration_s=2, limit=4)
    assert failed == ()
    # The shortest is padded to an excerpt, the short one whole, the long ones cut.
    assert sorted(x.shape[-1] for x in excerpts) == [6080, 24_000, 32_000, 32_000]
    again, _ = validation_excerpts(index, DataConfig(), RATE_HZ, duration_s=2, limit=4)
    assert all(torch.equal(x, y) for x, y in zip(excerpts, again, strict=True))
    (whole,) = (x for x in excerpts if x.shape[-1] == 24_000)
    gain = 10 ** (-12.99 / 20) / 0.1  # and no shift of phase
    expected: Floats = gain * tone(997, 1.5)
    np.testing.assert_allclose(whole[0].numpy(), expected, atol=2e-3)


def test_a_file_that_fails_validation_is_named(tmp_path: Path) -> None:
    for k in range(3):
        write(tmp_path / f"{k}.wav", noise(1, seed=k))
    index = indexed(tmp_path)
    (tmp_path / "1.wav").unlink()
    excerpts, failed = validation_excerpts(index, DataConfig(), RATE_HZ)
    assert len(excerpts) == 2
    assert failed == ("1.wav",)
    assert validation_excerpts(Index(str(tmp_path), ()), DataConfig(), RATE_HZ) == ([], ())
