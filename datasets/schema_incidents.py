"""Tables of mass incidents: what is open and what was, who reported, and the calendar of works."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, Table, Text

from otklik.datasets.schema import METADATA, CleanText, UtcTime

INCIDENTS = Table(
    "incidents",
    METADATA,
    # id of the first message: given for ever, and the same again when a period is replayed
    Column("number", Integer, ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("family", Text, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    # after so long a silence it is over
    Column("closes_at", UtcTime, nullable=False),
    # None: too few to be called an incident yet
    Column("flagged_at", UtcTime),
    Column("n_messages", Integer, nullable=False),
    Column("state", JSON, nullable=False),
    Column("touched_at", UtcTime, nullable=False),
    Index(None, "family", "closes_at"),
    Index(None, "flagged_at", "touched_at"),
)

INCIDENT_MEMBERS = Table(
    "incident_members",
    METADATA,
    # a message tells of one event at most
    Column("message_id", Integer, ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, ForeignKey("incidents.number"), nullable=False, index=True),
    # logarithm of how much better the event explains it than chance
    Column("gain", Float, nullable=False),
    # 0: the author or the words had been there before
    Column("independent", Integer, nullable=False),
)

INCIDENT_RATES = Table(
    "incident_rates",
    METADATA,
    Column("topic", Text, primary_key=True),
    Column("weight", Float, nullable=False),
    Column("at", UtcTime, nullable=False),
    # when counting began
    Column("since", UtcTime, nullable=False),
)

PLANNED_WORKS = Table(
    "planned_works",
    METADATA,
    Column("code", CleanText, primary_key=True),
    Column("topic", CleanText),
    Column("asset", CleanText),
    Column("district", CleanText),
    Column("streets", JSON, nullable=False),
    Column("starts", UtcTime, nullable=False),
    Column("ends", UtcTime, nullable=False),
    Column("notice", CleanText, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Index(None, "starts"),
)
