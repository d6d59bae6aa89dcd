"""Requests and answers about messages that are stored."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic import BaseModel as Shown

from otklik.serving.incident_schemas import IncidentOut, PlannedWorkOut
from otklik.serving.schemas import AnswerOut, Body, Moment, PlaceIn, PlaceOut
from otklik.serving.similar_schemas import NearOut

MESSAGE: dict[str, Any] = {
    "source": "pos",
    "id": "ПОС-77/12",
    "kind": "обращение",
    "text": "Прошу починить фонари на улице Мира у дома 5, тел. 8 928 000-11-22",
    "posted_at": "2026-03-14T10:00:00+03:00",
}
LABEL: dict[str, Any] = {
    "axis": "topic",
    "code": "improvement.yard_potholes",
    "reason": "яма во дворе, а не на улице",
}

MESSAGE_BODIES: dict[str, Any] = {
    "ru": {
        "summary": "Обращение с портала",
        "description": "Личные данные закрываются до сохранения; повтор ничего не меняет.",
        "value": MESSAGE,
    },
    "en": {
        "summary": "A post from a social network, with its place",
        "description": "`source` and `id` name it for ever; another text is a new version.",
        "value": {
            "source": "im",
            "id": "800123",
            "kind": "сообщение",
            "text": "Третий день нет воды, когда дадут?",
            "place": {"street": "улица Сайханова", "house": "112"},
        },
    },
}
LABEL_BODIES: dict[str, Any] = {
    "ru": {"summary": "Тема исправлена", "value": LABEL},
    "en": {"summary": "Only the group is sure", "value": {"axis": "group", "code": "roads"}},
}


class StoreIn(Body):
    """A message to be stored; `source` and `id` name it for ever."""

    model_config = ConfigDict(json_schema_extra={"examples": [MESSAGE]})

    source: Annotated[str, Field(min_length=1, max_length=50)]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Annotated[
        Literal["сообщение", "обращение"], Field(description="How it was filed: a fact.")
    ]
    text: Annotated[str, Field(min_length=1, max_length=100_000)]
    posted_at: Moment | None = None
    received_at: Moment | None = None
    author: Annotated[
        str | None, Field(max_length=500, description="Kept as a salted hash only.")
    ] = None
    reply_to: Annotated[str | None, Field(max_length=200)] = None
    place: PlaceIn = PlaceIn()


class LabelIn(Body):
    """A person's word on a message; the latest on an axis holds, all of them are kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [LABEL]})

    axis: Literal["topic", "group"] = "topic"
    code: Annotated[str, Field(min_length=1, max_length=100)]
    rubricator: Annotated[
        str | None, Field(max_length=100, description="Version; the model's without it.")
    ] = None
    reason: Annotated[str, Field(max_length=2000)] = ""


class MaskedOut(Shown):
    """Where something personal was masked."""

    kind: str
    start: int
    stop: int


class PredictionOut(Shown):
    """What a model version said of the message."""

    model: Annotated[str, Field(description="Hash of the bundle.")]
    rubricator: str
    heads: dict[str, list[tuple[str, float]]]
    prediction_set: list[str]
    action: str
    reason: str
    latency_ms: float
    made_at: AwareDatetime


class LabelGiven(Shown):
    """A label of a person's; `by` is the name of the key."""

    axis: str
    old: str | None
    new: str
    rubricator: str | None
    by: str
    at: AwareDatetime
    reason: str


class AnswerGiven(Shown):
    """An official answer, without personal data."""

    text: str
    answered_at: AwareDatetime | None
    recipient: str | None
    stage: str


class MessageOut(Shown):
    """A message as it is stored, without personal data."""

    id: Annotated[int, Field(description="Number in the store.")]
    source: str
    external_id: Annotated[str, Field(description="As given, or a hash where it told a person.")]
    kind: str
    text: str
    posted_at: AwareDatetime | None
    received_at: AwareDatetime | None
    stored_at: AwareDatetime
    version: int
    duplicate_of: int | None
    reply_to: str | None
    place: PlaceOut
    entities: list[MaskedOut]
    prediction: PredictionOut | None
    answers: list[AnswerGiven]
    labels: list[LabelGiven]
    incident: Annotated[
        IncidentOut | None, Field(description="Mass incident, once enough people tell of it.")
    ] = None
    planned_work: Annotated[
        PlannedWorkOut | None, Field(description="Planned work of this kind, place and time.")
    ] = None


class StoredOut(Shown):
    """What became of a message: stored, changed (a new version), or unchanged."""

    state: Literal["stored", "changed", "unchanged"]
    message: MessageOut
    answer: Annotated[
        AnswerOut | None, Field(description="Nothing where an earlier answer still holds.")
    ]
    near_duplicates: Annotated[
        list[NearOut],
        Field(description="Alike from 0.9 on, within three days, in no other place."),
    ] = []


class PageOut(Shown):
    """Messages in the order of acceptance; `cursor` continues, nothing at the end."""

    messages: list[MessageOut]
    cursor: str | None


class TopicOut(Shown):
    """A topic of a rubricator."""

    code: str
    name: str
    group: str
    hint: str
    importance: int


class RubricatorOut(Shown):
    """One version of the tree of topics."""

    version: str
    title: str
    groups: dict[str, str]
    topics: list[TopicOut]
