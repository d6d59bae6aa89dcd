"""What is known of a message when it is asked which event it tells of."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zlib import crc32

import numpy as np
import numpy.typing as npt

from otklik.datasets.records import Place
from otklik.datasets.store_read import Stored
from otklik.datasets.street_key import street_key
from otklik.models.incident_families import shares_of

_WORD = re.compile(r"\w+")
_SHORT = 6
"""Words of a text that many write alike without copying: «нет света на Мира»."""
_LONG = 12
"""Words from which on texts of nearly the same words are copies too."""
_ALIKE = 0.9
_NO_TOPIC = "?"

Wording = frozenset[int]
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Signal:
    """One message as the matcher sees it.

    Parameters
    ----------
    number : int
        Id in the store.
    at : datetime
        When it was written, with time zone.
    topics : mapping of str to float
        Codes of `im-2026` with probabilities; one code with 1.0 where a person named it.
    place : Place
        As resolved.
    author : str or None
        Key of the author.
    text : str
        Masked.
    vector : float32 of shape (dim,) or None
        Unit vector of the text; None where it was not encoded.
    """

    number: int
    at: datetime
    topics: Mapping[str, float]
    place: Place
    author: str | None
    text: str
    vector: Vector | None = None

    @cached_property
    def families(self) -> dict[str, float]:
        """Probability of each family of topics, the likeliest first."""
        shares = shares_of(self.topics)
        return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))

    @property
    def family(self) -> str:
        """The likeliest family."""
        return next(iter(self.families), _NO_TOPIC)

    @property
    def topic(self) -> str:
        """The likeliest topic."""
        return max(self.topics, key=lambda code: (self.topics[code], code), default=_NO_TOPIC)

    @cached_property
    def street(self) -> str | None:
        """Key of the street."""
        place = self.place
        return place.street_key or (street_key(place.street) if place.street else None)

    @cached_property
    def house(self) -> str | None:
        """House, in one spelling."""
        return self.place.house.lower().replace(" ", "") if self.place.house else None

    @cached_property
    def asset(self) -> str | None:
        """Named asset, in one spelling."""
        return self.place.asset.lower() if self.place.asset else None

    @cached_property
    def wording(self) -> Wording:
        """Hashes of the words of the text."""
        return frozenset(crc32(word.encode()) for word in _WORD.findall(self.text.lower()))


def signal_of(stored: Stored, topics: Mapping[str, float], vector: Vector | None = None) -> Signal:
    """A stored message with the probabilities of its topics."""
    message = stored.message
    at = message.posted_at or message.received_at or stored.stored_at
    return Signal(stored.id, at, topics, stored.place, message.author, message.text, vector)


def is_copy(one: Wording, other: Wording, *, anonymous: bool) -> bool:
    """Whether a text repeats another; short ones are written alike by chance.

    Parameters
    ----------
    anonymous : bool
        Nobody knows who wrote them, so even a short text may be one person's.
    """
    least, most = sorted((len(one), len(other)))
    if one == other:
        return anonymous or most > _SHORT
    if most < _LONG or least < _ALIKE * most:
        return False
    return len(one & other) >= _ALIKE * len(one | other)


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two points, latitude and longitude in degrees; exact within a city."""
    north = one[0] - other[0]
    east = (one[1] - other[1]) * math.cos(math.radians(one[0]))
    return 111.2 * math.hypot(north, east)
