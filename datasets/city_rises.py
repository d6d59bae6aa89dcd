"""Single-factor rises: one topic, district, channel or recipient, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from otklik.datasets.city_causes import strongest
from otklik.datasets.city_drafts import World
from otklik.datasets.city_phrases import pick
from otklik.datasets.city_rates import CHANNELS, poisson
from otklik.datasets.city_truth import Planted, Rise

RATIOS = (1.5, 3.0)
WEEKS = (2, 5)
DIMENSIONS = ("topic", "district", "channel", "recipient")
_TRIES = 40
_HEAVY = 8


@dataclass(frozen=True, slots=True)
class Factor:
    """What rises and when; `share` is its part of the year's ordinary messages."""

    dimension: str
    value: str
    topics: tuple[int, ...]
    streets: tuple[int, ...]
    channel: str | None
    days: range
    ratio: float
    share: float

    @property
    def surplus(self) -> float:
        """Surplus messages for each ordinary one of the whole year."""
        return (self.ratio - 1) * self.share


def choose_factors(
    chance: Random,
    world: World,
    count: int,
    used: set[int],
    busy: Sequence[range],
    n_base: float,
) -> list[Factor]:
    """Factors of different dimensions, apart in time from one another and from `busy` days.

    Where the year has no room left, they may overlap.
    """
    chosen: list[Factor] = []
    for dimension in chance.sample(DIMENSIONS, min(count, len(DIMENSIONS))):
        taken = [*busy, *(factor.days for factor in chosen)]
        spans = [_span(chance, world) for _ in range(_TRIES)]
        free = [days for days in spans if not any(_overlap(days, other) for other in taken)]
        tried = [_factor(chance, world, dimension, days, used) for days in free or spans]
        chosen.append(strongest(tried, n_base))
    return chosen


def _span(chance: Random, world: World) -> range:
    length = 7 * chance.randint(*WEEKS)
    start = chance.randrange(21, world.year.n_days - length)
    return range(start, start + length)


def _overlap(days: range, other: range) -> bool:
    return days.start < other.stop and other.start < days.stop


def _factor(chance: Random, world: World, dimension: str, days: range, used: set[int]) -> Factor:
    free = [number for number in range(len(world.topics)) if number not in used]
    heavy = [number for number in free if world.topics[number].weight >= _HEAVY]
    topics: list[int] = list(range(len(world.topics)))
    streets: tuple[int, ...] = ()
    channel = None
    part = 1.0
    if dimension == "topic":
        topics = [pick(chance, heavy)]
        value = world.topics[topics[0]].code
    elif dimension == "district":
        value = pick(chance, world.plan.districts)
        topics, streets = world.placed(), world.plan.in_district(value)
        part = world.plan.share(streets)
    elif dimension == "channel":
        value = channel = pick(chance, tuple(CHANNELS))
        part = CHANNELS[value]
    else:
        # Managing companies and carriers are many under one key: a city-wide recipient only.
        keys = [world.topics[number].recipient for number in heavy]
        keys = [key for key in dict.fromkeys(keys) if world.plan.recipients[key]]
        key = pick(chance, keys)
        value = world.plan.recipients[key]
        topics = [n for n, topic in enumerate(world.topics) if topic.recipient == key]
    share = world.rates.share(topics, days) * part
    ratio = round(chance.uniform(*RATIOS), 2)
    return Factor(dimension, value, tuple(topics), streets, channel, days, ratio, share)


def plant_rise(chance: Random, world: World, factor: Factor, n_base: float) -> Planted[Rise]:
    """Surplus messages of one factor, ordinary in all else."""
    count = poisson(chance, factor.surplus * n_base)
    drafts = []
    for topic, day in world.rates.draw(chance, count, factor.topics, factor.days):
        street = world.plan.draw_among(chance, factor.streets) if factor.streets else None
        drafts.append(world.draft(chance, topic, day, street=street, channel=factor.channel))
    rise = Rise(
        factor.dimension,
        factor.value,
        world.year.day(factor.days.start).isoformat(),
        world.year.day(factor.days.stop).isoformat(),
        factor.ratio,
        round(factor.share * n_base, 3),
    )
    return Planted(rise, drafts)
