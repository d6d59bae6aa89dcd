"""What one reading of a message finds out, before anybody asks in which form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from otklik.datasets.masking import Masked
from otklik.datasets.place_records import FoundPlace
from otklik.datasets.records import Place
from otklik.models.importance import Importance
from otklik.models.utterance import Utterance
from otklik.serving.directions import Direction

NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Asked:
    """A message to be read.

    Parameters
    ----------
    text : str
        As written.
    place : Place
        As the source gave it.
    received_at : datetime
        With a time zone.
    top : int
        Labels per head.
    heads : tuple of str or None
        Heads whose labels are wanted; None means all.
    explain : bool
        Seek the words that moved the topic.
    """

    text: str
    received_at: datetime
    source: str | None = None
    kind: str | None = None
    place: Place = NOWHERE
    top: int = 3
    heads: tuple[str, ...] | None = None
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """A label: its code in the head, its name for people, its calibrated probability."""

    code: str
    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class LikelySet:
    """Labels of one level, topics or whole groups, among which the right one should be.

    `coverage` is the share of messages for which it is, where the bundle has a rule that was fitted
    to promise that; without one they are the fewest labels that hold nine tenths of the
    probability.
    """

    level: str
    labels: tuple[Ranked, ...]
    probability: float
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Words of the masked text; `effect` is what the topic's probability loses without them."""

    words: str
    start: int
    stop: int
    effect: float


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one model version says of one message.

    Parameters
    ----------
    masked : Masked
    found : tuple of FoundPlace
        Places in the masked text.
    given, place : Place
        As the source gave it, without personal data; as resolved.
    heads : mapping of str to tuple of Ranked
        The asked labels of the asked heads, the likeliest first.
    likely : LikelySet
        Topics, or groups where the topics are too many.
    sentiment : Ranked or None
        None where the model has no such head.
    action, reason : str
        `auto` or `review`, and why, in Russian for staff.
    routed : (str, Ranked) or None
        Head and label that go out by themselves.
    model, version : str
        Name (`otklik/3`) and hash of the bundle that answered.
    vector : float32 of shape (dim,) or None
        Unit vector of the masked text.
    encoder : str
        Hash under which such vectors are stored.
    """

    masked: Masked
    found: tuple[FoundPlace, ...]
    given: Place
    place: Place
    heads: Mapping[str, tuple[Ranked, ...]]
    likely: LikelySet
    sentiment: Ranked | None
    utterance: Utterance
    importance: Importance
    direction: Direction
    action: str
    reason: str
    routed: tuple[str, Ranked] | None
    model: str
    version: str
    rubricator: str
    explanation: tuple[Moved, ...] | None = field(default=None)
    vector: npt.NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    encoder: str = ""
