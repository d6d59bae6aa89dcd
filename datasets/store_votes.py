"""Votes of polls in the store; the last word of a participant on a statement holds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select

from otklik.datasets.schema_votes import POLL_VOTES, POLLS
from otklik.datasets.store_bulk import chop, insert_many, upsert
from otklik.datasets.store_engine import Database


class PollVote(NamedTuple):
    """One answer: `vote` is 1 (agrees), -1 (disagrees) or 0 (passes)."""

    participant: str
    statement: str
    district: str
    vote: int


def save_poll(database: Database, poll: str, votes: Sequence[PollVote]) -> None:
    """Keep the votes of a poll; the same votes again change nothing."""
    with database.writing(alone=True) as connection:
        known = connection.scalar(select(POLLS.c.name).where(POLLS.c.name == poll))
        if known is None:
            connection.execute(POLLS.insert().values(name=poll, imported_at=datetime.now(UTC)))
        keys = ("poll", "participant", "statement")
        replace = upsert(connection, POLL_VOTES, keys, ("district", "vote"))
        for chunk in chop(votes):
            participants, statements, districts, values = map(list, zip(*chunk, strict=True))
            columns = {
                "poll": [poll] * len(chunk),
                "participant": participants,
                "statement": statements,
                "district": districts,
                "vote": values,
            }
            insert_many(connection, replace, columns)


def poll_votes(database: Database, poll: str) -> list[PollVote]:
    """Votes of a poll in a fixed order; empty when there is no such poll."""
    columns = [POLL_VOTES.c[name] for name in PollVote._fields]
    query = select(*columns).where(POLL_VOTES.c.poll == poll)
    ordered = query.order_by(POLL_VOTES.c.statement, POLL_VOTES.c.participant)
    with database.reading() as connection:
        return [PollVote(*row) for row in connection.execute(ordered)]


def polls(database: Database) -> list[str]:
    """Names of the polls."""
    with database.reading() as connection:
        return list(connection.scalars(select(POLLS.c.name).order_by(POLLS.c.name)))
