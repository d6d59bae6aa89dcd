"""Table of what is to be told outward: the outbox of the webhook."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from otklik.datasets.schema import METADATA, CleanText, UtcTime

WEBHOOK_EVENTS = Table(
    "webhook_events",
    METADATA,
    # in the order in which decisions were made
    Column("id", Integer, primary_key=True),
    # name of the event for the receiver, the same in every attempt
    Column("event", Text, nullable=False, unique=True),
    Column("message_id", Integer, ForeignKey("messages.id"), nullable=False, index=True),
    # exactly what is sent: a signature is over bytes, not over values
    Column("body", CleanText, nullable=False),
    # «waiting», «delivered», «dead»
    Column("state", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    # of the next attempt
    Column("due_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("most_attempts", Integer, nullable=False),
    # who delivers it now, and until when it is theirs
    Column("lease", Text),
    Column("leased_until", UtcTime),
    # why the last attempt failed, without a word of the answer
    Column("trouble", Text),
    Column("ended_at", UtcTime),
    Index(None, "state", "due_at"),
)
