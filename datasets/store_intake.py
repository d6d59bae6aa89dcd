"""What goes into the store, and what becomes of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from otklik.datasets.records import Message, Place
from otklik.datasets.schema import PLACE_FIELDS, storable

NOWHERE = Place()

RESOLVED = (*PLACE_FIELDS, "latitude", "longitude")

Columns = dict[str, list[Any]]
Key = tuple[str, str]


def number_of(content: bytes) -> int:
    """Digest to a signed number of 64 bits, which both databases store in 8 bytes."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), signed=True)


@dataclass(frozen=True, slots=True)
class Intake:
    """A message on its way into the store.

    Parameters
    ----------
    message : Message
        Masked; `author` is already a salted hash.
    place : Place
        As resolved; `message.place` is as given.
    mask_spans : tuple of (kind, start, stop)
        What was masked, in characters of the masked text.
    text_key : str
        Hash of the normalised text: messages of one key are exact duplicates. Empty: the text
        has no words, it duplicates nothing.
    source_hash : str
        Salted hash of the row as the source gave it: another hash is a new version. Unlike a
        hash of the masked message, it does not change when masking gets better.
    original : str or None
        Unmasked text, stored only when originals are kept.
    """

    message: Message
    place: Place
    text_key: str
    source_hash: str
    mask_spans: tuple[tuple[str, int, int], ...] = ()
    original: str | None = None

    @property
    def key(self) -> Key:
        """Identity of the message for ever."""
        return storable(self.message.source), storable(self.message.external_id)

    @property
    def text_number(self) -> int | None:
        """The text key as the store keeps it: 64 bits, so that the index stays small.

        In ten million texts, two meet by chance in one store of 370,000.
        """
        return number_of(self.text_key.encode()) if self.text_key else None


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a batch: stored + changed + unchanged = its rows.

    `duplicates` counts those of the stored whose text was stored before, under another name.
    """

    stored: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0

    def __add__(self, other: "Saved") -> "Saved":
        return Saved(
            self.stored + other.stored,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.duplicates + other.duplicates,
        )


class Version(NamedTuple):
    """One version of a message, about to be written."""

    message_id: int
    number: int
    intake: Intake


def message_columns(versions: Sequence[Version], run_id: int, now: datetime) -> Columns:
    """Columns of `messages` that are known from the messages alone."""
    intakes = [version.intake for version in versions]
    messages = [intake.message for intake in intakes]
    places = [intake.place for intake in intakes]
    plain = ("source", "external_id", "text", "posted_at", "author", "reply_to")
    return {
        "id": [version.message_id for version in versions],
        **{name: [getattr(message, name) for message in messages] for name in plain},
        "kind": [message.kind.value for message in messages],
        "place_given": [_place_given(message) for message in messages],
        **{name: [getattr(place, name) for place in places] for name in RESOLVED},
        "mask_spans": [intake.mask_spans or None for intake in intakes],
        "raw": [dict(message.raw) or None for message in messages],
        "text_key": [intake.text_number for intake in intakes],
        "source_hash": [intake.source_hash for intake in intakes],
        "version": [version.number for version in versions],
        "stored_at": [now] * len(versions),
        "run_id": [run_id] * len(versions),
    }


def _place_given(message: Message) -> dict[str, Any] | None:
    given = message.place
    return None if given == NOWHERE else {name: getattr(given, name) for name in RESOLVED}
