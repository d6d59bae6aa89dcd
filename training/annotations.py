"""Annotations of Label Studio, read as labels: what was answered, by whom, when."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from otklik.datasets.errors import BadRow, UnknownTopic, UnknownVersion
from otklik.datasets.records import Label
from otklik.datasets.rubricator import Rubricator
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.text_key import text_key
from otklik.training.labelstudio import CHOICES, GROUP, REASON, TOPIC

_CLOCK_SKEW = timedelta(days=1)


class _Loose(BaseModel):
    """Label Studio adds fields with every version: what we do not read is let pass."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Result(_Loose):
    from_name: str
    type: str
    value: dict[str, Any]


class _Annotation(_Loose):
    result: tuple[_Result, ...] = ()
    was_cancelled: bool = False
    completed_by: int | dict[str, Any] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class _Data(_Loose):
    source: str
    external_id: str
    text: str
    rubricator: str


class _Task(_Loose):
    data: _Data
    annotations: tuple[_Annotation, ...] = Field(default=())


def read_task(
    document: object, known: Mapping[tuple[str, str], tuple[int, str]], *, now: datetime
) -> list[Label]:
    """Labels of one exported task; cancelled annotations and empty answers give none.

    Parameters
    ----------
    document : object
        One element of the exported list.
    known : mapping
        (source, external id) → id and text of the stored message.
    now : datetime
        A label from the future would win for ever; one day of a wrong clock is forgiven.

    Raises
    ------
    BadRow
        Says what is wrong and in which field; the other tasks of the file are not touched.
    """
    task = _validated(document)
    found = known.get((task.data.source, task.data.external_id))
    if found is None:
        raise BadRow("no such message in this store", column="data.external_id")
    message_id, text = found
    if text_key(task.data.text) != text_key(text):
        raise BadRow("the message has changed since it was exported; label it again", column="text")
    try:
        rubricator = load_rubricator(task.data.rubricator)
    except UnknownVersion as error:
        raise BadRow(
            "no such rubricator", column="data.rubricator", value=task.data.rubricator
        ) from error
    labels = []
    for number, annotation in enumerate(task.annotations):
        if annotation.was_cancelled:
            continue
        where = f"annotations.{number}"
        at = _moment(annotation, now, where)
        reason = _reason(annotation)
        for result in annotation.result:
            answer = _answer(result, rubricator, f"{where}.{result.from_name}")
            if answer is not None:
                axis, new, version = answer
                who = _who(annotation.completed_by)
                labels.append(Label(message_id, axis, None, new, version, who, at, reason))
    return labels


def message_name(document: object) -> tuple[str, str] | None:
    """Return source and external id of a task, None where it has none."""
    try:
        data = _validated(document).data
    except BadRow:
        return None
    return data.source, data.external_id


def _validated(document: object) -> _Task:
    try:
        return _Task.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadRow(first["msg"], column=".".join(map(str, first["loc"]))) from error


def _moment(annotation: _Annotation, now: datetime, where: str) -> datetime:
    at = annotation.updated_at or annotation.created_at
    if at is None or at.tzinfo is None:
        raise BadRow("no time with a zone", column=f"{where}.updated_at")
    if at > now + _CLOCK_SKEW:
        raise BadRow("the time lies in the future", column=f"{where}.updated_at")
    return at.astimezone(UTC)


def _who(completed_by: int | dict[str, Any] | None) -> str:
    """Name an annotator without personal data: by number, or by a hash of the address."""
    if isinstance(completed_by, dict):
        if "id" in completed_by:
            return f"annotator {completed_by['id']}"
        address = str(completed_by.get("email", ""))
        return f"annotator {hashlib.blake2b(address.encode(), digest_size=4).hexdigest()}"
    return f"annotator {completed_by}" if completed_by is not None else "annotator"


def _reason(annotation: _Annotation) -> str:
    for result in annotation.result:
        if result.from_name == REASON:
            words = result.value.get("text", "")
            return " ".join(words) if isinstance(words, list) else str(words)
    return ""


def _answer(
    result: _Result, rubricator: Rubricator, where: str
) -> tuple[str, str, str | None] | None:
    """Axis, label and rubricator version of one answer; None for what is no label."""
    name = result.from_name
    if name == REASON:
        return None
    given = result.value.get(result.type)
    if not isinstance(given, list) or len(given) != 1:
        raise BadRow("one answer expected", column=where, value=str(given))
    if name == TOPIC and result.type == "taxonomy":
        return _topic(given[0], rubricator, where)
    words = CHOICES.get(name)
    if words is None or result.type != "choices":
        raise BadRow("unknown question", column=where, value=f"{name} of type {result.type}")
    word = given[0]
    if word not in words and word not in words.values():
        raise BadRow(f"none of {', '.join(words)}", column=where, value=str(word))
    return name, words.get(word, word), None


def _topic(path: object, rubricator: Rubricator, where: str) -> tuple[str, str, str | None]:
    """Resolve a path of the taxonomy, names or codes; a group alone is a label of its own axis."""
    if not isinstance(path, list) or len(path) not in (1, 2) or not all(map(_is_text, path)):
        raise BadRow("group and topic expected", column=where, value=str(path))
    try:
        last = path[-1]
        if len(path) == 1:
            group = rubricator.group(last) if last in rubricator else rubricator.find_group(last)
            return GROUP, group.code, rubricator.version
        topic = rubricator.topic(last) if last in rubricator else rubricator.find(last, path[0])
    except UnknownTopic as error:
        raise BadRow(
            f"not in {rubricator.version}", column=where, value=" / ".join(path)
        ) from error
    if path[0] not in (topic.group.code, topic.group.name):
        raise BadRow("the topic is not in the group", column=where, value=" / ".join(path))
    return TOPIC, topic.code, rubricator.version


def _is_text(part: object) -> bool:
    return isinstance(part, str)
