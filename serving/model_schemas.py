"""Requests and answers about versions of the model."""

from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field, StrictBool
from pydantic import BaseModel as Shown

from otklik.serving.schemas import Body, ModelOut

PROMOTION_BODIES: dict[str, Any] = {
    "ru": {
        "summary": "Повысить кандидата, если все проверки пройдены",
        "description": "Без номера — последний обученный кандидат.",
        "value": {},
    },
    "en": {
        "summary": "Promote a version past closed gates",
        "description": "The reason stays in the history. Some gates no reason overrules.",
        "value": {"version": 3, "reason": "the old one does not know ferries"},
    },
}
ROLLBACK_BODIES: dict[str, Any] = {
    "ru": {
        "summary": "Вернуть прежнюю версию",
        "value": {"reason": "неверные темы с понедельника"},
    },
    "en": {"summary": "Without a reason", "value": {}},
}


class PromotionIn(Body):
    """Which version shall answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3}]})

    version: Annotated[
        int | None,
        Field(strict=True, ge=1, le=999_999_999, description="The challenger without it."),
    ] = None
    reason: Annotated[
        str,
        Field(
            max_length=1000,
            pattern=r"^[^\x00]*$",  # it becomes an argument of a process
            description="Why closed gates are overruled.",
        ),
    ] = ""


class RollbackIn(Body):
    """Why the version that answers shall not."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"leave": "otklik/3"}]})

    leave: Annotated[
        str | None,
        Field(
            max_length=100,
            pattern=r"^[\w.-]+/\d{1,9}$",
            description="Nothing is done unless this version is the champion: a repeated request "
            "does no harm.",
        ),
    ] = None
    reason: Annotated[str, Field(max_length=1000)] = ""


class GateOut(Shown):
    """One comparison with the champion."""

    name: str
    passed: bool
    sentence: Annotated[str, Field(description="What was found.")]


class ChangedOut(Shown):
    """Who is champion now, and who answers; they differ while the new one is being loaded."""

    champion: str
    before: str | None
    bundle: Annotated[str, Field(description="Hash of the champion's bundle.")]
    model: Annotated[ModelOut | None, Field(description="Who answers in this process.")]
    gates: list[GateOut]
    seconds: Annotated[float, Field(ge=0, description="From request to answer.")]


SWITCH: dict[str, Any] = {"on": True, "reason": "модель переучена, 200 ответов проверены вручную"}

SWITCH_BODIES: dict[str, Any] = {
    "ru": {
        "summary": "Включить снова",
        "description": "Счёт исправлений начинается заново.",
        "value": SWITCH,
    },
    "en": {
        "summary": "Everything to people from now on",
        "value": {"on": False, "reason": "the routing table is being rewritten"},
    },
}


class SwitchIn(Body):
    """Whether the version that answers may route by itself, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [SWITCH]})

    on: StrictBool
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class AutomaticOut(Shown):
    """Automatic routing of the version that answers, and what people said of its answers.

    The counts are those of the last look, from the last time that it was switched on.
    """

    on: bool
    since: Annotated[AwareDatetime | None, Field(description="Of the last turn of the switch.")]
    by: Annotated[str | None, Field(description="Id of a key, or `monitor`.")]
    reason: str | None
    alpha: Annotated[float, Field(description="Error that it may make.")]
    sent: int
    corrected: int
    checked: Annotated[int, Field(description="Drawn at random, and labelled.")]
    wrong: Annotated[int, Field(description="Of the checked.")]


class VersionOut(Shown):
    """A registered version."""

    name: str
    aliases: list[str]
    bundle: str
    registered_at: AwareDatetime
    promoted_at: AwareDatetime | None


class ModelsOut(Shown):
    """Which version answers, and which ones there are, now or at a time."""

    champion: str | None
    as_of: AwareDatetime | None
    automatic: Annotated[
        AutomaticOut | None,
        Field(description="Null for a time past, and while none is loaded."),
    ]
    versions: list[VersionOut]
