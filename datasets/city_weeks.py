"""The first weeks of a made-up city's year, with the truth of those weeks alone."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from otklik.datasets.city_truth import Cause, Copies, LastingProblem, Repeat, Rise, Truth
from otklik.datasets.errors import BadSettings
from otklik.datasets.synthetic_city import YEAR, City

WEEKS = 52
"""Weeks of a year; the last one takes the odd day at the end too."""

Raised = TypeVar("Raised", Cause, Rise)


def first_weeks(city: City, weeks: int, *, year: int = YEAR) -> City:
    """Keep the messages of so many weeks from the first of January; 52 are the whole year.

    Truth keeps what begins in those weeks. A cause or rise that goes on behind them ends with
    them, its expected number in proportion to its days.

    Raises
    ------
    BadSettings
        Fewer weeks than 1 or more than 52.
    """
    if not 1 <= weeks <= WEEKS:
        raise BadSettings(f"A city of {weeks} weeks cannot be made: ask for 1 to {WEEKS}.")
    if weeks == WEEKS:
        return city
    stop = date(year, 1, 1) + timedelta(weeks=weeks)
    kept = tuple(one for one in city.messages if one.posted_at and one.posted_at.date() < stop)
    return City(kept, _truth(city.truth, frozenset(one.external_id for one in kept), weeks, stop))


def _truth(truth: Truth, kept: frozenset[str], weeks: int, stop: date) -> Truth:
    def ids(of: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one for one in of if one in kept)

    copies = (Copies(one.kind, ids(one.ids)) for one in truth.copies)
    repeats = (Repeat(ids(one.ids)) for one in truth.repeats)
    return replace(
        truth,
        n_messages=len(kept),
        causes=tuple(_raised(one, ids(one.ids), stop) for one in truth.causes if ids(one.ids)),
        rises=tuple(_raised(one, ids(one.ids), stop) for one in truth.rises if ids(one.ids)),
        incidents=tuple(replace(one, ids=ids(one.ids)) for one in truth.incidents if ids(one.ids)),
        works=tuple(one for one in truth.works if datetime.fromisoformat(one.starts).date() < stop),
        problems=tuple(
            _problem(one, ids(one.ids), weeks) for one in truth.problems if ids(one.ids)
        ),
        copies=tuple(one for one in copies if len(one.ids) > 1),
        repeats=tuple(one for one in repeats if len(one.ids) > 1),
        false_solved=ids(truth.false_solved),
        qualities={name: quality for name, quality in truth.qualities.items() if name in kept},
    )


def _raised(one: Raised, ids: tuple[str, ...], stop: date) -> Raised:
    starts, ends = date.fromisoformat(one.starts), date.fromisoformat(one.ends)
    if ends <= stop:
        return replace(one, ids=ids)
    part = (stop - starts) / (ends - starts)
    expected = round(one.expected * part, 3)
    return replace(one, ids=ids, ends=stop.isoformat(), expected=expected)


def _problem(one: LastingProblem, ids: tuple[str, ...], weeks: int) -> LastingProblem:
    events = tuple(event for event in one.events if event.week < weeks)
    return replace(one, ids=ids, events=events)
