"""A message of the made-up city before it has words, and the world that it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from otklik.datasets.city_authors import Author, Authors
from otklik.datasets.city_calendar import HOURS, CityYear
from otklik.datasets.city_phrases import Phrase, pick
from otklik.datasets.city_plan import CityPlan
from otklik.datasets.city_rates import CHANNELS, CityRates
from otklik.datasets.city_topics import CityTopic

DAY_S = 86_400
_DAY_HOURS = tuple(hour for hour, weight in enumerate(HOURS) for _ in range(weight))
_MIXED = tuple(name for name, share in CHANNELS.items() for _ in range(round(share * 100)))


@dataclass(eq=False, slots=True)
class Draft:
    """One message to be.

    `at` is seconds since the start of the year; `lines` are phrases in place of the topic's;
    `also_street` is a second street that the text names; `claim` is a sentence about the cause;
    `copy_of` another draft whose words it repeats, `exact` to the letter.
    """

    at: int
    topic: int
    street: int | None
    house: str
    author: Author
    channel: str
    lines: Sequence[Phrase] = ()
    also_street: int | None = None
    claim: str = ""
    official_claim: str = ""
    quality: str = ""
    again: bool = False
    copy_of: "Draft | None" = None
    exact: bool = False
    text: str = ""
    message_id: str = ""


@dataclass(frozen=True)
class World:
    """Everything that the messages of one city are drawn from."""

    seed: int
    plan: CityPlan
    year: CityYear
    topics: tuple[CityTopic, ...]
    rates: CityRates
    authors: Authors
    number_of: dict[str, int] = field(default_factory=dict)

    def chance(self, part: str) -> Random:
        """Source of chance for one part: a change to one part leaves the others as they were."""
        return Random(f"otklik city {self.seed} {part}")

    @property
    def everything(self) -> range:
        """All days of the year."""
        return range(self.year.n_days)

    def placed(self) -> list[int]:
        """Topics whose messages lie on a street."""
        return [number for number, topic in enumerate(self.topics) if topic.has_place]

    def draft(
        self,
        chance: Random,
        topic: int,
        day: int,
        *,
        street: int | None = None,
        channel: str | None = None,
        at: int | None = None,
        house: str | None = None,
    ) -> Draft:
        """A message of this topic and day; what is not given is drawn as usual."""
        if street is None and self.topics[topic].has_place:
            street = self.plan.draw_street(chance)
        if at is None:
            at = day * DAY_S + pick(chance, _DAY_HOURS) * 3600 + int(chance.random() * 3600)
        if house is None:
            house = "" if street is None else pick(chance, self.plan.streets[street].houses)
        author = self.authors.pick(chance, street)
        return Draft(at, topic, street, house, author, channel or pick(chance, _MIXED))
