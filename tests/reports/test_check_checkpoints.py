"""Checkpoints of one training: measured once each, in the order of their steps, as a course."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from codecbench.clips import find_clips
from codecbench.dac.checkpoint import save_checkpoint
from codecbench.dac.config import DACConfig
from codecbench.dac.model import DAC
from codecbench.dac.training.accelerator import start_accelerator
from codecbench.dac.training.checkpoints import save
from codecbench.dac.training.recipe import Recipe
from codecbench.dac.training.step import build_networks
from codecbench.errors import UsageError, WeightsError
from codecbench.names import parse_codec_names
from codecbench.plan import Request, lay_plan
from codecbench.reports.check.baseline_file import write_baseline
from codecbench.reports.check.candidate import Effort, clips_of
from codecbench.reports.check.checking import Measuring, check_checkpoints, read_side
from codecbench.reports.check.checkpoints import open_checkpoint
from codecbench.reports.check.page import write_page
from codecbench.run import execute
from codecbench.schema import ENCODINGS
from codecbench.store import open_run, read_run

pytestmark = pytest.mark.slow

TINY = DACConfig(
    encoder_dim=4, encoder_rates=(8, 8, 8), decoder_dim=16, decoder_rates=(8,) * 3, n_codebooks=2
)


def _model(seed: int) -> DAC:
    torch.manual_seed(seed)
    return DAC(TINY)


@pytest.fixture
def baseline(clips: Path, tmp_path: Path) -> Path:
    """A run of one tiny model and of Opus."""
    save_checkpoint(_model(0), tmp_path / "old.pth", {"steps": 10})
    request = Request(
        codecs=parse_codec_names([f"opus@12,dac:{tmp_path / 'old.pth'}"]), metrics=("l1",)
    )
    with open_run(tmp_path / "base") as store:
        plan = lay_plan(request, find_clips(clips))
        command = f"bench run --clips {clips}"
        execute(plan, store, command, 1, timing=False, open_executor=ThreadPoolExecutor)
    return tmp_path / "base"


def test_a_course_of_checkpoints(baseline: Path, tmp_path: Path) -> None:
    how = Measuring(tmp_path / "check", effort=Effort(1, open_executor=ThreadPoolExecutor))
    (tmp_path / "recipe.json").touch()  # the three lie in one training's folder
    paths = [tmp_path / name for name in ("third.pth", "first.pth", "second.pth")]
    for seed, (path, steps) in enumerate(zip(paths, (3000, 1000, 2000), strict=True)):
        save_checkpoint(_model(seed), path, {"steps": steps})  # the third is the baseline's model
    verdict, course = check_checkpoints(read_side(baseline), paths, measuring=how)
    assert course is not None
    assert course.steps == (1000, 2000, 3000)
    # The last by its steps is judged, whichever was named last; Opus is not compared with it.
    assert verdict.outcome == "pass"
    assert all(cell.is_identical for cell in verdict.cells)
    assert {cell.pairing.quantity.metric for cell in verdict.cells} >= {"l1", "bitrate"}
    assert {line.outcomes[-1] for line in course.lines} == {"pass"}
    assert {line.outcomes[0] for line in course.lines if line.metric == "l1"} == {"could not judge"}
    with read_run(tmp_path / "check") as store:
        before = store.rows(ENCODINGS)
    again, _ = check_checkpoints(read_side(baseline), paths, measuring=how)
    with read_run(tmp_path / "check") as store:
        assert store.rows(ENCODINGS) == before
    assert [cell.mean for cell in again.cells] == [cell.mean for cell in verdict.cells]

    path = tmp_path / "check.html"
    write_page(verdict, path, "bench check", course)
    page = path.read_text()
    assert "1,000 steps" in page
    assert "data:image/svg+xml;base64," in page


@pytest.mark.parametrize("folders", [("parent", "fine"), (".", "."), ("parent", ".")])
def test_steps_of_different_trainings_decide_nothing(
    baseline: Path, tmp_path: Path, folders: tuple[str, str]
) -> None:
    """A parent of many steps, then its fine-tune of few: the fine-tune was named last."""
    how = Measuring(tmp_path / "check", effort=Effort(1, open_executor=ThreadPoolExecutor))
    paths = []
    for folder, name, seed, steps in zip(folders, "pf", (0, 1), (3000, 50), strict=True):
        (tmp_path / folder).mkdir(exist_ok=True)
        if folder != ".":  # else copies, of which nobody knows the training
            (tmp_path / folder / "recipe.json").touch()
        paths.append(tmp_path / folder / f"{name}.pth")
        save_checkpoint(_model(seed), paths[-1], {"steps": steps})
    verdict, course = check_checkpoints(read_side(baseline), paths, measuring=how)
    assert course is not None
    assert course.labels == ("p.pth", "f.pth")
    assert course.steps == (None, None)
    assert verdict.outcome == "could not judge"  # the parent alone is the baseline's model
    (said,) = [note for note in verdict.notes if "trainings" in note]
    assert said.endswith(f"the last one decides: {paths[1]}")
    # Given in the order of their steps, there is nothing to say.
    verdict, course = check_checkpoints(read_side(baseline), paths[::-1], measuring=how)
    assert course is not None
    assert course.steps == (50, 3000)
    assert verdict.outcome == "pass"
    assert not [note for note in verdict.notes if "trainings" in note]


def test_a_checkpoint_that_is_checked_as_it_trains_draws_its_course(
    baseline: Path, tmp_path: Path
) -> None:
    how = Measuring(tmp_path / "check", effort=Effort(1, open_executor=ThreadPoolExecutor))
    path = tmp_path / "weights.pth"
    steps = []
    for seed, done in enumerate((100, 200, 300)):
        save_checkpoint(_model(seed), path, {"steps": done})
        course = check_checkpoints(read_side(baseline), [path], measuring=how)[1]
        steps.append(course.steps if course else None)
    assert steps == [None, (100, 200), (100, 200, 300)]


def test_the_clips_that_got_worse_can_be_heard(baseline: Path, tmp_path: Path) -> None:
    how = Measuring(tmp_path / "check", effort=Effort(1, open_executor=ThreadPoolExecutor))
    save_checkpoint(_model(5), tmp_path / "new.pth")
    verdict, _ = check_checkpoints(read_side(baseline), [tmp_path / "new.pth"], measuring=how)
    assert verdict.outcome == "could not judge"
    path = tmp_path / "check.html"
    write_page(verdict, path, "bench check --html check.html")
    page = path.read_text()
    players = page.count('<details class="player"')
    assert players >= 1
    assert page.count("<b>Reference</b>") == players
    assert page.count("<b>baseline: dac:") == page.count("<b>candidate: dac:") >= players
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)  # it needs nothing beside it
    assert "bench check --html check.html" in page
    # A baseline file has nothing to be heard, and the page says so.
    write_baseline(read_side(baseline), tmp_path / "base.json")
    kept = read_side(tmp_path / "base.json")
    verdict, _ = check_checkpoints(kept, [tmp_path / "new.pth"], measuring=how)
    write_page(verdict, path, "bench check")
    page = path.read_text()
    assert "<b>baseline: dac:" not in page
    assert page.count("<b>candidate: dac:") >= players
    assert "has values and no bitstreams" in page


def test_checkpoints_of_all_kinds(tmp_path: Path) -> None:
    recipe = Recipe(model=TINY)
    networks = build_networks(recipe, start_accelerator(recipe, "cpu"))
    stored = save(tmp_path / "checkpoints", networks, recipe, 1234)
    opened = open_checkpoint(stored, tmp_path / "out")
    assert opened.steps == 1234
    assert opened.codec.family == "dac"
    assert open_checkpoint(stored, tmp_path / "out") == opened  # written once
    save_checkpoint(_model(0), tmp_path / "weights.pth")
    folder = open_checkpoint(tmp_path, tmp_path / "out")
    assert (folder.path, folder.steps) == (tmp_path / "weights.pth", None)
    with pytest.raises(WeightsError, match=re.escape("none.pth")):
        open_checkpoint(tmp_path / "none.pth", tmp_path / "out")


def test_a_baseline_file_finds_its_clips_from_its_own_place(
    baseline: Path, clips: Path, tmp_path: Path
) -> None:
    path = tmp_path / "ci" / "base.json"
    write_baseline(read_side(baseline), path)
    assert '"clips_in": [\n "../clips"\n]' in path.read_text()
    (tmp_path / "new").mkdir()
    clips.rename(tmp_path / "new" / "clips")
    path.parent.rename(tmp_path / "new" / "ci")
    moved = read_side(tmp_path / "new" / "ci" / "base.json")
    found = clips_of(moved, None)
    assert found.keys() == moved.clips.keys()
    assert {clip.path.parent.parent for clip in found.values()} == {tmp_path / "new" / "clips"}
    # One of an older version goes by the command of its run.
    old = path.parent.parent / "old.json"
    content = json.loads((tmp_path / "new" / "ci" / "base.json").read_text())
    del content["clips_in"]
    content["commands"] = [f"bench run --clips {tmp_path / 'new' / 'clips'}"]
    old.write_text(json.dumps(content))
    assert clips_of(read_side(old), None).keys() == moved.clips.keys()


def test_which_codec_of_the_baseline_is_meant_must_be_clear(
    baseline: Path, tmp_path: Path, clips: Path
) -> None:
    how = Measuring(tmp_path / "check", effort=Effort(1, open_executor=ThreadPoolExecutor))
    with pytest.raises(UsageError, match="the baseline has"):
        check_checkpoints(read_side(baseline), [tmp_path / "old.pth"], match="mp3", measuring=how)
