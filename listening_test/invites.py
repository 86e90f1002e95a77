"""Invites: links by which raters begin, one for each rater or one for many."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from codecbench.errors import UsageError
from codecbench.listening_test.clock import utc_now
from codecbench.listening_test.schema import INVITES
from codecbench.listening_test.tokens import digest, new_token

MOST = 10_000
"""Links or places that are made at once."""


@dataclass(frozen=True)
class Invite:
    """quota: how many raters may begin by it; 1 for a personal link."""

    id: int
    quota: int


def make_invites(connection: Connection, count: int) -> list[str]:
    """Personal links for one rater each: their tokens, which are not kept and not told again."""
    if not 1 <= count <= MOST:
        raise UsageError(f"{count} invites: give a number from 1 to {MOST}")
    known = connection.execute(select(func.count()).select_from(INVITES)).scalar_one()
    tokens = [new_token() for _ in range(count)]
    rows = [_row(token, f"personal {known + n}", 1) for n, token in enumerate(tokens, 1)]
    connection.execute(insert(INVITES), rows)
    return tokens


def make_open_invite(connection: Connection, quota: int) -> str:
    """One link by which up to `quota` raters may begin: its token."""
    if not 2 <= quota <= MOST:
        raise UsageError(f"an open link for {quota}: give a number from 2 to {MOST}")
    token = new_token()
    known = connection.execute(select(func.count()).select_from(INVITES)).scalar_one()
    connection.execute(insert(INVITES), _row(token, f"open {known + 1}", quota))
    return token


def find_invite(connection: Connection, token: str) -> Invite | None:
    """The invite with this token, unless it was revoked."""
    statement = select(INVITES.c.id, INVITES.c.quota).where(
        INVITES.c.token_hash == digest(token), INVITES.c.revoked.is_(False)
    )
    row = connection.execute(statement).first()
    return None if row is None else Invite(*row)


def revoke_invite(connection: Connection, invite: int) -> bool:
    """Let nobody begin by this invite any more; False where there is no such invite."""
    statement = update(INVITES).where(INVITES.c.id == invite).values(revoked=True)
    return connection.execute(statement).rowcount > 0


def _row(token: str, label: str, quota: int) -> dict[str, object]:
    return {
        "token_hash": digest(token),
        "label": label,
        "quota": quota,
        "created": utc_now(),
        "revoked": False,
    }
