"""Requests and answers about what the authorities answered, and about files that are imported."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel as Shown
from pydantic import ConfigDict, Field

from otklik.serving.message_schemas import AnswerGiven
from otklik.serving.schemas import MOST_CHARS, Body, Moment

OFFICIAL: dict[str, Any] = {
    "source": "pos",
    "id": "ПОС-77/12",
    "text": "Фонари у дома 5 по улице Мира включены 16 марта. Мастер участка Исаева Р. У.",
    "answered_at": "2026-03-16T15:20:00+03:00",
    "recipient": "Департамент ЖКХ",
    "stage": "answer",
}
OFFICIAL_BODIES: dict[str, Any] = {
    "ru": {
        "summary": "Ответ по существу",
        "description": "Личные данные закрываются до сохранения; повтор ничего не добавляет.",
        "value": OFFICIAL,
    },
    "en": {
        "summary": "An interim answer",
        "description": "Without a time it is the moment of the request.",
        "value": {
            "source": "pos",
            "id": "ПОС-77/12",
            "text": "Работы назначены на 20 марта.",
            "stage": "interim",
        },
    },
}


class OfficialIn(Body):
    """An official answer to a stored message, which `source` and `id` name."""

    model_config = ConfigDict(json_schema_extra={"examples": [OFFICIAL]})

    source: Annotated[str, Field(min_length=1, max_length=50)]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    text: Annotated[str, Field(min_length=1, max_length=MOST_CHARS)]
    answered_at: Moment | None = None
    recipient: Annotated[str | None, Field(max_length=300, description="Who answered.")] = None
    stage: Annotated[
        str,
        Field(
            pattern=r"^[a-z][a-z0-9_-]{0,39}$",
            description="`answer`, or `interim` where the matter goes on.",
        ),
    ] = "answer"


class OfficialOut(Shown):
    """What became of an answer, and how it is stored."""

    state: Literal["stored", "unchanged"]
    message_id: int
    answer: AnswerGiven


class RejectOut(Shown):
    """A row that could not become a message; the value is masked and cut."""

    line: int
    column: str | None
    value: str
    reason: str


class ImportOut(Shown):
    """What became of the rows: read = stored + changed + unchanged + rejected."""

    read: int
    stored: int
    changed: int
    unchanged: int
    rejected: int
    duplicates: Annotated[int, Field(description="Of the stored: with a text stored before.")]
    reasons: Annotated[dict[str, int], Field(description="Rejected rows by reason.")]
    rejects: Annotated[list[RejectOut], Field(description="The first hundred of them.")]
    dry_run: bool
