"""Official answers that are told by themselves, not in the row of their message."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, update

from otklik.datasets.records import GivenAnswer
from otklik.datasets.schema import ANSWERS, IMPORTS, MESSAGES
from otklik.datasets.store_bulk import among, chop, upsert
from otklik.datasets.store_engine import Database
from otklik.datasets.store_intake import Key
from otklik.datasets.store_said import fingerprint

TOLD, APART = "http", "answers"
"""Presets of the imports that such answers belong to: one by one, and in tables of their own."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it is stored; `is_new` is false where it was told before."""

    message_id: int
    answer: GivenAnswer
    is_new: bool


def tell_answer(
    database: Database, key: Key, answer: GivenAnswer, run_id: int, now: datetime
) -> Told | None:
    """Store an answer to a message once; None where there is no such message.

    Parameters
    ----------
    key : (str, str)
        Source and external id, as stored.
    answer : GivenAnswer
        Masked. Without a time it is that of the same words told before, else `now`.
    """
    message = select(MESSAGES.c.id, MESSAGES.c.version).where(
        MESSAGES.c.source == key[0], MESSAGES.c.external_id == key[1]
    )
    with database.writing(alone=True) as connection:
        found = connection.execute(message).one_or_none()
        if found is None:
            return None
        known = _known(connection, found.id, answer)
        answered_at = known or answer.answered_at or now
        answer = replace(answer, answered_at=answered_at.astimezone(UTC))
        position = select(func.max(ANSWERS.c.position)).where(ANSWERS.c.message_id == found.id)
        last = connection.scalar(position)
        row = {
            **asdict(answer),
            "message_id": found.id,
            "fingerprint": fingerprint(*asdict(answer).values()),
            "version": found.version,
            "position": 0 if last is None else last + 1,
            "run_id": run_id,
        }
        # One that an earlier version of the message carried holds again.
        connection.execute(
            upsert(connection, ANSWERS, ("message_id", "fingerprint"), ("version",)), [row]
        )
        return Told(found.id, answer, known is None)


def keep_told(connection: Connection, numbers: Sequence[int]) -> None:
    """Let answers that were told by themselves hold for the new versions of their messages."""
    told = select(IMPORTS.c.id).where(IMPORTS.c.preset.in_((TOLD, APART)))
    current = select(MESSAGES.c.version).where(MESSAGES.c.id == ANSWERS.c.message_id)
    for chunk in chop(numbers):
        connection.execute(
            update(ANSWERS)
            .where(among(connection, ANSWERS.c.message_id, chunk), ANSWERS.c.run_id.in_(told))
            .values(version=current.scalar_subquery())
        )


def _known(connection: Connection, message_id: int, answer: GivenAnswer) -> datetime | None:
    """When the same was answered, if it was."""
    columns = ANSWERS.c
    query = select(columns.answered_at).where(
        columns.message_id == message_id,
        columns.text == answer.text,
        columns.stage == answer.stage,
        columns.recipient.is_not_distinct_from(answer.recipient),
        columns.answered_at.is_not(None),
    )
    if answer.answered_at is not None:
        query = query.where(columns.answered_at == answer.answered_at)
    found: datetime | None = connection.scalar(query.order_by(columns.answered_at).limit(1))
    return found
