"""Stored messages as the matcher of mass incidents sees them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Unpack

from sqlalchemy import Connection, func, select

from otklik.datasets.records import Message
from otklik.datasets.rubricator import name_key
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.schema import LABELS, PREDICTIONS
from otklik.datasets.store import Store
from otklik.datasets.store_bulk import among
from otklik.datasets.store_read import Filters
from otklik.datasets.store_vectors import latest_encoder, read_vectors
from otklik.models.classifier import rubricator_head
from otklik.models.incident_signal import Signal, signal_of

VERSION = "im-2026"
MOST_TOPICS = 3
_BATCH = 1000

Topics = Mapping[str, float]


def signals_of(store: Store, **filters: Unpack[Filters]) -> Iterator[Signal]:
    """Current messages in the order of acceptance.

    The topic is what a person said last, else what the source says in `im-2026`, else the likeliest
    topics of the last prediction.
    """
    codes = _codes()
    stored = store.stored(**filters)
    encoder = latest_encoder(store.database)
    while batch := list(islice(stored, _BATCH)):
        with store.database.reading() as connection:
            people, models = _judged(connection, [one.id for one in batch])
        vectors = (
            read_vectors(store.database, encoder, [one.id for one in batch]) if encoder else {}
        )
        for one in batch:
            topics = people.get(one.id) or _said(one.message, codes) or models.get(one.id, {})
            yield signal_of(one, topics, vectors.get(one.id))


def _codes() -> dict[tuple[str, str], str]:
    """Code by the keys of group and name: names repeat in several groups."""
    return {
        (name_key(topic.group.name), name_key(topic.name)): topic.code
        for topic in load_rubricator(VERSION).topics
    }


def _said(message: Message, codes: Mapping[tuple[str, str], str]) -> Topics:
    said = {
        label.axis: name_key(label.name) for label in message.labels if label.rubricator == VERSION
    }
    code = codes.get((said.get("group", ""), said.get("topic", "")))
    return {code: 1.0} if code else {}


def _judged(
    connection: Connection, ids: Sequence[int]
) -> tuple[dict[int, Topics], dict[int, Topics]]:
    head = rubricator_head(VERSION)
    mine = select(LABELS.c.message_id, LABELS.c.new).where(
        among(connection, LABELS.c.message_id, ids),
        LABELS.c.axis == "topic",
        LABELS.c.rubricator == VERSION,
    )
    ordered = mine.order_by(LABELS.c.labelled_at, LABELS.c.id)
    people: dict[int, Topics] = {
        number: {code: 1.0} for number, code in connection.execute(ordered)
    }
    last = (
        select(func.max(PREDICTIONS.c.id))
        .where(among(connection, PREDICTIONS.c.message_id, ids))
        .group_by(PREDICTIONS.c.message_id)
    )
    made = select(PREDICTIONS.c.message_id, PREDICTIONS.c.heads).where(PREDICTIONS.c.id.in_(last))
    models: dict[int, Topics] = {
        number: dict(heads.get(head, [])[:MOST_TOPICS])
        for number, heads in connection.execute(made)
    }
    return people, models
