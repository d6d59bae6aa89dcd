"""How many messages each part of the truth gets, so that the year has exactly as many as asked."""

from dataclasses import dataclass, field
from datetime import datetime

from otklik.datasets.city_answers import FALSE
from otklik.datasets.city_causes import choose_cells, plant_cause
from otklik.datasets.city_copies import plant_copies, plant_repeats
from otklik.datasets.city_drafts import DAY_S, Draft, World
from otklik.datasets.city_incidents import plan_decoys, plant_incidents
from otklik.datasets.city_problems import plant_problems
from otklik.datasets.city_rises import choose_factors, plant_rise
from otklik.datasets.city_truth import (
    Cause,
    Copies,
    Incident,
    LastingProblem,
    Planted,
    Record,
    Repeat,
    Rise,
    Truth,
    Work,
    settle,
)

CAUSES, RISES = 3, 2
COPIED, REPEATED = 0.045, 0.02
IN_INCIDENTS, IN_PROBLEMS = 0.06, 0.06
"""Shares of all messages."""
_INCIDENT_SIZE = 14
_MOST_INCIDENTS = 60
_MOST_IN_PROBLEMS = 3000


@dataclass
class Planting:
    """Every message of a city before it has words, and the truth about them."""

    null: bool
    drafts: list[Draft] = field(default_factory=list)
    causes: list[Planted[Cause]] = field(default_factory=list)
    rises: list[Planted[Rise]] = field(default_factory=list)
    incidents: list[Planted[Incident]] = field(default_factory=list)
    problems: list[Planted[LastingProblem]] = field(default_factory=list)
    copies: list[Planted[Copies]] = field(default_factory=list)
    repeats: list[Planted[Repeat]] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)

    def truth(self, world: World) -> Truth:
        """Truth with the ids of messages, which the drafts must have by now."""
        plan = world.plan
        assets = {
            asset.name: {
                "network": asset.network,
                "visible": asset.visible,
                "streets": [plan.streets[number].name for number in asset.streets],
            }
            for asset in plan.assets
        }
        qualities = {d.message_id: d.quality for d in self.drafts if d.quality}
        return Truth(
            seed=world.seed,
            null=self.null,
            n_messages=len(self.drafts),
            causes=settle(self.causes),
            rises=settle(self.rises),
            incidents=settle(self.incidents),
            works=tuple(self.works),
            problems=settle(self.problems),
            copies=settle(self.copies),
            repeats=settle(self.repeats),
            false_solved=tuple(id_ for id_, quality in qualities.items() if quality == FALSE),
            qualities=qualities,
            assets=assets,
        )


def plant(world: World, n_messages: int, start: datetime, *, null: bool) -> Planting:
    """Plant the truth and fill the year up with ordinary messages."""
    planting = Planting(null)
    works: list[Work] = []
    n_copies, n_repeats = round(COPIED * n_messages), round(REPEATED * n_messages)
    left = n_messages - n_copies - n_repeats
    if not null:
        works = _plant_events(planting, world, n_messages, start, left)
    planting.works = plan_decoys(world.chance("works"), world, works, start)
    surplus = [
        *_drafts(planting.causes),
        *_drafts(planting.rises),
        *_drafts(planting.incidents),
        *_drafts(planting.problems),
    ]
    chance = world.chance("ordinary")
    every = range(len(world.topics))
    n_ordinary = max(0, left - len(surplus))
    ordinary = [
        world.draft(chance, topic, day)
        for topic, day in world.rates.draw(chance, n_ordinary, every, world.everything)
    ]
    planting.copies = plant_copies(world.chance("copies"), world, n_copies, ordinary)
    planting.repeats = plant_repeats(world.chance("repeats"), world, n_repeats, ordinary)
    # The first of each is an ordinary message and stands among them.
    copies = [draft for one in planting.copies for draft in one.drafts[1:]]
    repeats = [draft for one in planting.repeats for draft in one.drafts[1:]]
    planting.drafts = [*ordinary, *surplus, *copies, *repeats]
    last = world.year.n_days * DAY_S - 1
    for draft in planting.drafts:
        draft.at = min(draft.at, last)
    return planting


def _drafts(planted: list[Planted[Record]]) -> list[Draft]:
    return [draft for one in planted for draft in one.drafts]


def _plant_events(
    planting: Planting, world: World, n_messages: int, start: datetime, left: int
) -> list[Work]:
    count = round(IN_INCIDENTS * n_messages / _INCIDENT_SIZE)
    count = max(1, min(count, _MOST_INCIDENTS))
    planting.incidents, works = plant_incidents(world.chance("incidents"), world, count, start)
    in_incidents = sum(len(one.drafts) for one in planting.incidents)
    about = left - in_incidents - IN_PROBLEMS * n_messages
    cells = choose_cells(world.chance("cells"), world, CAUSES, about)
    used = {topic for cell in cells for topic in cell.topics}
    used |= {world.number_of[one.record.topic] for one in planting.incidents}
    budget = min(IN_PROBLEMS * n_messages, _MOST_IN_PROBLEMS)
    planting.problems = plant_problems(world.chance("problems"), world, budget, used)
    in_problems = sum(len(one.drafts) for one in planting.problems)
    busy = [cell.days for cell in cells]
    factors = choose_factors(world.chance("factors"), world, RISES, used, busy, about)
    # Surplus is a multiple of what is ordinary, and both together must fill what is left.
    multiple = 1 + sum(cell.surplus for cell in cells) + sum(one.surplus for one in factors)
    n_base = (left - in_incidents - in_problems) / multiple
    chance = world.chance("causes")
    planting.causes = [plant_cause(chance, world, cell, n_base) for cell in cells]
    chance = world.chance("rises")
    planting.rises = [plant_rise(chance, world, factor, n_base) for factor in factors]
    return works
