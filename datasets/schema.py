"""Tables of the store. `migrations/` builds them; a test keeps the two in agreement."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from otklik.datasets.errors import StoreError

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return the text with NUL and lone surrogates as «�»: PostgreSQL or UTF-8 refuse them."""
    if "\x00" not in text:
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return text
    return UNSTORABLE.sub("\ufffd", text)


class CleanText(TypeDecorator[str]):
    """Text of a source, made acceptable to both databases; what we make ourselves is `Text`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean on the way in."""
        return value if value is None else storable(value)


class UtcTime(TypeDecorator[datetime]):
    """A moment: must have a zone on the way in, is stored as UTC, comes back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """SQLite has text for times; ISO 8601 without zone sorts as the times do."""
        return _to_text if dialect.name == "sqlite" else _to_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """PostgreSQL answers in the zone of the session."""
        return _from_text if dialect.name == "sqlite" else _to_utc


def _to_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise StoreError(f"Time {moment.isoformat()} has no zone; give it one before storing.")
    return moment.astimezone(UTC)


def _to_text(moment: datetime | None) -> str | None:
    in_utc = _to_utc(moment)
    return in_utc.replace(tzinfo=None).isoformat(" ", "microseconds") if in_utc else None


def _from_text(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if stored else None


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

PLACE_FIELDS = (
    "region",
    "municipality",
    "settlement",
    "district",
    "street",
    "street_key",
    "house",
    "asset",
)


def _content() -> list[Column[Any]]:
    """Columns that a message and each of its former versions share."""
    return [
        Column("source", CleanText, nullable=False),
        Column("external_id", CleanText, nullable=False),
        Column("kind", Text, nullable=False),
        Column("text", CleanText, nullable=False),
        Column("posted_at", UtcTime),
        Column("received_at", UtcTime, nullable=False),
        # posted_at, or received_at where the source gives no time: what periods are cut by
        Column("dated_at", UtcTime, nullable=False),
        Column("author", Text),
        Column("reply_to", CleanText),
        Column("place_given", JSON(none_as_null=True)),
        *(Column(name, Text) for name in PLACE_FIELDS),
        Column("latitude", Float),
        Column("longitude", Float),
        Column("mask_spans", JSON(none_as_null=True)),
        Column("raw", JSON(none_as_null=True)),
        Column("text_key", BigInteger),
        Column("source_hash", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("stored_at", UtcTime, nullable=False),
        Column("run_id", Integer, ForeignKey("imports.id"), nullable=False),
    ]


def _said(name: str, *columns: Column[Any]) -> Table:
    """Make a table of what the source says of a message, each thing once.

    `version` is the last version of the message that said it: equal to the version of the
    message, it holds now; lower, it is history. `run_id` is the import that said it first.
    """
    return Table(
        name,
        METADATA,
        Column("message_id", Integer, ForeignKey("messages.id"), primary_key=True),
        # of what is said: 64 bits are plenty within one message
        Column("fingerprint", BigInteger, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("position", Integer, nullable=False),
        Column("run_id", Integer, ForeignKey("imports.id"), nullable=False),
        *columns,
        sqlite_with_rowid=False,  # one tree instead of two
    )


IMPORTS = Table(
    "imports",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("path_name", CleanText, nullable=False),
    Column("preset", Text, nullable=False),
    Column("file_hash", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("counts", JSON(none_as_null=True)),
    # a hash of the salt: with another salt every author and every row would seem new
    Column("salt_proof", Text),
)

MESSAGES = Table(
    "messages",
    METADATA,
    # given by the store, in the order of acceptance and without gaps
    Column("id", Integer, primary_key=True, autoincrement=False),
    *_content(),
    Column("duplicate_of", Integer, ForeignKey("messages.id")),
    UniqueConstraint("source", "external_id"),
    Index(None, "text_key"),
    Index(None, "dated_at"),
)

MESSAGE_VERSIONS = Table(
    "message_versions",
    METADATA,
    Column("message_id", Integer, ForeignKey("messages.id"), primary_key=True),
    *(column for column in _content() if column.name != "version"),
    Column("version", Integer, primary_key=True),
)

SOURCE_LABELS = _said(
    "source_labels",
    Column("axis", Text, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("rubricator", CleanText),
)

ANSWERS = _said(
    "answers",
    Column("text", CleanText, nullable=False),
    Column("answered_at", UtcTime),
    Column("recipient", CleanText),
    Column("stage", Text, nullable=False),
)

STATUSES = _said(
    "statuses",
    Column("name", CleanText, nullable=False),
    Column("at", UtcTime),
)

ORIGINALS = Table(
    "originals",
    METADATA,
    Column("message_id", Integer, ForeignKey("messages.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

PREDICTIONS = Table(
    "predictions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("message_id", Integer, ForeignKey("messages.id"), nullable=False, index=True),
    Column("model_version", Text, nullable=False),
    Column("rubricator", CleanText, nullable=False),
    Column("heads", JSON, nullable=False),
    Column("prediction_set", JSON, nullable=False),
    Column("decision", Text, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("latency_ms", Float, nullable=False),
    Column("made_at", UtcTime, nullable=False),
)

LABELS = Table(
    "labels",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("message_id", Integer, ForeignKey("messages.id"), nullable=False),
    Column("axis", Text, nullable=False),
    Column("old", CleanText),
    Column("new", CleanText, nullable=False),
    Column("rubricator", CleanText),
    Column("role", CleanText, nullable=False),
    Column("labelled_at", UtcTime, nullable=False),
    Column("reason", CleanText, nullable=False),
    Index(None, "message_id", "axis"),
)

RUBRICATORS = Table(
    "rubricators",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("tree", JSON, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

PROBLEMS = Table(
    "problems",
    METADATA,
    # the lasting number: given by the ledger, never used twice
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("mechanism", CleanText, nullable=False),
    Column("place_key", CleanText),
    Column("recipient", CleanText),
)

PROBLEM_EVENTS = Table(
    "problem_events",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, ForeignKey("problems.number"), nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("message_ids", JSON, nullable=False),
    Column("other", Integer, ForeignKey("problems.number")),
    Column("reason", CleanText, nullable=False),
    # the week whose run entered it; None where a person did
    Column("week", Text),
    # the person's role; None where the weekly run entered it
    Column("role", CleanText),
    Column("details", JSON(none_as_null=True)),
)

PASSPORTS = Table(
    "passports",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, ForeignKey("problems.number"), nullable=False, index=True),
    Column("sentences", JSON, nullable=False),
    Column("made_at", UtcTime, nullable=False),
)

APPEND_ONLY = ("labels", "message_versions", "passports", "predictions", "problem_events")
