"""Labels of series: as short as tells them apart. Looks: the same wherever they are asked for."""

from __future__ import annotations

from dataclasses import replace

from codecbench.reports.series import SeriesKey, label_series, palette

OPUS = SeriesKey("opus", "1", "", "cpu", 1, "a")
DAC = SeriesKey("dac:/models/first/best.pth", "1", "0123456789", "cpu", 1, "a")


def labels(*keys: SeriesKey) -> list[str]:
    return list(label_series(keys).values())


def test_a_codec_alone_is_called_by_its_name() -> None:
    assert labels(OPUS, DAC) == ["opus", "dac:best.pth"]
    assert labels(OPUS, OPUS) == ["opus"]


def test_what_differs_is_added() -> None:
    assert labels(OPUS, replace(OPUS, channels=2)) == ["opus, mono", "opus, stereo"]
    assert labels(OPUS, replace(OPUS, device="cuda")) == ["opus, cpu", "opus, cuda"]
    assert labels(OPUS, replace(OPUS, codec_version="2")) == ["opus, version 1", "opus, version 2"]
    retrained = replace(DAC, weights_hash="abcdef9876")
    assert labels(DAC, retrained) == [
        "dac:best.pth, weights 012345",
        "dac:best.pth, weights abcdef",
    ]
    assert labels(DAC, replace(retrained, run="b")) == ["dac:best.pth, a", "dac:best.pth, b"]


def test_paths_that_end_alike_stay_whole() -> None:
    other = replace(DAC, codec="dac:/models/second/best.pth")
    assert labels(DAC, other) == [DAC.codec, other.codec]


def test_audio_decoded_elsewhere_keeps_its_name() -> None:
    assert labels(replace(OPUS, codec="folder:mine/v2")) == ["folder:mine/v2"]


def test_a_family_keeps_its_looks_from_report_to_report() -> None:
    few, many = palette(["mp3", "opus"]), palette(["aac", "dac:small", "lyra", "mp3", "opus", "x"])
    assert (few["mp3"], few["opus"]) == (many["mp3"], many["opus"])
    assert len({style.colour for style in many.values()}) == 6
    two = palette(["opus", "opus,complexity=0"])
    assert two["opus"] == few["opus"]
    assert two["opus,complexity=0"].colour != two["opus"].colour


def test_looks_follow_the_names_alone() -> None:
    looks = palette(["opus", "aac", "mp3"])
    assert looks == palette(["mp3", "opus", "aac", "opus"])
    assert len({style.colour for style in looks.values()}) == 3
    many = palette([f"codec{i}" for i in range(30)])
    assert len({(s.colour, s.marker, s.dash) for s in many.values()}) == 30
