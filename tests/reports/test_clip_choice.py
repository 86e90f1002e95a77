"""Which clips the page lets one hear, which versions of them, and what it says it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import pytest
from made_reports import ANCHOR, made_measurements

from codecbench.reports.measurements import Measurements
from codecbench.reports.page.clip_choice import Choice, choose_clips
from codecbench.reports.page.clip_names import WHOLE
from codecbench.reports.page.listen_view import choice_words, worst_table
from codecbench.reports.page.metrics_shown import shown_metrics
from codecbench.reports.page.sound_plan import (
    PlannedPlayer,
    estimated_bytes,
    fit,
    in_turns,
    plan_players,
)
from codecbench.reports.summary import summarise

Points = Mapping[tuple[str, float], Mapping[str, Sequence[float | None]]]

POINTS: Points = {
    ("opus", 8.0): {"mel": [5.0, 1.0, 2.0, 9.0, 3.0]},
    ("opus", 16.0): {"mel": [4.0, 1.0, 2.0, 8.0, 3.0]},
    ("opus", 32.0): {"mel": [3.0, 9.0, 2.0, 1.0, 3.0]},
    ("mp3", 24.0): {"mel": [7.0, 1.0, 2.0, None, 3.0]},
    ("mp3", 96.0): {"mel": [7.0, 1.0, 2.0, 3.0, 3.0]},
}
NINE = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
KINDS = ["environment"] * 3 + ["music"] * 3 + ["speech"] * 3
SPEECH_ALONE = [None] * 6 + [3.0, 2.0, 1.0]


def chosen(measured: Measurements) -> Choice:
    return choose_clips(measured.rows, shown_metrics(summarise(measured)))


def planned(measured: Measurements) -> list[PlannedPlayer]:
    return plan_players(measured.rows, chosen(measured).of_series)


def heard(player: PlannedPlayer) -> dict[tuple[str, str], int]:
    return {(version.series, version.point): version.rank for version in player.versions}


def test_worst_and_median_are_those_of_the_middle_point() -> None:
    of = {one.series: one for one in chosen(made_measurements(POINTS)).of_series}
    assert of["opus"].point == "16"
    order = ["clip03", "clip00", "clip04", "clip02", "clip01"]
    assert [clip.clip for clip in of["opus"].worst] == order
    assert of["opus"].median.clip == "clip04"
    assert of["mp3"].point == "24"
    assert of["mp3"].worst[0].clip == "clip00"  # the clip without a value is not among them


def test_visqol_judges_before_mel() -> None:
    with_visqol = {key: {**scores, "visqol": [3.0] * 5} for key, scores in POINTS.items()}
    choice = chosen(made_measurements(with_visqol))
    assert {metric.name for metric in choice.metrics.values()} == {"visqol"}
    assert "by ViSQOL, audio, at the codec's middle bitrate" in choice_words(choice)


def test_each_category_has_its_clips_and_the_metric_that_fits_it() -> None:
    scores: Mapping[str, Sequence[float | None]]
    scores = {"mel": NINE, "visqol": NINE[::-1], "pesq_wb": SPEECH_ALONE, "stoi": SPEECH_ALONE}
    points: Points = {("a", 8.0): scores, ("b", 9.0): scores}
    choice = chosen(made_measurements(points, KINDS))
    names = {category: metric.name for category, metric in choice.metrics.items()}
    assert names == {"environment": "visqol", "music": "visqol", "speech": "pesq_wb"}
    worst = {(of.series, of.category): of.worst[0].clip for of in choice.of_series}
    assert worst["a", "speech"] == "clip08"
    assert worst["b", "music"] == "clip05"
    words = choice_words(choice)
    assert "environment and music by ViSQOL, audio; speech by PESQ, wideband" in words
    table = worst_table(choice, WHOLE)
    assert table is not None
    assert [column.heading for column in table.columns[:4]] == [
        "Codec",
        "kbps",
        "Clips",
        "Judged by",
    ]
    assert [row[2].text for row in table.rows] == ["environment", "music", "speech"] * 2
    assert table.rows[2][3].text == "PESQ wb"
    players = plan_players(made_measurements(points, KINDS).rows, choice.of_series)
    assert {player.category for player in players} == set(KINDS)


def test_a_metric_that_few_codecs_have_judges_nothing() -> None:
    points: Points = {
        ("a", 8.0): {"mel": NINE, "visqol_speech": SPEECH_ALONE},
        ("b", 9.0): {"mel": NINE},
    }
    choice = chosen(made_measurements(points, KINDS))
    assert {metric.name for metric in choice.metrics.values()} == {"mel"}
    assert choice.missing == ()


def test_what_nothing_can_be_chosen_by_is_said() -> None:
    nothing: Points = {("a", 8.0): {"stoi": SPEECH_ALONE}, ("b", 9.0): {"stoi": [None] * 9}}
    choice = chosen(made_measurements(nothing, KINDS))
    assert [(of.series, of.category) for of in choice.of_series] == [("a", "speech")]
    told = dict(choice.missing)
    why = "no metric that says better or worse has a value there"
    assert told["sound of the clips of environment"] == why
    assert told["sound of the clips of music"] == why
    of_b = "sound of the clips of speech, the worst and the median of b"
    assert "no value of STOI" in told[of_b]
    (empty,) = choose_clips(made_measurements(nothing).rows.iloc[:0], []).missing
    assert empty == ("sound", "the runs hold nothing that was coded")


def test_other_codecs_come_at_the_nearest_bitrate_and_budgets_drop_the_least_important() -> None:
    players = planned(made_measurements(POINTS))
    worst_of_opus = next(p for p in players if ("opus", "worst") in p.roles)
    # 24 is nearer to 16 than 96 is; the codec's own lowest and highest come last.
    expected = {("opus", "16"): 0, ("mp3", "24"): 2, ("opus", "8"): 4, ("opus", "32"): 4}
    assert heard(worst_of_opus) == expected
    rates = {player.clip_hash: 44100 for player in players}
    each = estimated_bytes(players[0], 44100)
    fitting, dropped = fit(players, rates, int(4 * each))
    assert sum(len(player.versions) for player in fitting) == 2
    assert dropped > 0
    assert all(version.rank <= 1 for player in fitting for version in player.versions)


@pytest.mark.parametrize("codecs", [1, 2, 3, 4, 7])
def test_no_category_goes_without_for_lack_of_room(codecs: int) -> None:
    points: Points = {
        (f"c{i}", rate): {"mel": [value + 10 * (j % (i + 1)) for j, value in enumerate(NINE)]}
        for i in range(codecs)
        for rate in (8.0, 16.0, 32.0)
    }
    measured = made_measurements(points, KINDS)
    turns = in_turns(chosen(measured).of_series)
    assert {of.category for of in turns[0]} == set(KINDS)
    assert {of.series for of in turns[0]} == {f"c{i}" for i in range(codecs)}
    assert sum(map(len, turns)) == 3 * codecs
    players = planned(measured)
    rates = {player.clip_hash: 44100 for player in players}
    # Room for one clip of each codec, or one of each category where these are more.
    room = 2 * max(codecs, 3) * estimated_bytes(players[0], 44100) + 9
    fitting, _ = fit(players, rates, int(room))
    assert {player.category for player in fitting} == set(KINDS)


def test_codecs_without_bitrates_are_heard_too() -> None:
    both = made_measurements({**POINTS, (ANCHOR, 3.5): {"mel": [1.0, 9.0, 2.0, 3.0, 4.0]}})
    players = planned(both)
    assert any((ANCHOR, "worst") in player.roles for player in players)
    worst_of_opus = next(p for p in players if ("opus", "worst") in p.roles)
    assert (ANCHOR, "3.5") in heard(worst_of_opus)
    # Beside a point without bitrate stands a codec's middle one.
    of_anchor = next(p for p in players if p.roles == [(ANCHOR, "worst")])
    assert ("opus", "16") in heard(of_anchor)
    choice = chosen(both)
    table = worst_table(choice, WHOLE)
    assert table is not None
    shown = {row[0].text: row[1].text for row in table.rows}
    assert shown == {ANCHOR: "3.5", "mp3": "24.0", "opus": "16.0"}


def test_a_codec_alone_without_any_bitrate_has_its_worst_and_its_median() -> None:
    players = planned(made_measurements({(ANCHOR, 3.5): {"mel": [3.0, 1.0, 2.0]}}))
    assert {p.clip: p.roles for p in players} == {
        "clip00": [(ANCHOR, "worst")],
        "clip02": [(ANCHOR, "median")],
    }
    assert [heard(player) for player in players] == [{(ANCHOR, "3.5"): 0}, {(ANCHOR, "3.5"): 1}]


def test_the_only_clip_is_not_called_the_worst() -> None:
    (player,) = planned(made_measurements({key: {"mel": [1.0]} for key in POINTS}))
    assert player.roles == [("mp3", "only"), ("opus", "only")]


def test_layouts_are_never_mixed_in_a_player() -> None:
    stereo = made_measurements(POINTS, channels=2).rows
    mono = made_measurements(POINTS).rows
    rows = stereo.assign(
        series=stereo["series"] + ", stereo", encoding_key=stereo.encoding_key + "s"
    )
    both = Measurements((), pd.concat([mono, rows]), mono.iloc[:0], mono.iloc[:0], ())
    players = planned(both)
    for player in players:
        ends = {version.series.endswith("stereo") for version in player.versions}
        assert ends == {player.channels == 2}
    assert {player.channels for player in players} == {1, 2}
