"""Requests and answers about messages that tell alike."""

from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic import BaseModel as Shown

from otklik.serving.schemas import MOST_CHARS, Body, PlaceOut

ASKED: dict[str, Any] = {"text": "Третий день нет воды на Сайханова", "limit": 5}
SIMILAR_BODIES: dict[str, Any] = {
    "ru": {
        "summary": "Похожие на текст",
        "description": "Текст не сохраняется; личные данные закрываются до сравнения.",
        "value": ASKED,
    },
    "en": {
        "summary": "Only what is very near",
        "description": "Nothing is stored.",
        "value": {"text": "Яма на Мира 5, машины объезжают по встречке", "least": 0.8},
    },
}

Limit = Annotated[int, Field(ge=1, le=50)]
Least = Annotated[float, Field(ge=-1, le=1, description="Smallest similarity that is told.")]


class SimilarIn(Body):
    """A text whose like is sought."""

    model_config = ConfigDict(json_schema_extra={"examples": [ASKED]})

    text: Annotated[str, Field(min_length=1, max_length=MOST_CHARS)]
    limit: Annotated[Limit, Field(strict=True)] = 10
    least: Annotated[Least, Field(strict=True)] = 0.0


class TopicSaid(Shown):
    """A topic and who said it: a person, or the model."""

    code: str
    name: str
    by: str


class SimilarMessage(Shown):
    """A stored message and how alike it is."""

    id: Annotated[int, Field(description="Number in the store.")]
    similarity: Annotated[float, Field(description="Cosine of the vectors, at most 1.")]
    source: str
    kind: str
    text: Annotated[str, Field(description="Masked.")]
    dated_at: Annotated[AwareDatetime, Field(description="Posted; received where that is unknown.")]
    place: PlaceOut
    topic: TopicSaid | None
    duplicate_of: int | None


class SimilarOut(Shown):
    """The nearest messages first; `compared` is how many there were to compare with."""

    encoder: Annotated[str, Field(description="Only its vectors are compared.")]
    compared: int
    messages: list[SimilarMessage]


class NearOut(Shown):
    """An earlier or later message that likely tells the same thing."""

    id: int
    similarity: float
