"""Tables of polls and of what people answered in them."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from otklik.datasets.schema import METADATA, CleanText, UtcTime

POLLS = Table(
    "polls",
    METADATA,
    Column("name", CleanText, primary_key=True),
    Column("imported_at", UtcTime, nullable=False),
)

POLL_VOTES = Table(
    "poll_votes",
    METADATA,
    Column("poll", CleanText, ForeignKey("polls.name"), primary_key=True),
    Column("participant", Text, primary_key=True),  # salted hash
    Column("statement", CleanText, primary_key=True),
    Column("district", CleanText, nullable=False),
    Column("vote", Integer, nullable=False),  # 1 agrees, -1 disagrees, 0 passes
)
