"""How work is portioned: by codec, by clip, the longest first, within the scratch space."""

from __future__ import annotations

from pathlib import Path

from codecbench.clips import Clip, ClipSet
from codecbench.names import parse_codec_names
from codecbench.plan import Plan, Request, lay_plan
from codecbench.schedule import batches, by_codec, lacking, score_tasks, time_tasks, wanted_scores
from codecbench.tasks import ScoreItem


def make_plan(clips: int = 3) -> Plan:
    clip_set = ClipSet(
        tuple(
            Clip(f"c{i}", Path(f"c{i}.wav"), "music", "", "", "", f"h{i}", 8000, 1, 1.0 + i)
            for i in range(clips)
        )
    )
    request = Request(parse_codec_names(["opus", "mp3"]), (16000, 32000), metrics=("mel", "visqol"))
    return lay_plan(request, clip_set)


def test_codecs_come_one_after_the_other_a_task_a_clip() -> None:
    plan = make_plan()
    groups = by_codec(plan, plan.codings[::-1])
    assert [(g[0].codec.name, g[0].clip.name) for g in groups] == [
        (codec, f"c{i}") for codec in ("opus", "mp3") for i in range(3)
    ]
    assert all(len(group) == 2 for group in groups)


def test_batches_keep_a_clip_whole_and_within_the_space() -> None:
    plan = make_plan()
    # A second of this mono audio takes 32 kB, and each clip has four codings.
    parts = list(batches(plan.codings, most_bytes=4 * 32_000 * 3))
    assert [sorted({c.clip.name for c in part}) for part in parts] == [["c0", "c1"], ["c2"]]
    assert sum(map(len, parts)) == len(plan.codings)


def items(plan: Plan) -> list[ScoreItem]:
    return [ScoreItem(c, "", Path("x.npy"), ("mel", "visqol")) for c in plan.codings]


def test_a_clips_estimates_go_together_the_longest_clip_first() -> None:
    tasks = score_tasks(items(make_plan(8)), "paper", jobs=2)
    assert [{i.coding.clip.name for i in task.items} for task in tasks] == [
        {f"c{i}"} for i in reversed(range(8))
    ]


def test_few_clips_are_shared_out_over_many_processes() -> None:
    tasks = score_tasks(items(make_plan(1)), "paper", jobs=4)
    assert len(tasks) == 4
    assert sum(len(task.items) for task in tasks) == 4


def test_what_is_stored_is_not_lacking() -> None:
    plan = make_plan()
    coding = plan.codings[0]
    keys = wanted_scores(plan, coding)
    assert keys["mel"][3] == "paper"
    assert keys["visqol"][3] == "fixed"
    assert lacking(plan, coding, set()) == ("mel", "visqol")
    assert lacking(plan, coding, {keys["mel"]}) == ("visqol",)


def test_each_point_is_timed_once_on_its_first_sound_clip() -> None:
    plan = make_plan()
    tasks = time_tasks(plan, [], {plan.codings[0].key}, "this machine")
    assert len(tasks) == 4
    assert {task.coding.clip.name for task in tasks} == {"c0", "c1"}
