"""Tables of what people still have to look at, and of what went out without them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from otklik.datasets.schema import METADATA, CleanText, UtcTime

NO_DAY = 2**31 - 1
"""Day of what has no deadline: after every other."""

REVIEW_QUEUE = Table(
    "review_queue",
    METADATA,
    Column("message_id", Integer, ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    # «review»: the model asks for a person; «check»: it does not, a random part is looked at anyway
    Column("purpose", Text, nullable=False),
    Column("due_at", UtcTime),
    # days since 1970 in UTC: within a day the least sure comes first
    Column("due_day", Integer, nullable=False),
    # millionths, of the likeliest topic
    Column("sureness", Integer, nullable=False),
    Column("claim", Text, unique=True),
    Column("holder", Text),
    Column("holder_name", CleanText),
    # what the holder called the request, so that a repeated one gets the same messages
    Column("asked", CleanText),
    Column("held_until", UtcTime),
    Index(None, "purpose", "due_day", "sureness", "message_id"),
)

AUTOMATIC = Table(
    "automatic_decisions",
    METADATA,
    Column("message_id", Integer, ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("model_version", Text, nullable=False),
    Column("rubricator", CleanText, nullable=False),
    Column("axis", Text, nullable=False),
    Column("code", CleanText, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    # 1: a person has labelled it who was handed it to check, not one who noticed a mistake
    Column("checked", Integer, nullable=False),
    Index(None, "model_version", "made_at"),
)
