"""What models and people said about messages, and in the words of which rubricator."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, insert, select

from otklik.datasets.records import Label, Prediction
from otklik.datasets.schema import LABELS, MESSAGES, PREDICTIONS, RUBRICATORS
from otklik.datasets.store_engine import to_json


def append(
    connection: Connection, table: Table, records: Sequence[Prediction] | Sequence[Label]
) -> None:
    """Add rows; there is no way to change or delete them."""
    if records:
        connection.execute(insert(table), [asdict(record) for record in records])


def predictions(connection: Connection, message_id: int) -> list[Prediction]:
    """Return every prediction for a message, the first one first."""
    return read_predictions(connection, PREDICTIONS.c.message_id == message_id)


def read_predictions(connection: Connection, condition: ColumnElement[bool]) -> list[Prediction]:
    """Return the predictions that meet a condition on their table, in the order of storing."""
    query = _columns(PREDICTIONS, Prediction).where(condition)
    found = connection.execute(query.order_by(PREDICTIONS.c.id)).mappings()
    return [_prediction(dict(row)) for row in found]


def label_history(connection: Connection, message_id: int, axis: str) -> list[Label]:
    """Return every label of a message on one axis, the latest last."""
    query = _columns(LABELS, Label).where(LABELS.c.message_id == message_id, LABELS.c.axis == axis)
    found = connection.execute(query.order_by(LABELS.c.labelled_at, LABELS.c.id))
    return [Label(*row) for row in found]


def labelled(connection: Connection, axis: str) -> list[tuple[str, str, str, str | None]]:
    """Return text, source, latest label and its rubricator of every message with a label."""
    latest = func.row_number().over(
        partition_by=LABELS.c.message_id,
        order_by=(LABELS.c.labelled_at.desc(), LABELS.c.id.desc()),
    )
    ranked = (
        select(LABELS.c.message_id, LABELS.c.new, LABELS.c.rubricator, latest.label("place"))
        .where(LABELS.c.axis == axis)
        .subquery()
    )
    query = (
        select(MESSAGES.c.text, MESSAGES.c.source, ranked.c.new, ranked.c.rubricator)
        .join(ranked, ranked.c.message_id == MESSAGES.c.id)
        .where(ranked.c.place == 1)
        .order_by(MESSAGES.c.id)
    )
    return [(row.text, row.source, row.new, row.rubricator) for row in connection.execute(query)]


def remember_rubricator(connection: Connection, version: str, tree: Mapping[str, Any]) -> None:
    """Keep the words of a rubricator; the same words again change nothing."""
    fingerprint = hashlib.blake2b(to_json(tree).encode(), digest_size=16).hexdigest()
    seen = select(RUBRICATORS.c.fingerprint).where(
        RUBRICATORS.c.version == version, RUBRICATORS.c.fingerprint == fingerprint
    )
    if connection.scalar(seen) is None:
        row = {"version": version, "fingerprint": fingerprint, "tree": dict(tree)}
        connection.execute(insert(RUBRICATORS), [{**row, "seen_at": datetime.now(UTC)}])


def rubricators(connection: Connection, version: str) -> list[dict[str, Any]]:
    """Return every wording of a rubricator that was seen, the latest last."""
    query = select(RUBRICATORS.c.tree).where(RUBRICATORS.c.version == version)
    return list(connection.scalars(query.order_by(RUBRICATORS.c.seen_at)))


def _columns(table: Table, record: type[Prediction | Label]) -> Select[Any]:
    return select(*(table.c[field.name] for field in fields(record)))


def _prediction(row: dict[str, Any]) -> Prediction:
    """Turn JSON's lists back into the tuples of the record."""
    row["heads"] = {
        head: tuple((label, probability) for label, probability in ranked)
        for head, ranked in row["heads"].items()
    }
    row["prediction_set"] = tuple(row["prediction_set"])
    return Prediction(**row)
