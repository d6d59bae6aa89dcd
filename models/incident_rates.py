"""How often messages of a kind come anyway: counts that fade, so that the season is followed."""

import math
from collections.abc import Mapping
from datetime import datetime

TAU_S = 14 * 86_400.0
"""After this time a message counts for 1/e."""
PEAK = 2.0
"""Busy hours bring so many times the mean."""
_KINDS = 200.0
"""About as many topics are written of; each is believed to have been met once."""
_YOUNG_S = 86_400.0
_LEAST_MESSAGES = 50.0
EVERYTHING = ""
"""Name that the sum of all topics is kept under."""


class Rates:
    """Faded counts by topic.

    Parameters
    ----------
    counts : mapping of str to (float, datetime)
        Count of each topic and the moment that it is faded to; `EVERYTHING` holds the sum.
    since : datetime or None
        When counting began.
    """

    def __init__(
        self,
        counts: Mapping[str, tuple[float, datetime]] | None = None,
        since: datetime | None = None,
    ) -> None:
        self.counts = dict(counts or {})
        self.since = since

    def count(self, topic: str, at: datetime) -> None:
        """Count a message."""
        self.since = at if self.since is None else min(self.since, at)
        for name in (topic, EVERYTHING):
            known, last = self.counts.get(name, (0.0, at))
            later = max(last, at)
            self.counts[name] = (_faded(known, last, later) + _faded(1.0, at, later), later)

    def per_second(self, topic: str, at: datetime) -> float:
        """Messages of a topic a second, in busy hours."""
        if self.since is None:
            return PEAK * _LEAST_MESSAGES / _YOUNG_S / _KINDS
        lasted = max((at - self.since).total_seconds(), 0.0)
        span_s = max(TAU_S * (1.0 - math.exp(-lasted / TAU_S)), _YOUNG_S)
        total = max(self._now(EVERYTHING, at), _LEAST_MESSAGES)
        share = (self._now(topic, at) + 1.0) / (total + _KINDS)
        return PEAK * share * total / span_s

    def _now(self, topic: str, at: datetime) -> float:
        known, last = self.counts.get(topic, (0.0, at))
        return _faded(known, last, max(last, at))


def _faded(count: float, last: datetime, at: datetime) -> float:
    return count * math.exp(-(at - last).total_seconds() / TAU_S)
