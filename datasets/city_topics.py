"""What residents of the made-up city write about: topics of im-2026 with phrases and rates."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from otklik.datasets.city_phrases import Phrase, phrases_of
from otklik.datasets.rubricator_versions import load_rubricator

FOLDER = Path(__file__).with_name("synthetic")
RUBRICATOR = "im-2026"
NOWHERE = "city"
"""`CityTopic.where` of what concerns no street."""


@dataclass(frozen=True, slots=True)
class CityTopic:
    """A topic as the city writes about it.

    Parameters
    ----------
    code, name, group : str
        Code and names in `im-2026`.
    weight : float
        Share of the year's messages, relative to other topics.
    season : str
        Name of a profile of `city_calendar`.
    where : str
        "house", "yard", "street", "city" (no place), or the network whose asset residents name.
    network : str
        The network that a cause would sit in; "" for none.
    recipient : str
        Key of the recipients in `place.toml`.
    lines, more : tuple of Phrase
        What is wrong, and what is added to it.
    """

    code: str
    name: str
    group: str
    weight: float
    season: str
    where: str
    network: str
    recipient: str
    lines: tuple[Phrase, ...]
    more: tuple[Phrase, ...]

    @property
    def has_place(self) -> bool:
        """Whether its messages lie on a street."""
        return self.where != NOWHERE


@lru_cache(maxsize=1)
def city_topics() -> tuple[CityTopic, ...]:
    """Every topic that has phrases, in the order of the rubricator."""
    rubricator = load_rubricator(RUBRICATOR)
    found = {}
    for group in rubricator.groups:
        table = load_table(group.code)
        for code, entry in table["topics"].items():
            topic = rubricator.topic(code)
            merged = {"weight": 2, "season": "even", **table, **entry}
            found[code] = CityTopic(
                code,
                topic.name,
                group.name,
                float(merged["weight"]),
                season=merged["season"],
                where=merged["where"],
                network=merged["network"],
                recipient=merged["recipient"],
                lines=phrases_of(merged["lines"]),
                more=phrases_of(merged["more"]),
            )
    return tuple(found[topic.code] for topic in rubricator.topics if topic.code in found)


@lru_cache(maxsize=64)
def load_table(name: str) -> dict[str, Any]:
    """Content of one table of `datasets/synthetic/`."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
