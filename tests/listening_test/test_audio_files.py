"""Masked sounds: out of the mask comes the file, and nothing in the bytes tells them apart."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from small_test import write_small_test
from walking import Walker, small_app

from codecbench.errors import ListeningTestError
from codecbench.listening_test.audio_files import AudioFiles, fmix32, masked


def plain_unmask(data: bytes, key: int) -> bytes:
    """The contract's words, in Python's own integers."""
    out = bytearray()
    for i in range(len(data) // 4):
        h = (key + i * 0x9E3779B9) % 2**32
        h ^= h >> 16
        h = h * 0x85EBCA6B % 2**32
        h ^= h >> 13
        h = h * 0xC2B2AE35 % 2**32
        h ^= h >> 16
        word = int.from_bytes(data[4 * i : 4 * i + 4], "little") ^ h
        out += word.to_bytes(4, "little")
    return bytes(out)


def test_the_finaliser_has_murmurs_values() -> None:
    # MurmurHash3_x86_32 of the empty string is its finaliser of the seed: published test vectors.
    seeds = np.array([0, 1, 0xFFFFFFFF], np.uint32)
    assert fmix32(seeds).tolist() == [0, 0x514E28B7, 0x81F16F39]


@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_sent_is_the_file(tmp_path: Path, channels: int) -> None:
    # An odd number of mono samples: the last word is filled up.
    with small_app(tmp_path, channels=channels, duration_s=0.02 + 1 / 48000) as (served, app):
        walker = Walker.begin(app, served)
        page = walker.walk_to("trial")
        conditions = walker.secret_page.slots
        item = next(i for i in served.test.items if i.id == walker.secret_page.item)
        files = {stimulus.condition: stimulus.file for stimulus in item.stimuli}
        sounds = [(page["reference"], item.open_reference.file)]
        sounds += [(s["audio"], files[c]) for s, c in zip(page["slots"], conditions, strict=True)]
        for audio, file in sounds:
            answer = walker.client.get(f"/r/{walker.token}/{audio['url']}")
            assert hashlib.sha256(answer.data).hexdigest() == audio["sha256"]
            pcm = plain_unmask(answer.data, audio["key"])[: 2 * audio["samples"] * channels]
            expected, rate_hz = soundfile.read(tmp_path / file, dtype="int16", always_2d=True)
            assert rate_hz == audio["sample_rate_hz"]
            np.testing.assert_array_equal(np.frombuffer(pcm, "<i2").reshape(-1, channels), expected)


def test_answers_differ_in_nothing_but_their_noise(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.2) as (served, app):
        walker = Walker.begin(app, served)
        page = walker.walk_to("trial")
        urls = [page["reference"]["url"], *(slot["audio"]["url"] for slot in page["slots"])]
        answers = [walker.client.get(f"/r/{walker.token}/{url}") for url in urls]
    assert len(set(urls)) == 6
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1
    headers = answers[0].headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Cache-Control"] == "no-store"
    assert not {"ETag", "Last-Modified", "Content-Disposition"} & set(headers.keys())
    for answer in answers:
        assert len(zlib.compress(answer.data, 9)) >= len(answer.data)


def test_two_raters_get_other_bytes_for_the_same_sound(tmp_path: Path) -> None:
    with small_app(tmp_path, items=1, duration_s=0.02) as (served, app):
        sent = []
        for _ in range(2):
            walker = Walker.begin(app, served)
            audio = walker.walk_to("trial")["reference"]
            sent.append(walker.client.get(f"/r/{walker.token}/{audio['url']}").data)
            assert walker.page()["reference"] == audio  # the same after a refresh
    assert sent[0] != sent[1]


def test_sounds_of_another_page_or_rater_are_not_there(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.02) as (served, app):
        walker, other = Walker.begin(app, served), Walker.begin(app, served)
        url = walker.walk_to("trial")["slots"][0]["audio"]["url"]
        other.walk_to("trial")
        assert other.client.get(f"/r/{other.token}/{url}").status_code == 404
        walker.pass_page()
        assert walker.client.get(f"/r/{walker.token}/{url}").status_code == 404
        for wrong in ("audio/x", "audio/../../test.json", "audio/%2e%2e%2ftest.json"):
            assert walker.client.get(f"/r/{walker.token}/{wrong}").status_code == 404


def test_masks_of_long_sounds_wrap() -> None:
    words = np.arange(7, dtype=np.uint32)
    data = masked(words, 2**32 - 1)
    assert plain_unmask(data, 2**32 - 1) == words.astype("<u4").tobytes()


def test_files_are_checked(tmp_path: Path) -> None:
    test = write_small_test(tmp_path, duration_s=0.02)
    audio = AudioFiles(tmp_path, test)
    audio.check()
    names = {condition.name for condition in test.conditions}
    assert set(audio.sounds(test.items[0]).words) == names
    path = tmp_path / test.items[1].stimuli[0].file
    path.write_bytes(path.read_bytes()[:-2] + b"xx")
    with pytest.raises(ListeningTestError, match=r"is not the file that test\.json names"):
        audio.check()
    path.unlink()
    with pytest.raises(ListeningTestError, match="cannot read"):
        audio.sounds(test.items[1])
    # What was read before stays in memory: no file is opened again.
    (tmp_path / test.items[0].stimuli[0].file).unlink()
    audio.sounds(test.items[0])
