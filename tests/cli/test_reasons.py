"""One reason stands once, with all that it explains."""

from __future__ import annotations

from codecbench.cli.reasons import MANY, by_reason


def test_rates_of_a_codec_stand_together() -> None:
    pairs = [
        ("opus at 2 kbps", "too low"),
        ("lyra", "no weights"),
        ("opus at 4 kbps", "too low"),
        ("opus at 2 kbps", "too low"),
        ("opus at 900 kbps", "too high"),
    ]
    assert by_reason(pairs) == [
        "opus at 2, 4 kbps: too low",
        "lyra: no weights",
        "opus at 900 kbps: too high",
    ]


def test_codecs_and_other_things_of_one_reason_stand_together() -> None:
    assert by_reason([("a at 2 kbps", "far"), ("a at 3 kbps", "far"), ("b at 2 kbps", "far")]) == [
        "a at 2, 3 kbps; b at 2 kbps: far"
    ]
    assert by_reason([("stoi", "no speech"), ("estoi", "no speech")]) == ["stoi, estoi: no speech"]
    assert by_reason([("", "there is one codec alone")]) == ["there is one codec alone"]


def test_many_things_are_counted_and_none_is_lost() -> None:
    (line,) = by_reason([(f"clip{i}", "silent") for i in range(100)])
    assert line.startswith("clip0, clip1, ")
    assert line.endswith(f", {100 - MANY + 1} more: silent")
