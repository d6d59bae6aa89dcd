"""How many messages a day each topic brings when nothing is wrong: the base that truth is laid on.

The chance that an ordinary message has topic t, day d, street s and channel c is the product
P(t, d) · P(s) · P(c), so the expected number of any cell is exact.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random

from otklik.datasets.city_calendar import CityYear
from otklik.datasets.city_topics import CityTopic

CHANNELS = {
    "ВКонтакте": 0.44,
    "Telegram": 0.26,
    "Одноклассники": 0.12,
    "Госуслуги. Решаем вместе": 0.11,
    "Сайт мэрии": 0.07,
}


class CityRates:
    """The base rates of one city and year."""

    def __init__(self, topics: Sequence[CityTopic], year: CityYear) -> None:
        total = sum(topic.weight for topic in topics) * year.n_days
        self.n_days = year.n_days
        self._table = [
            [topic.weight * factor / total for factor in year.profiles[topic.season]]
            for topic in topics
        ]

    def share(self, topics: Iterable[int], days: range) -> float:
        """Share of the year's ordinary messages with these topics on these days."""
        return sum(sum(self._table[topic][days.start : days.stop]) for topic in topics)

    def draw(
        self, chance: Random, count: int, topics: Sequence[int], days: range
    ) -> list[tuple[int, int]]:
        """Topic and day of `count` ordinary messages among these topics and days."""
        weights = [rate for topic in topics for rate in self._table[topic][days.start : days.stop]]
        cells = chance.choices(range(len(weights)), cum_weights=list(accumulate(weights)), k=count)
        return [(topics[cell // len(days)], days.start + cell % len(days)) for cell in cells]


def poisson(chance: Random, mean: float) -> int:
    """Poisson count; a rounded normal above 400, where nobody sees the difference."""
    if mean > 400:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    count, passed = -1, 0.0
    while passed < mean:
        passed += chance.expovariate(1.0)
        count += 1
    return max(count, 0)
