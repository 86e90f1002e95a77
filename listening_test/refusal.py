"""What the server says no to: caught in one place and answered as JSON or as a page."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818 - an answer to a request, not a fault of the server
    """A request that is refused. Raised inside a transaction, it undoes it.

    status: of HTTP. key: of the message in the catalogue of texts. error: for programs and logs,
    without anything that a rater sent. more: further fields of the JSON answer.
    """

    def __init__(self, status: int, key: str, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status, self.key, self.error, self.more = status, key, error, more


def no_such_page() -> Refusal:
    """An address that leads nowhere: an unknown or erased rater, invite or sound."""
    return Refusal(404, "not_found", "there is nothing at this address")


def bad_request(error: str) -> Refusal:
    """A request that is not as the interface asks."""
    return Refusal(400, "failed", error)


def other_page(page: int) -> Refusal:
    """The rater is on another page by now, in another tab say."""
    return Refusal(409, "other_page", "this is not the current page", page=page)
