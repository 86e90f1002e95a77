"""How far a test is: by rater, by item, by invite."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from codecbench.listening_test.assignment import pages_of
from codecbench.listening_test.frozen_design import design_row
from codecbench.listening_test.schema import INVITES, RATERS, TRIALS
from codecbench.listening_test.test_file import ListeningTest


@dataclass(frozen=True)
class RaterProgress:
    """state: at work, finished, screened out (by the headphone check) or erased.

    trials, all_trials: sent and to send, without training. external_id: empty for none.
    """

    name: str
    invite: str
    external_id: str
    state: str
    trials: int
    all_trials: int
    began: str
    seen: str


@dataclass(frozen=True)
class ItemProgress:
    """trials: that raters sent. raters: who rated it at least once."""

    item: str
    category: str
    trials: int
    raters: int


@dataclass(frozen=True)
class InviteProgress:
    """begun: raters who began by it, of `quota`."""

    id: int
    label: str
    quota: int
    begun: int
    revoked: bool
    created: str


@dataclass(frozen=True)
class Progress:
    """test_hash: None before the first rater began."""

    closed: bool
    test_hash: str | None
    raters: tuple[RaterProgress, ...]
    items: tuple[ItemProgress, ...]
    invites: tuple[InviteProgress, ...]

    def count(self, state: str) -> int:
        """How many raters are in a state."""
        return sum(rater.state == state for rater in self.raters)


def progress_of(connection: Connection, test: ListeningTest) -> Progress:
    """The state of the test now."""
    design = design_row(connection)
    sent = connection.execute(
        select(TRIALS.c.rater_id, TRIALS.c.item).where(
            TRIALS.c.completed.is_not(None), TRIALS.c.training.is_(False)
        )
    ).all()
    by_rater = Counter(row.rater_id for row in sent)
    by_item = Counter(row.item for row in sent)
    raters_of_item = Counter(item for _, item in {tuple(row) for row in sent})
    rows = connection.execute(
        select(RATERS, INVITES.c.label)
        .join_from(RATERS, INVITES, INVITES.c.id == RATERS.c.invite_id)
        .order_by(RATERS.c.id)
    )
    return Progress(
        closed=design.closed,
        test_hash=design.test_hash,
        raters=tuple(_rater(test, row, by_rater[row.id]) for row in rows),
        items=tuple(
            ItemProgress(item.id, item.category, by_item[item.id], raters_of_item[item.id])
            for item in test.items
        ),
        invites=_invites(connection),
    )


def _rater(test: ListeningTest, row: Any, trials: int) -> RaterProgress:
    pages = () if row.erased else pages_of(test, row.seed, row._mapping[RATERS.c["items"]])
    if row.erased:
        state = "erased"
    elif row.finished is not None:
        state = "finished"
    else:
        state = "screened out" if row.page == len(pages) - 1 else "at work"
    return RaterProgress(
        name=row.name,
        invite=row.label,
        external_id=row.external_id or "",
        state=state,
        trials=trials,
        all_trials=sum(page.kind == "trial" and not page.training for page in pages),
        began=row.began,
        seen=row.seen,
    )


def _invites(connection: Connection) -> tuple[InviteProgress, ...]:
    begun = func.count(RATERS.c.id).label("begun")
    rows = connection.execute(
        select(INVITES, begun)
        .join_from(INVITES, RATERS, RATERS.c.invite_id == INVITES.c.id, isouter=True)
        .group_by(INVITES.c.id)
        .order_by(INVITES.c.id)
    )
    return tuple(
        InviteProgress(row.id, row.label, row.quota, row.begun, row.revoked, row.created)
        for row in rows
    )
