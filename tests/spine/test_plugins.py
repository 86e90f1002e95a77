"""Tables that other packages add to: nobody is overridden, nothing vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from codecbench import plugins
from codecbench.errors import UsageError

TABLE = {"json": "json:dumps"}
FOUND = [
    EntryPoint("twice", "json:loads", "group"),
    EntryPoint("twice", "json:dumps", "group"),
    EntryPoint("json", "json:loads", "group"),
    EntryPoint("outside", "json:loads", "group"),
    EntryPoint("broken", "no_such_module_here:x", "group"),
]


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    plugins._outside.cache_clear()
    monkeypatch.setattr(plugins, "entry_points", lambda group: FOUND)
    yield
    plugins._outside.cache_clear()


def test_ours_come_first_and_others_after() -> None:
    assert plugins.names(TABLE, "group") == ["json", "broken", "outside", "twice"]
    assert plugins.load({"other": "json:dumps"}, "group", "codec", "outside")("1") == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("json", "claimed more than once, by codecbench, json:loads"),
        ("twice", "claimed more than once, by json:loads, json:dumps"),
        ("broken", "no_such_module_here"),
        ("outsde", 'Did you mean "outside"'),
        ("zzz", "Known: json, broken, outside, twice"),
    ],
)
def test_what_cannot_be_loaded_is_named(name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plugins.load(TABLE, "group", "codec", name)
