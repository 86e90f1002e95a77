"""The contract, asked of every codec through the spine: no state, bytes alone, length, layouts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, SHARED, TOYS, speechlike
from spread_weights import SMALL, spread_model

from codecbench import coding
from codecbench.audio import Audio
from codecbench.codecs import weights
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint
from codecbench.codecs.table import CODECS, create_codec
from codecbench.container import Description, pack_file, unpack_file
from codecbench.names import parse_codec_name

NAMES = (
    "opus@8",
    "opus@64",
    "opus,vbr=cbr,frame_duration=10,application=lowdelay@32",
    "mp3@64",
    "aac@32",
    "lowpass:3.5khz",
    "lyra@6",
    "dac:{small_dac}",
    "encodec:{encodec_24}@6",
    "encodec:{encodec_48}@6",
    "folder:given@6={folder}",
    "toy@32",
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Small and random models of the neural codecs, and the weights of Lyra where they are."""
    import torch
    from transformers import EncodecConfig, EncodecModel

    from codecbench.codecs.encodec_checkpoint import CONFIG_48KHZ
    from codecbench.dac.checkpoint import save_checkpoint

    folder = tmp_path_factory.mktemp("models")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    save_checkpoint(spread_model(SMALL), folder / "small.pth")
    torch.manual_seed(0)
    small = {"num_filters": 4, "num_lstm_layers": 1}
    EncodecModel(EncodecConfig(**small)).save_pretrained(folder / "encodec_24")
    EncodecModel(EncodecConfig(**dict(CONFIG_48KHZ) | small)).save_pretrained(folder / "encodec_48")
    (folder / "given").mkdir()
    import soundfile

    soundfile.write(folder / "given" / "any.wav", speechlike(0.1, 48000), 48000)
    yield {
        "small_dac": str(folder / "small.pth"),
        "encodec_24": str(folder / "encodec_24"),
        "encodec_48": str(folder / "encodec_48"),
        "folder": str(folder / "given"),
    }
    torch.set_num_threads(before)


@pytest.fixture(scope="module", autouse=True)
def _environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Weights come from a cache of this module's own, and the toys are installed."""
    patch = pytest.MonkeyPatch()
    patch.setenv("CODECBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
    patch.setenv("CODECBENCH_OFFLINE", "1")
    patch.syspath_prepend(str(TOYS))
    from codecbench import plugins

    plugins._outside.cache_clear()
    yield
    plugins._outside.cache_clear()
    patch.undo()


Case = tuple[Codec, OperatingPoint]


@pytest.fixture(scope="module")
def made(places: dict[str, str]) -> dict[str, Case]:
    """Codecs made so far, by name, so that a model is loaded once."""
    return {}


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest, places: dict[str, str], made: dict[str, Case]) -> Case:
    """One codec and one of its points for mono."""
    name = request.param.format(**places)
    if name not in made:
        made[name] = _make(name)
    return made[name]


def _make(name: str) -> Case:
    asked = parse_codec_name(name)
    codec = create_codec(asked.family, asked.variant, dict(asked.options), "cpu")
    if asked.family == "lyra":
        if not (SHARED / "models" / "lyra").is_dir():
            pytest.skip("no ../shared: the weights of Lyra are there")
        assert codec.weights is not None
        weights.fetch(codec.weights, SHARED / "models" / "lyra")
    if asked.bitrate_bps:
        return codec, coding.nearest_point(codec, asked.bitrate_bps, 1)
    return codec, coding.operating_points(codec, 1)[-1]


def sound(duration_s: float, rate_hz: int = 44100, channels: int = 1, seed: int = 0) -> Audio:
    return Audio(speechlike(duration_s, rate_hz, seed, channels).T.copy(), rate_hz)


def for_layout(codec: Codec, point: OperatingPoint, channels: int) -> OperatingPoint:
    """The same setting for another number of channels."""
    mono = coding.operating_points(codec, 1)
    if point in mono:
        return coding.operating_points(codec, channels)[mono.index(point)]
    return coding.nearest_point(codec, (point.bitrate_bps or 0) * channels, channels)


def test_every_codec_is_asked() -> None:
    assert {parse_codec_name(name).family for name in NAMES} == {*CODECS, "toy"}


def test_a_b_a(case: Case) -> None:
    codec, point = case
    a, b = sound(0.4, seed=1), sound(0.3, seed=2)
    first = coding.encode(codec, a, point)
    other = coding.encode(codec, b, point)
    assert coding.encode(codec, a, point) == first
    decoded = coding.decode(codec, first).samples
    coding.decode(codec, other)
    assert np.array_equal(coding.decode(codec, first).samples, decoded)
    if codec.bitrate_is_measured:
        assert first.payload_bytes > 0


@pytest.mark.parametrize("samples", [1, 2, 160, 8191])
@pytest.mark.parametrize("rate_hz", [8000, 44100])
def test_length(case: Case, samples: int, rate_hz: int) -> None:
    codec, point = case
    audio = sound(samples / rate_hz, rate_hz)
    decoded = coding.decode(codec, coding.encode(codec, audio, point))
    assert decoded.samples.shape == (1, samples)
    assert decoded.samples.dtype == np.float32
    assert decoded.sample_rate_hz == rate_hz


def test_silence(case: Case) -> None:
    codec, point = case
    silent = Audio(np.zeros((1, 6000), np.float32), 16000)
    decoded = coding.decode(codec, coding.encode(codec, silent, point)).samples
    assert decoded.shape == (1, 6000)
    assert np.isfinite(decoded).all()


def test_stereo(case: Case) -> None:
    codec, point = case
    audio = sound(0.3, channels=2)
    stereo = for_layout(codec, point, 2)
    decoded = coding.decode(codec, coding.encode(codec, audio, stereo))
    assert decoded.samples.shape == audio.samples.shape


def test_tokens_are_integers_of_the_declared_range(case: Case) -> None:
    codec, point = case
    tokens = coding.tokens(codec, coding.encode(codec, sound(0.5), point))
    if point.codebooks is None:
        assert tokens is None
        return
    assert tokens is not None
    assert tokens.shape[0] == point.codebooks
    assert tokens.min() >= 0
    assert tokens.max() < (point.codebook_size or 0)


def test_damage_is_an_error_or_audio_of_the_right_length(case: Case) -> None:
    """Never a crash, never another length; the file around the bitstream notices every flip."""
    from codecbench.errors import CodecbenchError

    codec, point = case
    audio = sound(0.3)
    good = coding.encode(codec, audio, point)
    generator = np.random.default_rng(0)
    for _ in range(12):
        packets = list(good.packets)
        which = int(generator.integers(len(packets)))
        packet = bytearray(packets[which])
        if packet:
            packet[int(generator.integers(len(packet)))] ^= 1 << int(generator.integers(8))
        packets[which] = bytes(packet[: len(packet) - int(generator.integers(3))])
        try:
            decoded = coding.decode(codec, Bitstream(good.header, tuple(packets)))
        except CodecbenchError:
            continue
        assert decoded.samples.shape == audio.samples.shape


@cache
def _decoder_script() -> str:
    return (
        "import json, sys\n"
        "import numpy as np\n"
        "from pathlib import Path\n"
        "from codecbench import coding\n"
        "from codecbench.codecs.table import create_codec\n"
        "from codecbench.container import unpack_file\n"
        "from codecbench.names import parse_codec_name\n"
        "folder = Path(sys.argv[1])\n"
        "for name, file in json.loads((folder / 'jobs.json').read_text()).items():\n"
        "    asked = parse_codec_name(name)\n"
        "    codec = create_codec(asked.family, asked.variant, dict(asked.options), 'cpu')\n"
        "    _, bitstream = unpack_file((folder / file).read_bytes(), file)\n"
        "    np.save(folder / f'{file}.npy', coding.decode(codec, bitstream).samples)\n"
    )


@pytest.mark.slow
def test_bytes_decode_in_another_process(places: dict[str, str], tmp_path: Path) -> None:
    jobs, expected = {}, {}
    for i, template in enumerate(NAMES):
        name = template.format(**places)
        if name.startswith("lyra") and not (SHARED / "models" / "lyra").is_dir():
            continue  # test_a_b_a skips it visibly
        codec, point = _make(name)
        bitstream = coding.encode(codec, sound(0.4), point)
        data = pack_file(Description(codec.name, codec.version, "", point), bitstream)
        assert asdict(unpack_file(data, "x")[0])["codec"] == codec.name
        (tmp_path / f"{i}.cbs").write_bytes(data)
        jobs[name] = f"{i}.cbs"
        expected[name] = coding.decode(codec, bitstream).samples
        codec.close()
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    environment = os.environ | {"PYTHONPATH": str(TOYS), "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, "-c", _decoder_script(), str(tmp_path)],
        env=environment,
        cwd=ROOT,
        check=True,
    )
    for name, file in jobs.items():
        assert np.array_equal(np.load(tmp_path / f"{file}.npy"), expected[name]), name
