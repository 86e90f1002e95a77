"""Audio decoded elsewhere: which file belongs to a clip, and which bitrate is stated for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import speechlike

from codecbench.codecs.folder import create
from codecbench.errors import CodingError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("speech/a.wav", "b.flac", "c.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, speechlike(0.1, 24000), 24000)
    (tmp_path / "manifest.csv").write_text("path,bitrate_kbps\nspeech/a.wav,5.5\nb.flac,6.5\n")
    return tmp_path


def test_the_manifest_states_a_bitrate_for_each_file(folder: Path) -> None:
    codec = create("mine", {"path": str(folder)}, "cpu")
    (point,) = codec.points(1)
    assert (point.bitrate_bps, point.sample_rate_hz) == (6000, 24000)
    assert not codec.bitrate_is_measured
    a, b = codec.estimate("speech/a"), codec.estimate("b")
    assert a is not None
    assert b is not None
    assert (a.path, a.bitrate_bps) == (folder / "speech/a.wav", 5500)
    assert (b.path, b.bitrate_bps) == (folder / "b.flac", 6500)
    with pytest.raises(CodingError, match=r"states no bitrate for c\.wav"):
        codec.estimate("c")
    with pytest.raises(CodingError, match="no audio for the clip d"):
        codec.estimate("d")


def test_a_bitrate_in_the_name_goes_before_the_manifest(folder: Path) -> None:
    codec = create("mine", {"path": str(folder), "kbps": "8"}, "cpu")
    estimate = codec.estimate("c")
    assert estimate is not None
    assert estimate.bitrate_bps == 8000


def test_a_manifest_without_bitrates_matters_where_they_do(folder: Path) -> None:
    """A copied tree of clips brings its manifest along, which may name files that are not here."""
    (folder / "manifest.csv").write_text("path,category\nspeech/a.flac,speech\n")
    options = {"path": str(folder)}
    with pytest.raises(UsageError, match="the manifest needs a column bitrate_kbps"):
        create("mine", options, "cpu")
    stated = create("mine", options | {"kbps": "8"}, "cpu").estimate("c")
    assert stated is not None
    assert stated.bitrate_bps == 8000
    unstated = create("mine", options | {"rates": "optional"}, "cpu")
    assert [point.bitrate_bps for point in unstated.points(1)] == [None]
    estimate = unstated.estimate("c")
    assert estimate is not None
    assert estimate.bitrate_bps is None
    with pytest.raises(UsageError, match="rates is needed or optional"):
        create("mine", options | {"rates": "any"}, "cpu")
    (folder / "manifest.csv").write_text("path,bitrate_kbps\nb.flac,6.5\n")
    one = create("mine", options | {"rates": "optional"}, "cpu").estimate("b")
    assert one is not None
    assert one.bitrate_bps == 6500


def test_other_audio_makes_other_results(folder: Path) -> None:
    before = create("mine", {"path": str(folder)}, "cpu").find_weights()
    soundfile.write(folder / "c.wav", speechlike(0.1, 24000, seed=1), 24000)
    assert create("mine", {"path": str(folder)}, "cpu").find_weights() != before


def test_audio_is_kept_bit_by_bit(folder: Path) -> None:
    codec = create("mine", {"path": str(folder)}, "cpu")
    loud = (3 * speechlike(0.1, 24000, channels=2).T).astype(np.float32)
    assert np.array_equal(codec.decode(codec.encode(loud, codec.points(2)[0])), loud)


def test_the_rate_is_the_highest_of_the_files(folder: Path) -> None:
    soundfile.write(folder / "z.wav", speechlike(0.1, 48000), 48000)
    (point,) = create("mine", {"path": str(folder)}, "cpu").points(1)
    assert (point.sample_rate_hz, point.coded_bandwidth_hz) == (48000, 24000)


def test_what_lies_beside_the_audio_changes_nothing(folder: Path) -> None:
    before = create("mine", {"path": str(folder)}, "cpu").find_weights()
    for name in ("b.txt", "b.yaml", "speech/a.png", "notes/b.md", ".c.wav"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("words")
    codec = create("mine", {"path": str(folder)}, "cpu")
    estimate = codec.estimate("b")
    assert estimate is not None
    assert estimate.path == folder / "b.flac"
    assert codec.find_weights() == before


def test_two_files_for_one_clip_are_named(folder: Path) -> None:
    soundfile.write(folder / "b.wav", speechlike(0.1, 24000), 24000)
    codec = create("mine", {"path": str(folder), "kbps": "6"}, "cpu")
    with pytest.raises(UsageError, match=r"for the clip b: b\.flac and b\.wav"):
        codec.estimate("b")
    assert codec.estimate("c") is not None


def test_a_link_that_leads_nowhere_costs_its_own_clip(folder: Path) -> None:
    (folder / "dead.wav").symlink_to("nowhere.wav")
    codec = create("mine", {"path": str(folder), "kbps": "6"}, "cpu")
    assert codec.find_weights()
    assert codec.estimate("c") is not None


def test_other_stated_bitrates_make_other_results(folder: Path) -> None:
    before = create("mine", {"path": str(folder)}, "cpu").find_weights()
    (folder / "manifest.csv").write_text("path,bitrate_kbps\nspeech/a.wav,6.5\nb.flac,5.5\n")
    assert create("mine", {"path": str(folder)}, "cpu").find_weights() != before


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffPath;Bitrate_kbps\r\nspeech\\a.wav;5,5\r\nb.flac;6,5\r\n",
        "path\tbitrate_kbps\tnote\nspeech/a.wav\t5.5\t\nb.flac\t6,50\thm\n",
        "bitrate_kbps,path\n5.5,{}/speech/a.wav\n+6.5e0,{}/b.flac\n",
    ],
)
def test_a_manifest_as_spreadsheets_save_it(
    folder: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "manifest.csv").write_text(text.replace("{}", str(folder)), newline="")
    monkeypatch.chdir(folder.parent)
    codec = create("mine", {"path": folder.name}, "cpu")
    for clip, bitrate_bps in (("speech/a", 5500), ("b", 6500)):
        estimate = codec.estimate(clip)
        assert estimate is not None
        assert estimate.bitrate_bps == bitrate_bps


@pytest.mark.parametrize(
    "rate", ["nan", "inf", "-6", "0", "1e400", "6 kbps", "6_0", "", "6,5", "1.5.2", "\u0666", "0x6"]
)
def test_a_bitrate_that_is_none_is_refused_by_its_line(folder: Path, rate: str) -> None:
    text = f'path,bitrate_kbps\nb.flac,7\nspeech/a.wav,"{rate}"\n'
    (folder / "manifest.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"manifest\.csv, line 3: bitrate"):
        create("mine", {"path": str(folder)}, "cpu")


@pytest.mark.parametrize("rate", ["nan", "inf", "-6", "0", "six"])
def test_a_bitrate_that_is_none_is_refused_as_an_option(folder: Path, rate: str) -> None:
    with pytest.raises(UsageError, match="bitrate"):
        create("mine", {"path": str(folder), "kbps": rate}, "cpu")


def test_a_file_that_is_listed_twice_is_refused(folder: Path) -> None:
    text = "path,bitrate_kbps\nb.flac,7\n./b.flac,8\n"
    (folder / "manifest.csv").write_text(text)
    with pytest.raises(UsageError, match=r"line 3: \./b\.flac is also on line 2"):
        create("mine", {"path": str(folder)}, "cpu")


@pytest.mark.parametrize("text", ["file,rate\na,1\n", "path,bitrate_kbps\nb.flac,fast\n"])
def test_a_manifest_that_cannot_be_read_is_named(folder: Path, text: str) -> None:
    (folder / "manifest.csv").write_text(text)
    with pytest.raises(UsageError, match=r"manifest\.csv"):
        create("mine", {"path": str(folder)}, "cpu")


def test_rates_of_two_units_are_refused_by_line(folder: Path) -> None:
    (folder / "manifest.csv").write_text("path,bitrate_kbps\nspeech/a.wav,6\nb.flac,6000\n")
    with pytest.raises(UsageError, match=r"manifest\.csv.*line 3.*6000 kbps.*another file has 6"):
        create("mine", {"path": str(folder)}, "cpu")
