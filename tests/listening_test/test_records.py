"""Frames of what raters gave, against what they gave; erasing; keeping no longer than was said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from walking import Walker, join_by, new_invite, small_app

from codecbench.listening_test.csv_export import as_csv
from codecbench.listening_test.database import default_address
from codecbench.listening_test.frozen_design import design_row
from codecbench.listening_test.progress import progress_of
from codecbench.listening_test.raters import erase_rater
from codecbench.listening_test.records import (
    RATING_COLUMNS,
    load_answers,
    load_events,
    load_raters,
    load_ratings,
)
from codecbench.listening_test.retention import forget_old
from codecbench.listening_test.schema import RATERS
from codecbench.listening_test.screening import screen
from codecbench.listening_test.served import Served
from codecbench.listening_test.test_file import content_hash


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Served, Flask]]:
    with small_app(tmp_path, items=2, duration_s=0.01, replicated_items=1) as pair:
        yield pair


def test_ratings_are_those_that_were_given(small: tuple[Served, Flask], tmp_path: Path) -> None:
    served, app = small
    expected = {}
    for walker in (Walker.begin(app, served), Walker.begin(app, served)):
        walker.walk_to("trial", training=True)
        while walker.page()["kind"] == "trial":
            page, number = walker.secret_page, walker.rater.page
            walker.pass_page(score=number + walker.rater.id)
            for slot, condition in enumerate(page.slots):
                key = (walker.rater.name, number, slot)
                score = number + walker.rater.id
                expected[key] = (
                    page.item, condition, score, page.presentation, page.training, True
                )  # fmt: skip
    late = Walker.begin(app, served)
    late.walk_to("trial")
    late.rate(1, 99)
    frame = load_ratings(tmp_path)
    assert tuple(frame.columns) == RATING_COLUMNS
    sent = frame[frame.completed & (frame.rater != "R0003")].to_dict("records")
    found = {
        (row["rater"], row["page"], row["slot"]): (
            row["item"],
            row["condition"],
            row["score"],
            row["presentation"],
            row["training"],
            row["completed"],
        )
        for row in sent
    }
    assert found == expected
    assert len(found) == 2 * (1 + 2 + 1) * 5
    (open_one,) = frame[~frame.completed].to_dict("records")
    assert (open_one["rater"], open_one["score"], open_one["slot"]) == ("R0003", 99, 1)
    kinds = dict(zip(frame.condition, frame.kind, strict=True))
    assert kinds == {condition.name: condition.kind for condition in served.test.conditions}
    categories = dict(zip(frame.item, frame.category, strict=True))
    assert categories == {"item1": "speech", "item2": "music", "training1": "speech"} | {
        item.id: item.category for item in served.test.training_items
    }
    assert frame.equals(load_ratings(default_address(tmp_path)))


def test_nobody_yet(small: tuple[Served, Flask], tmp_path: Path) -> None:
    frame = load_ratings(tmp_path)
    assert frame.empty
    assert tuple(frame.columns) == RATING_COLUMNS
    assert screen(frame, small[0].test.plan) == ()
    for empty in (load_events(tmp_path), load_raters(tmp_path), load_answers(tmp_path)):
        assert empty.empty


def test_events_raters_and_answers(small: tuple[Served, Flask], tmp_path: Path) -> None:
    served, app = small
    walker = Walker.begin(app, served, external_id="5f3c")
    walker.walk_to("trial", training=True)
    slots = walker.secret_page.slots
    walker.hear(2)
    walker.post(
        "events",
        page=walker.rater.page,
        events=[{"id": "l", "kind": "loop", "at_s": 2, "detail": {"from_s": 0.25}}],
    )
    heard, loop = load_events(tmp_path).to_dict("records")
    assert (heard["rater"], heard["item"], heard["slot"]) == ("R0001", "training1", 2)
    assert (heard["kind"], heard["condition"], heard["at_s"]) == ("play", slots[2], 1.0)
    assert (loop["kind"], loop["detail"]) == ("loop", '{"from_s": 0.25}')
    answers = load_answers(tmp_path)
    assert dict(zip(answers.name, answers.value, strict=True)) == {
        "agreed": "yes",
        "device": "headphones",
        "right_1": "6",
    }
    raters = load_raters(tmp_path)
    assert raters[["rater", "invite", "page", "erased"]].to_numpy().tolist() == [
        ["R0001", "personal 1", 5, False]
    ]
    assert "5f3c" not in raters.to_csv()


def test_erasing_leaves_nothing_but_the_count(small: tuple[Served, Flask], tmp_path: Path) -> None:
    served, app = small
    invite = new_invite(served)
    gone = Walker.begin(app, served, invite, external_id="unmistakable-5f3c")
    for kind in ("questionnaire", "trial"):
        gone.walk_to(kind)
        if kind == "questionnaire":
            gone.next(device="headphones", remarks="unmistakable remark")
    gone.finish(73)
    stays = Walker.begin(app, served)
    stays.finish(20)
    with served.database.writing() as connection:
        assert erase_rater(connection, "R0001")
        assert not erase_rater(connection, "R0099")
    served.database.forget_erased()

    assert set(load_ratings(tmp_path).rater) == {"R0002"}
    assert set(load_events(tmp_path).rater) == {"R0002"}
    assert set(load_answers(tmp_path).rater) == {"R0002"}
    assert load_raters(tmp_path).erased.tolist() == [True, False]
    with served.database.reading() as connection:
        row = connection.execute(select(RATERS).where(RATERS.c.name == "R0001")).one()
        progress = progress_of(connection, served.test)
        assert design_row(connection).test_hash == content_hash(served.test)
    assert (row.external_id, row.seed, row.language) == (None, 0, "")
    assert len(row.began) == len(row.seen) == len("2026-01-01")
    assert (progress.count("erased"), progress.count("finished")) == (1, 1)
    first = progress.invites[0]
    assert (first.label, first.begun, first.revoked) == ("erased", 1, True)
    for path in tmp_path.glob("ratings.sqlite*"):
        assert b"unmistakable" not in path.read_bytes(), path
    assert gone.client.get(f"/r/{gone.token}/api/page").status_code == 404
    assert gone.rate(0, 50, page=0).status_code == 404
    assert join_by(gone.client, invite).status_code == 404
    assert Walker.begin(app, served).rater.name == "R0003"


def test_what_tells_people_apart_goes_when_its_time_is_over(
    small: tuple[Served, Flask], tmp_path: Path
) -> None:
    served, app = small
    old = Walker.begin(app, served, external_id="old-one")
    fresh = Walker.begin(app, served, external_id="fresh-one")
    for walker in (old, fresh):
        walker.walk_to("questionnaire")
        walker.next(device="headphones", remarks="my own words", age="40")
        walker.finish()
    with served.database.writing() as connection:
        values = {"seen": "2020-01-01T00:00:00.000Z"}
        connection.execute(update(RATERS).where(RATERS.c.name == "R0001").values(values))
    ratings = load_ratings(tmp_path)
    assert forget_old(served, days=30) == 1
    assert forget_old(served, days=30) == 0
    with served.database.reading() as connection:
        ids = connection.execute(select(RATERS.c.external_id).order_by(RATERS.c.id)).scalars().all()
    assert ids == [None, "fresh-one"]
    answers = load_answers(tmp_path)
    assert answers[answers.name == "remarks"].rater.tolist() == ["R0002"]
    assert answers[answers.name == "age"].rater.tolist() == ["R0001", "R0002"]
    assert load_ratings(tmp_path).equals(ratings)
    for path in tmp_path.glob("ratings.sqlite*"):
        assert b"old-one" not in path.read_bytes()


def test_spreadsheets_do_not_run_what_raters_write() -> None:
    import pandas as pd

    frame = pd.DataFrame({"value": ["=1+1", "-5", "@x", "+3.5", "plain", None], "score": range(6)})
    lines = as_csv(frame).splitlines()
    assert lines == ["value,score", "'=1+1,0", "-5,1", "'@x,2", "+3.5,3", "plain,4", ",5"]
