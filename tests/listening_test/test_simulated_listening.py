"""Simulated raters through the real server: what they meant is what the results have."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from small_test import write_small_test

from codecbench.cli.listen import listen
from codecbench.errors import UsageError
from codecbench.listening_test import records
from codecbench.listening_test.app import create_app
from codecbench.listening_test.demo import run_demo
from codecbench.listening_test.invites import make_open_invite
from codecbench.listening_test.served import open_served
from codecbench.listening_test.simulated_listening import SimulatedListener, known_sounds
from codecbench.listening_test.simulated_raters import (
    Population,
    SimulatedRater,
    simulated_score,
)
from codecbench.listening_test.test_file import AnalysisPlan, Pages

POPULATION = Population(
    {"reference": 100.0, "anchor35": 20.0, "anchor70": 40.0, "opus@6": 45.0, "dac@8": 70.0}
)
RATERS = (
    SimulatedRater("one"),
    SimulatedRater("two"),
    SimulatedRater("three"),
    SimulatedRater("odd", low_references=1),
)


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A test of five items, one heard twice, that four raters went through."""
    folder = tmp_path_factory.mktemp("listened") / "test"
    test = write_small_test(
        folder,
        items=5,
        duration_s=0.1,
        pages=Pages(),
        plan=AnalysisPlan(permutations=200),
        replicated_items=1,
    )
    items = tuple(item.id for item in test.items)
    with open_served(folder) as served:
        app = create_app(served)
        with served.database.writing() as connection:
            invite = make_open_invite(connection, len(RATERS))
        sounds = known_sounds(folder, test)
        for rater in RATERS:
            SimulatedListener(app, invite, rater, POPULATION, items, sounds).take_the_test()
    return folder


@pytest.mark.slow
def test_what_raters_meant_is_what_is_stored(rated: Path) -> None:
    """Every score of the frame is the one that the rater gives that stimulus, whatever the slot."""
    frame = records.load_ratings(rated)
    scored = frame[~frame.training]
    assert len(scored) == len(RATERS) * 6 * 5
    assert scored.completed.all()
    items = sorted(set(scored.item))
    names = dict(zip(sorted(set(frame.rater)), RATERS, strict=True))
    for row in scored.to_dict("records"):
        meant = simulated_score(
            names[row["rater"]],
            POPULATION,
            items,
            row["item"],
            row["condition"],
            row["kind"],
            row["presentation"],
        )
        assert row["score"] == meant


@pytest.mark.slow
def test_results_command(rated: Path, tmp_path: Path) -> None:
    """The fourth rater had one low reference of five items; heard twice it is 1 or 2 of 6."""
    out = tmp_path / "results"
    told = CliRunner().invoke(listen, ["results", str(rated), "--out", str(out)])
    assert told.exit_code == 0, told.output
    assert "3 raters on 5 items. 4 began, 4 completed a trial, 1 was left out" in told.output
    assert "left out: R0004: hidden reference under 90 on" in told.output
    raters = pd.read_csv(out / "raters.csv")
    assert list(raters.replicates) == [5, 5, 5, 5]
    assert len(pd.read_csv(out / "events.csv")) == len(RATERS) * 7 * 6
    assert "| dac@8 | 8.0 |" in (out / "report.md").read_text()


def test_the_demonstration_does_not_write_over_things(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(UsageError, match="there already"):
        run_demo(tmp_path, print)
    with pytest.raises(UsageError, match="needs 6"):
        run_demo(tmp_path / "new", print, raters=5)
    assert not (tmp_path / "new").exists()
