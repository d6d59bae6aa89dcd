"""Topic and group of a message: a person goes before the source, the source before a model."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import func, select

from otklik.datasets.records import Message
from otklik.datasets.rubricator import Rubricator, Topic, name_key
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.schema import LABELS, PREDICTIONS
from otklik.datasets.store_engine import Database
from otklik.models.classifier import GROUP, rubricator_head
from otklik.models.importance import default_scale

VERSION = "im-2026"
SENTIMENT = "sentiment"
_TOPIC = rubricator_head(VERSION)


class Judged(NamedTuple):
    """What a model answered, by names."""

    topic: str | None
    topic_p: float | None
    group: str | None
    group_p: float | None
    sentiment: str | None
    decision: str


def judged_by_models(database: Database) -> dict[int, Judged]:
    """The last answer for every message that has one, by message id."""
    last = select(func.max(PREDICTIONS.c.id)).group_by(PREDICTIONS.c.message_id)
    query = select(PREDICTIONS.c.message_id, PREDICTIONS.c.heads, PREDICTIONS.c.decision)
    with database.reading() as connection:
        rows = connection.execute(query.where(PREDICTIONS.c.id.in_(last)))
        return {number: _judged(heads, decision) for number, heads, decision in rows}


def judged_by_people(database: Database) -> dict[int, dict[str, str]]:
    """The label that holds on every axis, by message id; the latest wins."""
    query = select(LABELS.c.message_id, LABELS.c.axis, LABELS.c.new).order_by(
        LABELS.c.labelled_at, LABELS.c.id
    )
    found: dict[int, dict[str, str]] = {}
    with database.reading() as connection:
        for number, axis, new in connection.execute(query):
            found.setdefault(number, {})[axis] = new
    return found


def topic_of(
    message: Message, judged: Judged | None, people: Mapping[str, str]
) -> dict[str, str | float | None]:
    """Topic, group, sentiment, importance and decision of a message; None where nobody knows."""
    said = {one.axis: one.name for one in message.labels if one.rubricator == VERSION}
    topic = _name(people.get("topic")) or said.get("topic") or (judged and judged.topic)
    known = _known(topic)
    group = _name(people.get("group")) or (known and known.group.name) or said.get("group")
    own = judged is not None and topic == judged.topic
    return {
        "topic": known.name if known else topic,
        "group": group or (judged and judged.group),
        "topic_p": judged.topic_p if judged and own else None,
        "group_p": judged.group_p if judged and own else None,
        "sentiment": judged and judged.sentiment,
        "importance": default_scale().rate(message.text, known).value if known else None,
        "decision": judged and judged.decision,
    }


def _judged(heads: Mapping[str, Any], decision: str) -> Judged:
    def first(head: str) -> tuple[str | None, float | None]:
        ranked = heads.get(head) or [(None, None)]
        return ranked[0][0], ranked[0][1]

    (topic, topic_p), (group, group_p) = first(_TOPIC), first(_TOPIC + GROUP)
    return Judged(_name(topic), topic_p, _name(group), group_p, first(SENTIMENT)[0], decision)


@lru_cache(maxsize=1)
def _rubricator() -> Rubricator:
    return load_rubricator(VERSION)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    rubricator = _rubricator()
    groups = {one.code: one.name for one in rubricator.groups}
    return groups | {one.code: one.name for one in rubricator.topics}


@lru_cache(maxsize=1)
def _topics() -> dict[str, Topic]:
    """Topics by the key of their name; a name that two groups share is left out."""
    found: dict[str, list[Topic]] = {}
    for topic in _rubricator().topics:
        found.setdefault(name_key(topic.name), []).append(topic)
    return {key: topics[0] for key, topics in found.items() if len(topics) == 1}


def _known(name: str | None) -> Topic | None:
    return _topics().get(name_key(name)) if name else None


def _name(code: str | None) -> str | None:
    return None if code is None else _names().get(code, code)
