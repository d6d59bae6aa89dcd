"""What a message is, and everything that is ever said about one."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """How the message was filed. An intake fact: no model and no reader may guess it from text."""

    MESSAGE = "сообщение"
    APPEAL = "обращение"


@dataclass(frozen=True, slots=True)
class Place:
    """A place as given by the source, or as resolved by `otklik.datasets.places`.

    Empty fields are None. `street_key` is the normal form («ленина|улица») that joins every
    spelling of one street; `asset` is a named object (school, clinic, stop, yard, park).
    Coordinates are WGS 84 degrees.
    """

    region: str | None = None
    municipality: str | None = None
    settlement: str | None = None
    district: str | None = None
    street: str | None = None
    street_key: str | None = None
    house: str | None = None
    asset: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class SourceLabel:
    """A topic or a recipient that the source itself assigned.

    `axis` is "topic", "group" or "recipient"; `rubricator` is the version the name belongs to,
    None where no rubricator applies (recipients).
    """

    axis: str
    name: str
    rubricator: str | None = None


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An official reply found in the same row as the message."""

    text: str
    answered_at: datetime | None = None
    recipient: str | None = None
    stage: str = "answer"


@dataclass(frozen=True, slots=True)
class GivenStatus:
    """A state of the work on the message, as the source names it."""

    name: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One text that a resident wrote to the authorities.

    Parameters
    ----------
    source : str
        Where it came in: "im", "pos", "letter", "portal", ….
    external_id : str
        Identity inside the source; `source + external_id` names the message for ever.
    kind : Kind
        Fixed by how it was filed.
    text : str
        As written; masked before it leaves the import.
    posted_at, received_at : datetime or None
        With time zone. `received_at` None means: the moment of the import.
    author : str or None
        Profile or name as given; replaced by a salted hash before it leaves the import.
    place : Place
        As given by the source.
    reply_to : str or None
        `external_id` of the message that this one continues, same source.
    labels, answers, statuses : tuple
        What the source itself says about the message.
    raw : mapping of str to str
        Every non-empty field of the row under its original header.
    """

    source: str
    external_id: str
    kind: Kind
    text: str
    posted_at: datetime | None = None
    received_at: datetime | None = None
    author: str | None = None
    place: Place = field(default_factory=Place)
    reply_to: str | None = None
    labels: tuple[SourceLabel, ...] = ()
    answers: tuple[GivenAnswer, ...] = ()
    statuses: tuple[GivenStatus, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model version said about a message. Append-only.

    `heads` maps a head to its ranked (label, calibrated probability) pairs.
    """

    message_id: int
    model_version: str
    rubricator: str
    heads: Mapping[str, tuple[tuple[str, float], ...]]
    prediction_set: tuple[str, ...]
    decision: str
    reason: str
    latency_ms: float
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Label:
    """A person's word on a message. Corrections never overwrite: the latest wins, history stays."""

    message_id: int
    axis: str
    old: str | None
    new: str
    rubricator: str | None
    role: str
    labelled_at: datetime
    reason: str = ""


def content_hash(message: Message) -> str:
    """Fingerprint of everything the source said: equal means the row has not changed.

    What a mapping makes of the row counts too, so a corrected mapping is a change. `received_at`
    is left out: it may be the moment of the import.

    Returns
    -------
    str
        32 hexadecimal digits (BLAKE2b, 16 bytes).
    """
    said = [getattr(message, name) for name in _COMPARED]
    text = _encode([*said, sorted(message.raw.items())])
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


_COMPARED = [f.name for f in fields(Message) if f.name not in ("received_at", "raw")]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return [getattr(value, name) for name in value.__slots__]  # type: ignore[attr-defined]


_encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode
