"""How large a trouble is against what would be usual, and where it is heading."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from otklik.pipelines.passport_subject import CITY, Subject, at_places

COVER = 0.9
TREND_WEEKS = 4
_LEAST_FOR_TREND = 6
_DOUBT = 0.1


@dataclass(frozen=True, slots=True)
class Size:
    """Counts of independent messages.

    `expected` is what the topics would bring at these places in this period if the places had
    their usual share of the city's messages; `ratio`, `low`, `high` are observed over expected
    with an exact interval of `COVER`, and `surplus` with its interval is the difference. Without
    enough messages elsewhere, `known` is false and the estimates mean nothing.
    """

    messages: int
    voices: int
    authors: int
    expected: float
    ratio: float
    low: float
    high: float
    known: bool

    @property
    def surplus(self) -> tuple[float, float, float]:
        """Messages above the expected: middle, low, high; the interval may reach below 0."""

        def over(ratio: float) -> float:
            return self.voices * (1 - 1 / max(ratio, 1e-9)) if ratio > 0 else -self.expected

        return over(self.ratio), over(self.low), over(self.high)


@dataclass(frozen=True, slots=True)
class Trend:
    """Independent messages of the last four weeks and of the four before; `way` -1, 0 or 1."""

    before: int
    after: int
    way: int
    ids: tuple[int, ...]


def measure(table: pd.DataFrame, subject: Subject, counted: "pd.Series[bool]") -> Size:
    """Set the voices of a subject against the rest of the city.

    Parameters
    ----------
    table : DataFrame
        Of the snapshot.
    counted : Series of bool
        Which of its messages are independent.
    """
    voices = len(subject.voices)
    authors = int(subject.voices["author"].nunique()) or voices
    period = (table["dated_at"] >= subject.starts) & (table["dated_at"] < subject.ends)
    here = at_places(table, subject)
    of_topic = table["topic"].isin(subject.topics)
    elsewhere = int((period & of_topic & ~here & counted).sum())
    if subject.unit == CITY:
        # nowhere in particular: the same weeks can only be set against the rest of the time
        elsewhere = int((~period & of_topic & counted).sum())
        days = (subject.ends - subject.starts).days + 1
        whole = max((table["dated_at"].max() - table["dated_at"].min()).days, days + 1)
        share = days / whole
    else:
        placed = table[subject.unit].notna() & counted & ~(of_topic & here & period)
        share = (float((placed & here).sum()) + 0.5) / (float(placed.sum()) + 1)
    odds = share / max(1 - share, 1e-9)
    expected = elsewhere * odds
    bounds = stats.binomtest(voices, max(voices + elsewhere, 1)).proportion_ci(COVER)
    low, high = (bound / max(1 - bound, 1e-9) / odds for bound in (bounds.low, bounds.high))
    ratio = voices / max(expected, 1e-9)
    return Size(
        len(subject.messages),
        voices,
        authors,
        expected,
        ratio,
        float(low),
        float(high),
        known=elsewhere >= _LEAST_FOR_TREND,
    )


def find_trend(subject: Subject, until: pd.Timestamp) -> Trend | None:
    """Last four weeks against the four before; None where there are too few messages."""
    end = min(until, subject.ends)
    step = pd.Timedelta(weeks=TREND_WEEKS)
    at = subject.voices["dated_at"]
    last = subject.voices[(at >= end - step) & (at < end)]
    former = subject.voices[(at >= end - 2 * step) & (at < end - step)]
    total = len(last) + len(former)
    if total < _LEAST_FOR_TREND or subject.starts > end - step:
        return None
    p = stats.binomtest(len(last), total, 0.5).pvalue
    way = int(np.sign(len(last) - len(former))) if p < _DOUBT else 0
    ids = tuple(int(number) for number in (*former.index, *last.index))
    return Trend(len(former), len(last), way, ids)
