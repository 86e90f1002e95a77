"""What a statistic says that these ratings cannot give: a reason for the report, never a number."""

from __future__ import annotations

from codecbench.errors import ListeningTestError


class Uncomputable(ListeningTestError):  # noqa: N818 - a verdict about the ratings, not a fault
    """A statistic has no value here; the message is the reason that the report shows."""
