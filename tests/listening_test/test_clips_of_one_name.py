"""A run that holds several clips under one name: each is an item of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import soundfile
from conftest import speechlike

from codecbench.clips import find_clips
from codecbench.listening_test.design import Wanted
from codecbench.listening_test.making import make_test
from codecbench.listening_test.run_source import RunSource
from codecbench.names import parse_codec_names
from codecbench.plan import Request, lay_plan
from codecbench.run import execute
from codecbench.store import open_run


def test_two_clips_of_one_name_are_two_items(tmp_path: Path) -> None:
    durations_s = {"first": 2.2, "second": 2.4, "third": 2.6}
    request = Request(parse_codec_names(["opus@24"]), metrics=("l1",))
    for seed, (folder, duration_s) in enumerate(durations_s.items()):
        path = tmp_path / "clips" / folder / "one.wav"
        path.parent.mkdir(parents=True)
        soundfile.write(path, speechlike(duration_s, 16000, seed), 16000)
        with open_run(tmp_path / "run") as store:
            plan = lay_plan(request, find_clips(path.parent))
            execute(plan, store, "bench run", 1, timing=False, open_executor=ThreadPoolExecutor)
    source = RunSource(tmp_path / "run", ["opus@24"], tmp_path / "clips")
    assert all(clip.name.startswith("one (") for clip in source.clips)
    made = make_test(tmp_path / "test", source, Wanted(clips=2, depart="few"), print)
    found = {item.clip: item.duration_s for item in (*made.items, *made.training_items)}
    assert sorted(found.values()) == sorted(durations_s.values())
