"""How much a key may send: a bucket for each, filled by the minute."""

from collections.abc import Callable
from math import ceil
from time import monotonic

from otklik.serving.problems import Problem

MINUTE_S = 60.0


class RateLimits:
    """Buckets of this process; several processes behind one socket allow as much each.

    Parameters
    ----------
    clock : callable
        Seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def charge(self, key: str, amount: int, limit: int) -> None:
        """Take messages from a key's bucket, which holds a minute's worth; 0 is no limit.

        A request larger than the bucket is taken when the bucket is full.

        Raises
        ------
        Problem
            `rate_limited`; nothing is taken.
        """
        if not limit:
            return
        now = self._clock()
        level, at = self._buckets.get(key, (float(limit), now))
        level = min(float(limit), level + (now - at) * limit / MINUTE_S)
        needed = min(amount, limit)
        if level < needed:
            self._buckets[key] = (level, now)
            seconds = ceil((needed - level) * MINUTE_S / limit)
            raise Problem("rate_limited", limit=limit, retry_after_s=max(1, seconds))
        self._buckets[key] = (level - amount, now)
