"""Messages for tests of the store."""

import hashlib
from datetime import UTC, datetime, timedelta

from otklik.datasets.records import Kind, Message, Place
from otklik.datasets.store import Intake

START = datetime(2025, 3, 1, 9, 0, tzinfo=UTC)


def make_intake(number=1, *, text=None, text_key=None, original=None, place=None, **fields):
    """One message; whatever differs in `fields` or in the text is another row of the source."""
    text = f"На улице Ленина, дом {number}, нет воды" if text is None else text
    message = Message(
        source=fields.pop("source", "im"),
        external_id=fields.pop("external_id", f"{number:06d}"),
        kind=fields.pop("kind", Kind.MESSAGE),
        text=text,
        posted_at=fields.pop("posted_at", START + timedelta(minutes=number)),
        **fields,
    )
    return Intake(
        message=message,
        place=place or Place(district="Висаитовский", street="Ленина", house=str(number)),
        text_key=digest(text) if text_key is None else text_key,
        source_hash=digest(repr(message)),
        original=original,
    )


def digest(text):
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()
