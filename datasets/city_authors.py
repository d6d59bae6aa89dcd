"""Who writes: residents of streets, each with lasting habits of writing."""

from dataclasses import dataclass
from random import Random

from otklik.datasets.city_plan import CityPlan

MESSAGES_PER_AUTHOR = 3
_ACTIVITY = 2.2
"""Above 1: a few authors of a street write most of its messages."""


@dataclass(frozen=True, slots=True)
class Author:
    """A resident. Shares are 0 to 1; `slips` is the chance of a typing error in a word."""

    number: int
    street: int
    letters: str
    greets: float
    asks: float
    tells_more: float
    slips: float
    emoji: float
    unpunctuated: bool
    chechen: float


class Authors:
    """All residents who write."""

    def __init__(self, chance: Random, plan: CityPlan, n_messages: int) -> None:
        self.all: list[Author] = []
        self._of: list[list[Author]] = [[] for _ in plan.streets]
        for number in range(max(2 * len(plan.streets), n_messages // MESSAGES_PER_AUTHOR)):
            # Every street has two at the least, so that a rumour is never one person's alone.
            street = number % len(plan.streets)
            if number >= 2 * len(plan.streets):
                street = plan.draw_street(chance)
            author = _author(chance, number, street)
            self.all.append(author)
            self._of[street].append(author)

    def pick(self, chance: Random, street: int | None) -> Author:
        """An author of this street; of any, where None."""
        among = self.all if street is None else self._of[street]
        return among[int(len(among) * chance.random() ** _ACTIVITY)]


def _author(chance: Random, number: int, street: int) -> Author:
    letters = chance.choices(("usual", "lower", "upper"), (0.76, 0.2, 0.04))[0]
    return Author(
        number,
        street,
        letters,
        greets=chance.choice((0.0, 0.1, 0.3, 0.9)),
        asks=chance.choice((0.05, 0.3, 0.6)),
        tells_more=chance.choice((0.1, 0.35, 0.7)),
        slips=chance.choices((0.0, 0.01, 0.05), (0.6, 0.28, 0.12))[0],
        emoji=chance.choices((0.0, 0.12, 0.6), (0.7, 0.2, 0.1))[0],
        unpunctuated=letters == "lower" and chance.random() < 0.6,
        chechen=chance.choices((0.0, 0.25, 0.8), (0.9, 0.07, 0.03))[0],
    )
