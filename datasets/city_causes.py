"""Root causes: an asset fails by a mechanism, and for weeks its topics come more often."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol, TypeVar

from otklik.datasets.city_drafts import Draft, World
from otklik.datasets.city_phrases import pick
from otklik.datasets.city_rates import poisson
from otklik.datasets.city_topics import load_table
from otklik.datasets.city_truth import Cause, Planted

RATIOS = (1.5, 5.0)
WEEKS = (4, 10)
STRONG = 5.0
"""Standard errors that a surplus should stand out by: a weaker one nobody could find."""
_TRIES = 60
_CLAIMED, _OFFICIALLY_CLAIMED, _MISLED = 0.4, 0.4, 0.25


@dataclass(frozen=True, slots=True)
class Cell:
    """Where and when a cause acts; `share` is the cell's part of the year's ordinary messages."""

    mechanism: dict[str, Any]
    topics: tuple[int, ...]
    asset: int
    days: range
    ratio: float
    share: float

    @property
    def surplus(self) -> float:
        """Surplus messages for each ordinary one of the whole year."""
        return (self.ratio - 1) * self.share


def choose_cells(chance: Random, world: World, count: int, n_base: float) -> list[Cell]:
    """Cells for causes, no two with a topic in common.

    Of the cells tried, the first that is `STRONG` is taken, else the strongest.
    """
    chosen: list[Cell] = []
    used: set[int] = set()
    for _ in range(count):
        tried = [cell for _ in range(_TRIES) if (cell := _try(chance, world, used))]
        if not tried:
            break
        best = strongest(tried, n_base)
        chosen.append(best)
        used.update(best.topics)
    return chosen


class Surplus(Protocol):
    """A raised cell or factor."""

    @property
    def ratio(self) -> float:
        """How many times as many messages as usual."""

    @property
    def share(self) -> float:
        """Part of the year's ordinary messages."""


Raised = TypeVar("Raised", bound=Surplus)


def strongest(tried: Sequence[Raised], n_base: float) -> Raised:
    """First that stands out by `STRONG` standard errors, else the one that does so most."""

    def strength(one: Raised) -> float:
        return (one.ratio - 1) * math.sqrt(one.share * n_base / one.ratio)

    return next((one for one in tried if strength(one) >= STRONG), max(tried, key=strength))


def _try(chance: Random, world: World, used: set[int]) -> Cell | None:
    mechanism = pick(chance, load_table("mechanisms")["mechanism"])
    topics = tuple(world.number_of[code] for code in mechanism["topics"])
    if used.intersection(topics):
        return None
    mains = [a.number for a in world.plan.assets if a.network == mechanism["network"]]
    asset = pick(chance, mains)
    length = 7 * chance.randint(*WEEKS)
    start = chance.randrange(21, world.year.n_days - length)
    days = range(start, start + length)
    share = world.rates.share(topics, days)
    share *= world.plan.share(world.plan.assets[asset].streets)
    return Cell(mechanism, topics, asset, days, round(chance.uniform(*RATIOS), 2), share)


def plant_cause(chance: Random, world: World, cell: Cell, n_base: float) -> Planted[Cause]:
    """Surplus messages of one cause, some of which name it."""
    plan, asset = world.plan, world.plan.assets[cell.asset]
    official = cell.mechanism
    if chance.random() < _MISLED:
        others = load_table("mechanisms")["mechanism"]
        official = pick(chance, [m for m in others if _misleads(m, cell.mechanism)] or [official])
    drafts: list[Draft] = []
    count = poisson(chance, cell.surplus * n_base)
    for topic, day in world.rates.draw(chance, count, cell.topics, cell.days):
        street = plan.draw_among(chance, asset.streets)
        draft = world.draft(chance, topic, day, street=street)
        if chance.random() < _CLAIMED:
            draft.claim = pick(chance, cell.mechanism["citizens"])
        if chance.random() < _OFFICIALLY_CLAIMED:
            draft.official_claim = pick(chance, official["officials"])
        drafts.append(draft)
    topics = [world.topics[number] for number in cell.topics]
    keys = dict.fromkeys(topic.recipient for topic in topics)
    cause = Cause(
        mechanism=cell.mechanism["code"],
        cause_class=cell.mechanism["class"],
        official_class=official["class"],
        asset=asset.name,
        network=asset.network,
        streets=tuple(plan.streets[number].name for number in asset.streets),
        topics=tuple(topic.code for topic in topics),
        recipients=tuple(plan.recipient(key, asset.streets[0]) for key in keys),
        starts=world.year.day(cell.days.start).isoformat(),
        ends=world.year.day(cell.days.stop).isoformat(),
        ratio=cell.ratio,
        expected=round(cell.share * n_base, 3),
    )
    return Planted(cause, drafts)


def _misleads(other: dict[str, Any], true: dict[str, Any]) -> bool:
    """Whether officials could pass this off for the true mechanism: same network, other class."""
    return bool(other["network"] == true["network"] and other["class"] != true["class"])
