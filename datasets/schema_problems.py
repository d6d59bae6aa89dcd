"""Tables of the present state of problems, and of the weeks that were worked through.

The ledger (`problem_events`) is the truth; the state is kept beside it so that it can be read at
once, and every run proves that it follows from the ledger.
"""

from sqlalchemy import JSON, Column, ForeignKey, Integer, Table, Text

from otklik.datasets.schema import METADATA, CleanText, UtcTime

PROBLEM_STATES = Table(
    "problem_states",
    METADATA,
    Column("number", Integer, ForeignKey("problems.number"), primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("n_messages", Integer, nullable=False),
    # what is only read as a whole: topic, place, recipient, cells, what people decided
    Column("facts", JSON, nullable=False),
)

PROBLEM_MEMBERS = Table(
    "problem_members",
    METADATA,
    # a message belongs to one problem at most
    Column("message_id", Integer, ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, ForeignKey("problems.number"), nullable=False, index=True),
)

PROBLEM_WEEKS = Table(
    "problem_weeks",
    METADATA,
    # «2026-W07»: sorts as time does
    Column("week", Text, primary_key=True),
    Column("n_messages", Integer, nullable=False),
    Column("n_entries", Integer, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("done_at", UtcTime, nullable=False),
)
