"""Mass incidents: one event, many reports within minutes and hours; and planned works."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from otklik.datasets.city_drafts import DAY_S, Draft, World
from otklik.datasets.city_phrases import Phrase, phrases_of, pick
from otklik.datasets.city_topics import load_table
from otklik.datasets.city_truth import Incident, Planted, Work, moment

SIZES = (6, 40)
PLANNED = 0.3
DECOYS = 12
"""Planned works that nobody writes about."""
_FIRST_HOUR, _LAST_HOUR = 6, 22
_GAP_S = 90
_PATIENCE = 5
"""The gap between reports doubles after every so many."""


def plant_incidents(
    chance: Random, world: World, count: int, start: datetime
) -> tuple[list[Planted[Incident]], list[Work]]:
    """Events of a year, in no order; twins come in pairs.

    Parameters
    ----------
    start : datetime
        Midnight of the first day, with time zone.
    """
    kinds = load_table("incidents")["incident"]
    planted: list[Planted[Incident]] = []
    works: list[Work] = []
    while len(planted) < count:
        kind = pick(chance, kinds)
        topic = world.number_of[kind["topic"]]
        ((_, day),) = world.rates.draw(chance, 1, [topic], range(1, world.year.n_days - 2))
        at = day * DAY_S + chance.randrange(_FIRST_HOUR * 3600, _LAST_HOUR * 3600)
        code = f"I{len(planted) + 1}"
        street = world.plan.draw_street(chance)
        if not kind.get("twin"):
            one = _event(chance, world, kind, at, street, "", code, start)
            if kind.get("planned") and chance.random() < PLANNED:
                work = _work(chance, world, len(works), topic, street, at, start)
                works.append(work)
                one.record = replace(one.record, work=work.code)
            planted.append(one)
            continue
        houses = chance.sample(world.plan.streets[street].houses, 2)
        other = f"I{len(planted) + 2}"
        later = at + chance.randrange(0, 3 * 3600)
        first = _event(chance, world, kind, at, street, houses[0], code, start)
        second = _event(chance, world, kind, later, street, houses[1], other, start)
        first.record = replace(first.record, twin=other)
        second.record = replace(second.record, twin=code)
        planted += [first, second]
    return planted, works


def _event(
    chance: Random,
    world: World,
    kind: dict[str, Any],
    at: int,
    street: int,
    house: str,
    code: str,
    start: datetime,
) -> Planted[Incident]:
    topic = world.number_of[kind["topic"]]
    network = world.topics[topic].network
    asset = world.plan.assets[world.plan.streets[street].assets[network]]
    streets: Sequence[int] = (street,) if house else asset.streets
    lines: tuple[Phrase, ...] = phrases_of(kind["lines"])
    size = min(max(SIZES[0], round(chance.lognormvariate(2.5, 0.5))), SIZES[1])
    drafts: list[Draft] = []
    moment_s = float(at)
    for number in range(size):
        where = world.plan.draw_among(chance, tuple(streets))
        given = house or None
        draft = world.draft(chance, topic, 0, street=where, at=int(moment_s), house=given)
        draft.lines = lines
        drafts.append(draft)
        moment_s += chance.expovariate(1 / (_GAP_S * 2 ** (number // _PATIENCE)))
        moment_s = min(moment_s, at + 1.5 * DAY_S)
    record = Incident(
        code,
        kind["code"],
        kind["topic"],
        asset.name,
        tuple(world.plan.streets[number].name for number in streets),
        house,
        moment(start, at),
        moment(start, drafts[-1].at),
        "",
        "",
    )
    return Planted(record, drafts)


def plan_decoys(chance: Random, world: World, works: list[Work], start: datetime) -> list[Work]:
    """Works of the calendar that nobody writes about, beside those that somebody does."""
    found = list(works)
    kinds = [kind for kind in load_table("incidents")["incident"] if kind.get("planned")]
    for _ in range(DECOYS):
        topic = world.number_of[pick(chance, kinds)["topic"]]
        at = chance.randrange(world.year.n_days - 2) * DAY_S + 10 * 3600
        street = world.plan.draw_street(chance)
        found.append(_work(chance, world, len(found), topic, street, at, start))
    return sorted(found, key=lambda work: (work.starts, work.code))


def _work(
    chance: Random, world: World, number: int, topic: int, street: int, at: int, start: datetime
) -> Work:
    plan = world.plan
    asset = plan.assets[plan.streets[street].assets[world.topics[topic].network]]
    streets = tuple(plan.streets[member].name for member in asset.streets)
    begins = at - chance.randrange(0, 1800)
    ends = begins + chance.randrange(3, 11) * 3600
    until = datetime.fromisoformat(moment(start, ends))
    notice = (
        f"Плановые работы, {asset.name}: {', '.join(streets)}. Окончание — {until:%d.%m.%Y %H:%M}."
    )
    code, name = f"W{number + 1}", world.topics[topic].code
    return Work(code, name, asset.name, streets, moment(start, begins), moment(start, ends), notice)
