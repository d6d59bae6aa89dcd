"""What labelling needs of a store: judged messages, labels that hold, corrections appended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from otklik.datasets.records import Label, Prediction
from otklik.datasets.review_intake import take_out
from otklik.datasets.schema import LABELS, MESSAGES, PREDICTIONS
from otklik.datasets.store_engine import Database
from otklik.datasets.store_judged import read_predictions


@dataclass(frozen=True, slots=True)
class Judged:
    """A message with the latest that a model said of it."""

    message_id: int
    source: str
    external_id: str
    text: str
    duplicate_of: int | None
    prediction: Prediction


class Labelling:
    """Labels and predictions of a store, all messages at once.

    Parameters
    ----------
    database : Database
        That of an open `Store`, which has brought it to the current revision.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def judged(self, *, batch_size: int = 1000) -> Iterator[Judged]:
        """Stream messages that have a prediction, with the latest one, by their ids."""
        last = 0
        while True:
            with self._database.reading() as connection:
                batch = _judged(connection, last, batch_size)
            yield from batch
            if len(batch) < batch_size:
                return
            last = batch[-1].message_id

    def current(self, axis: str) -> dict[int, Label]:
        """Return the label that holds of every message labelled on an axis, by message id."""
        query = _labels().where(LABELS.c.axis == axis)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(LABELS.c.labelled_at, LABELS.c.id))
            return {label.message_id: label for label in (Label(*row) for row in rows)}

    def correct(self, labels: Sequence[Label]) -> int:
        """Append those labels that say something new, all or none; nothing is overwritten.

        The messages leave the review queue.

        A label is old news when the history holds it already (same person, time and word), or
        when the same person's word held at that time. `old` becomes the label that held; without
        one it stays as given.

        Returns
        -------
        int
            How many were appended.
        """
        with self._database.writing(alone=True) as connection:
            histories = _histories(connection, {label.message_id for label in labels})
            fresh = []
            for label in sorted(labels, key=lambda label: label.labelled_at):
                history = histories.setdefault((label.message_id, label.axis), [])
                before = [known for known in history if known.labelled_at <= label.labelled_at]
                held = before[-1] if before else None
                if any(_same(known, label) for known in history) or _repeats(held, label):
                    continue
                fresh.append(replace(label, old=held.new) if held else label)
                history.insert(len(before), fresh[-1])
            if fresh:
                connection.execute(insert(LABELS), [asdict(label) for label in fresh])
            # A word that is old news, too, was said by somebody who looked at the message.
            take_out(connection, labels)
        return len(fresh)


def _judged(connection: Connection, last: int, limit: int) -> list[Judged]:
    latest = (
        select(func.max(PREDICTIONS.c.id).label("id"), PREDICTIONS.c.message_id)
        .where(PREDICTIONS.c.message_id > last)
        .group_by(PREDICTIONS.c.message_id)
        .order_by(PREDICTIONS.c.message_id)
        .limit(limit)
        .subquery()
    )
    predictions = read_predictions(connection, PREDICTIONS.c.id.in_(select(latest.c.id)))
    columns = MESSAGES.c
    query = select(
        columns.id, columns.source, columns.external_id, columns.text, columns.duplicate_of
    ).where(columns.id.in_(select(latest.c.message_id)))
    said: Mapping[int, Prediction] = {found.message_id: found for found in predictions}
    rows = connection.execute(query.order_by(columns.id))
    return [Judged(*row, prediction=said[row.id]) for row in rows]


def _labels() -> Select[Any]:
    return select(*(LABELS.c[field.name] for field in fields(Label)))


def _histories(connection: Connection, ids: set[int]) -> dict[tuple[int, str], list[Label]]:
    """Labels of messages by message and axis, the latest last."""
    found: dict[tuple[int, str], list[Label]] = {}
    query = _labels().order_by(LABELS.c.labelled_at, LABELS.c.id)
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        part = query.where(LABELS.c.message_id.in_(ordered[start : start + _AT_ONCE]))
        for row in connection.execute(part):
            label = Label(*row)
            found.setdefault((label.message_id, label.axis), []).append(label)
    return found


def _same(known: Label, label: Label) -> bool:
    return (known.role, known.labelled_at, known.new) == (label.role, label.labelled_at, label.new)


def _repeats(held: Label | None, label: Label) -> bool:
    said = (label.role, label.new, label.rubricator)
    return held is not None and (held.role, held.new, held.rubricator) == said


_AT_ONCE = 500  # far below the number of parameters that either database takes
