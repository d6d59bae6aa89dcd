"""Topics that one and the same event is reported under, and how far such an event reaches."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from otklik.datasets.errors import BadCues

FILE = Path(__file__).with_name("lexicons") / "incidents.toml"


class Scope(StrEnum):
    """How far an event reaches."""

    POINT = "point"
    AREA = "area"
    ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Family:
    """Topics of one kind of event."""

    name: str
    scope: Scope
    topics: tuple[str, ...]


@lru_cache(maxsize=1)
def families() -> tuple[Family, ...]:
    """Families that ship.

    Raises
    ------
    BadCues
        A topic stands in two families.
    """
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    found = tuple(
        Family(entry["name"], Scope(entry["scope"]), tuple(entry["topics"]))
        for entry in table["family"]
    )
    seen: dict[str, str] = {}
    for family in found:
        for topic in family.topics:
            if topic in seen:
                raise BadCues(
                    f"{FILE.name}: topic {topic!r} stands in the families {seen[topic]!r} and "
                    f"{family.name!r}; leave it in one."
                )
            seen[topic] = family.name
    return found


def family_of(topic: str) -> Family:
    """Family of a topic; its own where it belongs to none."""
    return _by_topic().get(topic) or Family(topic, Scope.POINT, (topic,))


def shares_of(topics: Mapping[str, float]) -> dict[str, float]:
    """Probability of each family from that of topics, 0 to 1."""
    shares: dict[str, float] = {}
    for topic, probability in topics.items():
        name = family_of(topic).name
        shares[name] = shares.get(name, 0.0) + probability
    return shares


def scope_of(family: str) -> Scope:
    """Scope of a family by its name."""
    found = _by_name().get(family)
    return found.scope if found else Scope.POINT


def family_topics(family: str) -> tuple[str, ...]:
    """Topics of a family by its name."""
    found = _by_name().get(family)
    return found.topics if found else (family,)


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Family]:
    return {family.name: family for family in families()}


@lru_cache(maxsize=1)
def _by_topic() -> dict[str, Family]:
    return {topic: family for family in families() for topic in family.topics}
