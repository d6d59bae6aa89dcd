"""What went out without a person, and what people said of it afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from otklik.datasets.review_intake import AXES
from otklik.datasets.schema import LABELS
from otklik.datasets.schema_review import AUTOMATIC
from otklik.datasets.store_engine import Database


@dataclass(frozen=True, slots=True)
class Judgement:
    """An automatic decision with the latest labels that came after it, by axis.

    Parameters
    ----------
    axis, code, rubricator : str
        What went out: «topic» or «group», its code, and in whose words.
    labels : dict of str to (str, str or None)
        Axis → the code that a person gave, and its rubricator.
    checked : bool
        The person was handed it at random.
    """

    message_id: int
    axis: str
    code: str
    rubricator: str
    checked: bool
    labels: dict[str, tuple[str, str | None]]


class AutomaticDecisions:
    """The automatic decisions of a store.

    Parameters
    ----------
    database : Database
        That of an open `Store`, which has brought it to the current revision.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_of(self, message_id: int, model_version: str) -> bool:
        """Whether that version sent the message out by itself."""
        query = select(AUTOMATIC.c.message_id).where(
            AUTOMATIC.c.message_id == message_id, AUTOMATIC.c.model_version == model_version
        )
        with self._database.reading() as connection:
            return connection.scalar(query) is not None

    def read(
        self, model_version: str, since: datetime | None = None
    ) -> tuple[int, list[Judgement]]:
        """How many messages a version sent out by itself, and those that were labelled since."""
        columns = AUTOMATIC.c
        chosen = [columns.model_version == model_version]
        if since is not None:
            chosen.append(columns.made_at >= since)
        with self._database.reading() as connection:
            count = select(func.count()).select_from(AUTOMATIC).where(*chosen)
            sent = int(connection.scalar(count) or 0)
            return sent, list(_judgements(connection, chosen))


def _judgements(
    connection: Connection, chosen: Sequence[ColumnElement[bool]]
) -> Iterator[Judgement]:
    automatic, labels = AUTOMATIC.c, LABELS.c
    query = (
        select(
            automatic.message_id,
            automatic.axis,
            automatic.code,
            automatic.rubricator,
            automatic.checked,
            labels.axis.label("said_axis"),
            labels.new,
            labels.rubricator.label("said_rubricator"),
        )
        .join(
            LABELS,
            (labels.message_id == automatic.message_id)
            & (labels.labelled_at >= automatic.made_at)
            & labels.axis.in_(AXES),
        )
        .where(*chosen)
        .order_by(automatic.message_id, labels.labelled_at, labels.id)
    )
    open_one: Judgement | None = None
    for row in connection.execute(query):
        if open_one is None or open_one.message_id != row.message_id:
            if open_one is not None:
                yield open_one
            open_one = Judgement(
                row.message_id, row.axis, row.code, row.rubricator, bool(row.checked), {}
            )
        open_one.labels[row.said_axis] = (row.new, row.said_rubricator)
    if open_one is not None:
        yield open_one
