"""All that the weekly work looks at, as tables: the same messages in any order give the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.records import Message, Place
from otklik.datasets.store import Store, Stored
from otklik.datasets.store_read import Filters
from otklik.datasets.store_vectors import latest_encoder, read_vectors
from otklik.pipelines.snapshot_topics import Judged, judged_by_models, judged_by_people, topic_of

CHANNEL = "Источник"
_PLACE = tuple(field.name for field in fields(Place))
_TIMES = ("dated_at", "answered_at", "closed_at")
_NUMBERS = ("topic_p", "group_p", "importance", "latitude", "longitude")
_ANSWERS = ("message_id", "text", "answered_at", "recipient", "stage")
_STATUSES = ("message_id", "name", "at")

Record = dict[str, Any]
Found = tuple[int, Message, Place, int | None, Judged | None, Mapping[str, str] | None]


@dataclass(frozen=True)
class Snapshot:
    """Messages of a period with what is known of them.

    Parameters
    ----------
    table : DataFrame
        Index `id`, ascending; columns: dated_at, external_id, source, channel, kind, text
        (masked), author, reply_to, group, topic, topic_p, group_p, sentiment, importance,
        decision, source_group, source_topic, recipient, the fields of a `Place` as resolved,
        duplicate_of, answered_at (first answer), closed_at and status (the last one). Missing are
        None, NaT or NaN.
    vectors : float32 of shape (n, dim)
        Unit rows in the order of the table; rows of zeros where a message was not encoded, dim 0
        where none was.
    answers, statuses : DataFrame
        What authorities said, by message_id.
    """

    table: pd.DataFrame
    vectors: npt.NDArray[np.float32]
    answers: pd.DataFrame
    statuses: pd.DataFrame

    def between(self, since: datetime, until: datetime) -> "Snapshot":
        """What `snapshot_of_store` gives for a part of the period; `until` is excluded."""
        at = self.table["dated_at"]
        inside = ((at >= pd.Timestamp(since)) & (at < pd.Timestamp(until))).to_numpy()
        table = self.table[inside].copy()

        def theirs(said: pd.DataFrame) -> pd.DataFrame:
            return said[said["message_id"].isin(table.index)].reset_index(drop=True)

        return Snapshot(table, self.vectors[inside], theirs(self.answers), theirs(self.statuses))


def snapshot_of_store(
    store: Store,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    vectors: bool = True,
    advance: Callable[[int], None] = lambda _done: None,
) -> Snapshot:
    """Read the messages of a period from the store.

    Parameters
    ----------
    since, until : datetime or None
        With time zone; `until` is excluded.
    vectors : bool
        Off where nothing is clustered: reading them takes most of the time.
    """
    filters = Filters()
    if since is not None:
        filters["since"] = since
    if until is not None:
        filters["until"] = until
    people, models = judged_by_people(store.database), judged_by_models(store.database)
    stored = _counted(store.stored(**filters), advance)
    snapshot = _build(
        (one.id, one.message, one.place, one.duplicate_of, models.get(one.id), people.get(one.id))
        for one in stored
    )
    encoder = latest_encoder(store.database) if vectors else None
    if encoder is None:
        return snapshot
    ids = snapshot.table.index.tolist()
    found = read_vectors(store.database, encoder, ids)
    dim = len(next(iter(found.values()), ()))
    rows = np.zeros((len(ids), dim), np.float32)
    for row, number in enumerate(ids):
        if number in found:
            rows[row] = found[number]
    return Snapshot(snapshot.table, rows, snapshot.answers, snapshot.statuses)


def snapshot_of_messages(
    messages: Sequence[Message], vectors: npt.NDArray[np.float32] | None = None
) -> Snapshot:
    """Messages that are in no store, as numbers 1 to n; places are those given.

    Streets get their keys, so that spellings of one street are one.
    """
    from otklik.datasets.street_key import street_key

    def place_of(message: Message) -> Place:
        given = {name: getattr(message.place, name) for name in _PLACE}
        if message.place.street and not message.place.street_key:
            given["street_key"] = street_key(message.place.street)
        return Place(**given)

    built = _build(
        (number, message, place_of(message), None, None, None)
        for number, message in enumerate(messages, 1)
    )
    rows = np.empty((len(messages), 0), np.float32) if vectors is None else vectors
    return Snapshot(built.table, rows, built.answers, built.statuses)


def _counted(stored: Iterable[Stored], advance: Callable[[int], None]) -> Iterator[Stored]:
    for one in stored:
        advance(1)
        yield one


def _build(found: Iterable[Found]) -> Snapshot:
    rows: list[Record] = []
    answers: list[tuple[object, ...]] = []
    statuses: list[tuple[object, ...]] = []
    for number, message, place, duplicate_of, judged, people in found:
        rows.append(
            {
                "id": number,
                "duplicate_of": duplicate_of,
                **_message(message),
                **{name: getattr(place, name) for name in _PLACE},
                **topic_of(message, judged, people or {}),
            }
        )
        for answer in message.answers:
            answers.append(
                (number, answer.text, answer.answered_at, answer.recipient, answer.stage)
            )
        statuses.extend((number, status.name, status.at) for status in message.statuses)
    return Snapshot(
        _typed(pd.DataFrame(rows, columns=_COLUMNS, dtype=object).set_index("id").sort_index()),
        np.empty((len(rows), 0), np.float32),
        _timed(pd.DataFrame(answers, columns=list(_ANSWERS), dtype=object), "answered_at"),
        _timed(pd.DataFrame(statuses, columns=list(_STATUSES), dtype=object), "at"),
    )


_OWN = (
    "dated_at",
    "external_id",
    "source",
    "channel",
    "kind",
    "text",
    "author",
    "reply_to",
    "recipient",
    "source_group",
    "source_topic",
    "answered_at",
    "closed_at",
    "status",
)
_JUDGED = ("group", "topic", "topic_p", "group_p", "sentiment", "importance", "decision")
_COLUMNS = ["id", "duplicate_of", *_OWN, *_PLACE, *_JUDGED]


def _message(message: Message) -> Record:
    said = {label.axis: label.name for label in message.labels}
    answered = [one.answered_at for one in message.answers if one.answered_at]
    last = [one.recipient for one in message.answers if one.recipient]
    times = [one.at for one in message.statuses if one.at]
    return {
        "dated_at": message.posted_at or message.received_at,
        "external_id": message.external_id,
        "source": message.source,
        "channel": message.raw.get(CHANNEL) or message.source,
        "kind": message.kind.value,
        "text": message.text,
        "author": message.author,
        "reply_to": message.reply_to,
        "recipient": said.get("recipient") or (last[-1] if last else None),
        "source_group": said.get("group"),
        "source_topic": said.get("topic"),
        "answered_at": min(answered, default=None),
        "closed_at": max(times, default=None),
        "status": message.statuses[-1].name if message.statuses else None,
    }


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    table.index = table.index.astype("int64")
    for name in _TIMES:
        _timed(table, name)
    for name in _NUMBERS:
        table[name] = table[name].astype("float64")
    table["duplicate_of"] = table["duplicate_of"].astype("Int64")
    return table


def _timed(table: pd.DataFrame, name: str) -> pd.DataFrame:
    table[name] = pd.to_datetime(table[name], utc=True).astype("datetime64[ns, UTC]")
    if "message_id" in table:
        table["message_id"] = table["message_id"].astype("int64")
    return table
