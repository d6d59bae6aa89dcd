"""Requests and answers about messages that wait for a person."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic import BaseModel as Shown

from otklik.serving.message_schemas import MessageOut
from otklik.serving.schemas import Body, LabelOut

Purpose = Literal["review", "check"]
CLAIM: dict[str, Any] = {"count": 5, "lease_s": 900, "id": "смена-14-03-утро-1"}
CLAIM_BODIES: dict[str, Any] = {
    "ru": {
        "summary": "Взять пять сообщений на 15 минут",
        "description": "Пока срок не истёк, их не получит никто другой. Повтор с тем же id "
        "вернёт то же самое.",
        "value": CLAIM,
    },
    "en": {
        "summary": "Take one message that was found in the list",
        "description": "Nothing comes back when somebody else holds it.",
        "value": {"messages": [17], "lease_s": 600},
    },
}
RENEW_BODIES: dict[str, Any] = {
    "ru": {"summary": "Ещё 15 минут от этой минуты", "value": {"lease_s": 900}},
    "en": {"summary": "Ten minutes", "value": {}},
}
LEASE_S = 600

Lease = Annotated[int, Field(strict=True, ge=30, le=86_400, description="Seconds to hold it.")]


class ClaimIn(Body):
    """What to take: the first free messages of the queue, or the free ones of those named."""

    model_config = ConfigDict(json_schema_extra={"examples": [CLAIM]})

    count: Annotated[int, Field(strict=True, ge=1, le=50)] = 1
    lease_s: Lease = LEASE_S
    messages: Annotated[
        list[Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]] | None,
        Field(min_length=1, max_length=50, description="Numbers in the store."),
    ] = None
    purpose: Purpose = "review"
    source: Annotated[str | None, Field(max_length=50)] = None
    district: Annotated[str | None, Field(max_length=200)] = None
    id: Annotated[
        str | None,
        Field(max_length=100, description="Of the request: sent again, it takes nothing more."),
    ] = None


class RenewIn(Body):
    """How long to hold it from now on."""

    lease_s: Lease = LEASE_S


class HeldOut(Shown):
    """Who holds the message, by the name of the key, and until when."""

    by: str
    until: AwareDatetime


class ReviewItem(Shown):
    """A message that waits for a person, and the labels it could have."""

    message: MessageOut
    purpose: Purpose
    due_at: Annotated[AwareDatetime | None, Field(description="When an answer is due.")]
    overdue: bool
    uncertainty: Annotated[
        float, Field(ge=0, le=1, description="1 less the probability of the likeliest topic.")
    ]
    topics: Annotated[list[LabelOut], Field(description="The likeliest ones, by name.")]
    groups: list[LabelOut]
    held: HeldOut | None


class ReviewOut(Shown):
    """A page of the queue; the counts are of the whole queue."""

    waiting: int
    held: int
    overdue: int
    items: list[ReviewItem]
    cursor: str | None


class ClaimOut(Shown):
    """A claim: while it lasts nobody else is given the message; a label on it ends it."""

    claim: str
    message_id: int
    until: AwareDatetime


class ClaimedItem(ClaimOut):
    """A claim with the message that it is on."""

    item: ReviewItem


class ClaimsOut(Shown):
    """What was taken; fewer than asked for, or nothing, when no more are free."""

    claims: list[ClaimedItem]
