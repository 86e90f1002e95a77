"""A test's file read back: what is damaged, newer or changed is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_test import write_small_test

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.test_file import AnalysisPlan, content_hash, path_of, to_json
from codecbench.listening_test.test_reading import all_stimuli, parse_test, read_test


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    written = write_small_test(
        tmp_path, items_per_rater=2, plan=AnalysisPlan(share=0.2), departures=("a: b",)
    )
    found = read_test(tmp_path)
    assert found == written
    assert content_hash(found) == content_hash(written)
    assert to_json(found) == path_of(tmp_path).read_text()
    assert content_hash(replace(found, title="other")) != content_hash(written)


def test_no_test(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a listening test"):
        read_test(tmp_path)


def test_stimuli_missing_and_changed(tmp_path: Path) -> None:
    test = write_small_test(tmp_path)
    first = tmp_path / next(all_stimuli(test)).file
    data = first.read_bytes()
    first.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(ListeningTestError, match=rf"{first.name} changed since"):
        read_test(tmp_path)
    assert read_test(tmp_path, check_stimuli=False) == test
    first.unlink()
    with pytest.raises(ListeningTestError, match=rf"{first.name} is missing"):
        read_test(tmp_path)


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    *keys, last, value = path

    def change(plain: dict[str, Any]) -> None:
        here: Any = plain
        for key in keys:
            here = here[key]
        here[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("format", 2), "newer codecbench .format 2, this one reads 1."),
        (_set("format", "1"), "does not say its format"),
        (_set("titel", ""), "titel: there is no such field"),
        (lambda plain: plain.pop("conditions"), "conditions is missing"),
        (_set("kind", "mos"), 'kind must be one of mushra, ab, abx, acr, and it is "mos"'),
        (_set("sample_rate_hz", 48000.5), "sample_rate_hz must be a whole number"),
        (_set("channels", True), "channels must be a whole number, and it is true"),
        (_set("channels", 3), "channels 1 or 2"),
        (_set("items", []), "items: there are none"),
        (_set("items", 1, "gain_db", "0"), r"items\[1\]\.gain_db must be a number"),
        (_set("plan", "primary", "chi2"), r"plan\.primary must be one of permutation, wilcoxon"),
        (_set("plan", "level", None), r"plan\.level must be a number, and it is null"),
        (_set("pages", "consent", {"en": 1}), r"pages\.consent\.en must be text"),
        (_set("items", 1, "id", "item1"), "items: item1 is there twice"),
        (_set("conditions", 0, "name", "opus@6"), "conditions: opus@6 is there twice"),
        (_set("items", 0, "stimuli", 0, "condition", "x"), "item item1: its stimuli are not"),
        (_set("items", 0, "stimuli", 0, "file", "../a.wav"), "lies outside the test"),
        (_set("items", 0, "stimuli", 0, "file", "/etc/passwd"), "lies outside the test"),
    ],
)
def test_damage_is_named(tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    write_small_test(tmp_path)
    plain = json.loads(path_of(tmp_path).read_text())
    change(plain)
    path_of(tmp_path).write_text(json.dumps(plain))
    with pytest.raises(ListeningTestError, match=message) as refused:
        read_test(tmp_path)
    assert "test.json" in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 1, "name": NaN}'])
def test_what_is_no_test_at_all(text: str) -> None:
    with pytest.raises(ListeningTestError, match="damaged"):
        parse_test(text)
