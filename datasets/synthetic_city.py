"""A made-up city's year of messages with the truth planted in it: benchmarks, demonstration, tests.

Every word is our own, no place or office exists, and every message is marked as synthetic. It is
for judging the weekly work and never for training the classifier.
"""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from otklik.datasets.city_answers import Office
from otklik.datasets.city_authors import Authors
from otklik.datasets.city_calendar import build_year
from otklik.datasets.city_drafts import World
from otklik.datasets.city_message import ZONE, write_message
from otklik.datasets.city_plan import build_plan
from otklik.datasets.city_planting import plant
from otklik.datasets.city_rates import CityRates
from otklik.datasets.city_text import put_into_words
from otklik.datasets.city_topics import city_topics
from otklik.datasets.city_truth import Truth
from otklik.datasets.errors import BadSettings
from otklik.datasets.records import Message

LEAST = 200
YEAR = 2025


@dataclass(frozen=True)
class City:
    """The messages of one year, in the order of time, and what was planted in them."""

    messages: tuple[Message, ...]
    truth: Truth


def make_city(seed: int, n_messages: int = 20_000, *, null: bool = False, year: int = YEAR) -> City:
    """Make up a city's year; the same arguments give the same city to the byte.

    Parameters
    ----------
    seed : int
        1000 to 1099 are kept for judging: never tune on them.
    n_messages : int
        Exactly so many, 200 at the least. Below some thousands, truth becomes too thin to find.
    null : bool
        No cause, rise, incident or problem: nothing should be found.
    year : int
        The calendar year.

    Raises
    ------
    BadSettings
        Fewer messages than 200.
    """
    if n_messages < LEAST:
        raise BadSettings(f"A city of {n_messages} messages is too small: ask for {LEAST} or more.")
    start = datetime(year, 1, 1, tzinfo=ZoneInfo(ZONE))
    world = build_world(seed, n_messages, year)
    planting = plant(world, n_messages, start, null=null)
    drafts = planting.drafts
    chance = world.chance("words")
    # Copies repeat what has been put into words before them.
    for draft in sorted(drafts, key=lambda draft: draft.copy_of is not None):
        draft.text = put_into_words(chance, world, draft)
    drafts.sort(key=lambda draft: draft.at)
    office = Office(world)
    answering = world.chance("answers")
    messages = []
    for number, draft in enumerate(drafts, 1):
        draft.message_id = f"SYN-{seed}-{number:06d}"
        messages.append(write_message(answering, world, office, draft, start))
    return City(tuple(messages), planting.truth(world))


def build_world(seed: int, n_messages: int, year: int = YEAR) -> World:
    """Lay out the city of a seed, its year and its residents, before anything is planted."""
    bare = f"otklik city {seed}"
    plan = build_plan(Random(f"{bare} plan"))
    days = build_year(Random(f"{bare} year"), year)
    topics = city_topics()
    return World(
        seed,
        plan,
        days,
        topics,
        CityRates(topics, days),
        Authors(Random(f"{bare} authors"), plan, n_messages),
        {topic.code: number for number, topic in enumerate(topics)},
    )
