"""How often something may be done: a bucket of tokens for each key, in the server's memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_KEYS = 20_000
"""Buckets kept; those not used for longest go, full again."""


class Limiter:
    """`burst` at once, then `per_s` each second, for each key. Safe to share between threads."""

    def __init__(
        self, per_s: float, burst: int, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s, self._burst, self._clock_s = per_s, burst, clock_s
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str, takes: int = 1) -> float:
        """Take from the key's bucket: 0 where it could be taken, else seconds until it can be.

        With `takes` 0 it only says whether there is anything left to take.
        """
        with self._lock:
            now_s = self._clock_s()
            left, at_s = self._buckets.pop(key, (float(self._burst), now_s))
            left = min(self._burst, left + (now_s - at_s) * self._per_s)
            lacks = max(takes, 1) - left
            self._buckets[key] = (left if lacks > 0 else left - takes, now_s)
            if len(self._buckets) > MOST_KEYS:
                self._buckets.popitem(last=False)
            return max(0.0, lacks / self._per_s)
