"""Requests and answers of the interface, as OpenAPI shows them."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
)
from pydantic_core import PydanticCustomError

from otklik.serving.examples import ANSWER, MESSAGE

MOST_MESSAGES = 256
MOST_CHARS = 100_000
"""Longest text that any setting allows; the one in force is `OTKLIK_SERVE_TEXT_CHARS`."""


_YEAR = re.compile(r"\s*\d{4}-")


def _written(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Refuse numbers: seconds and milliseconds since 1970 are too easily taken for each other."""
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, str) and _YEAR.match(value):
        return value
    raise PydanticCustomError("datetime_parsing", "Input should be a time in ISO 8601")


Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A time with a time zone, as ISO 8601 writes it."""


class Body(BaseModel):
    """A part of a request: a field that is not known is an error, not a silent loss."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlaceIn(Body):
    """A place as the source gives it; every field may be missing."""

    region: Annotated[str | None, Field(max_length=200)] = None
    municipality: Annotated[str | None, Field(max_length=200)] = None
    settlement: Annotated[str | None, Field(max_length=200)] = None
    district: Annotated[str | None, Field(max_length=200)] = None
    street: Annotated[str | None, Field(max_length=200)] = None
    house: Annotated[str | None, Field(max_length=50)] = None
    latitude: Annotated[float | None, Field(ge=-90, le=90, strict=True)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180, strict=True)] = None


class MessageIn(Body):
    """A message to be classified; nothing of it is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [MESSAGE]})

    text: Annotated[str, Field(min_length=1, max_length=MOST_CHARS, description="As written.")]
    id: Annotated[str | None, Field(max_length=200, description="Comes back in the answer.")] = None
    source: Annotated[str | None, Field(max_length=50, examples=["im", "pos", "letter"])] = None
    kind: Literal["сообщение", "обращение"] | None = None
    received_at: Annotated[
        Moment | None, Field(description="With a time zone; now without it.")
    ] = None
    place: PlaceIn = PlaceIn()


class BatchIn(Body):
    """Up to 256 messages at once."""

    messages: Annotated[list[MessageIn], Field(min_length=1, max_length=MOST_MESSAGES)]


def _tag(body: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if isinstance(body, BatchIn) or (isinstance(body, dict) and "messages" in body):
        return "batch"
    return "message"


ClassifyIn = Annotated[
    Annotated[MessageIn, Tag("message")] | Annotated[BatchIn, Tag("batch")], Discriminator(_tag)
]


class Entity(BaseModel):
    """Personal data that was masked: its kind, and where its placeholder stands."""

    kind: str
    placeholder: str
    start: int
    stop: int


class PlaceFound(BaseModel):
    """A place that the text names, with its offsets in the masked text."""

    kind: str
    name: str
    house: str | None
    district: str | None
    known: bool
    start: int
    stop: int


class PlaceOut(BaseModel):
    """The place of the message: what the source gave, completed by the text and the gazetteer."""

    region: str | None
    municipality: str | None
    settlement: str | None
    district: str | None
    street: str | None
    house: str | None
    asset: str | None
    latitude: float | None
    longitude: float | None


class LabelOut(BaseModel):
    """A label with its calibrated probability."""

    code: str
    name: str
    probability: Annotated[float, Field(ge=0, le=1)]


class SetOut(BaseModel):
    """Topics, else whole groups, among which the right one should be."""

    head: str
    labels: Annotated[list[LabelOut], Field(description="Empty: it could be any.")]
    probability: Annotated[float, Field(description="Of all of them together.")]
    coverage: Annotated[
        float | None,
        Field(
            description="Share of messages whose right topic is within, as the calibration of the "
            "bundle promises; null: the bundle promises none, the labels reach 0.9 together."
        ),
    ] = None


class UtteranceOut(BaseModel):
    """What the text does, and the words that say so."""

    kind: str
    words: list[str]


class DangerOut(BaseModel):
    """A cue that raised the importance."""

    code: str
    title: str
    quote: str


class ImportanceOut(BaseModel):
    """1 (can wait) to 5 (people may die); `topic` is that of the topic alone."""

    value: Annotated[int, Field(ge=1, le=5)]
    topic: int
    reasons: list[DangerOut]


class DecisionOut(BaseModel):
    """Whether the answer may go out without a person, and why; `label` is what goes out."""

    action: Literal["auto", "review"]
    reason: str
    head: str | None
    label: LabelOut | None


class DirectionOut(BaseModel):
    """Who answers, by the codes of the routing file, why and by when; empty without a file."""

    recipients: list[str]
    reason: str | None
    deadline: AwareDatetime | None
    basis: str | None


class ModelOut(BaseModel):
    """Which version answered: its name in the registry and the hash of its bundle."""

    name: str
    version: str


class MovedOut(BaseModel):
    """Words of the masked text; without them the topic's probability is lower by `effect`."""

    words: str
    start: int
    stop: int
    effect: float


class AnswerOut(BaseModel):
    """All that is known of one message."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANSWER]})

    id: str | None
    text: Annotated[str, Field(description="Without personal data.")]
    entities: list[Entity]
    places: list[PlaceFound]
    place: PlaceOut
    heads: dict[str, list[LabelOut]]
    prediction_set: SetOut
    sentiment: LabelOut | None
    utterance: UtteranceOut
    importance: ImportanceOut
    direction: DirectionOut
    decision: DecisionOut
    explanation: list[MovedOut] | None
    model: ModelOut
    rubricator: str
    latency_ms: Annotated[float, Field(ge=0, description="From acceptance to answer.")]


class AnswersOut(BaseModel):
    """Answers in the order of the messages."""

    answers: list[AnswerOut]


class FieldError(BaseModel):
    """One field that does not fit."""

    field: str
    value: Any
    message: str


class ProblemOut(BaseModel):
    """A refusal (RFC 9457), in Russian or English by Accept-Language."""

    type: str
    title: str
    status: int
    code: Annotated[str, Field(description="Never changes; see `serving/problem_cases.py`.")]
    detail: str
    action: Annotated[str, Field(description="What to do.")]
    field: str | None = None
    value: Any = None
    errors: list[FieldError] | None = None
