"""`/v1/webhook/dead`: events that could not be delivered, and another try."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from pydantic import AwareDatetime, Field
from pydantic import BaseModel as Shown

from otklik.datasets.outbox import Dead, Outbox, Retry
from otklik.serving.classify_routes import refusals
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.problems import Problem
from otklik.serving.schemas import Body as Given
from otklik.serving.service import ServiceDep, now

MOST_ID = 2**31 - 1
RETRY_BODIES: dict[str, Any] = {
    "ru": {"summary": "Ещё раз, столько же попыток", "value": {}},
    "en": {"summary": "Three more attempts", "value": {"attempts": 3}},
}

router = APIRouter(prefix="/v1/webhook", tags=["webhook"], route_class=GuardedRoute)


class RetryIn(Given):
    """How often to try; as often as the settings say without it."""

    attempts: Annotated[int | None, Field(ge=1, le=100)] = None


class DeadEvent(Shown):
    """An event that nobody tries to deliver any more."""

    id: int
    event: Annotated[str, Field(description="Its name for the receiver.")]
    message_id: int
    made_at: AwareDatetime
    ended_at: AwareDatetime
    attempts: int
    trouble: Annotated[str | None, Field(description="Of the last attempt.")]


class DeadPage(Shown):
    """Dead events in the order of their decisions; `cursor` continues."""

    events: list[DeadEvent]
    cursor: str | None
    counts: Annotated[dict[str, int], Field(description="Events that wait, were delivered, died.")]


class RetryOut(Shown):
    """The event waits again."""

    id: int
    state: str


@router.get(
    "/dead",
    responses=refusals(503),
    openapi_extra=needs(Scope.ADMIN),
    summary="Недоставленные события / Events that could not be delivered",
)
async def dead_events(
    service: ServiceDep,
    cursor: Annotated[str, Query(pattern=r"^\d{1,10}$", description="Of the last page.")] = "0",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeadPage:
    """What was given up, with the reason; they stay until they are delivered after all."""

    def read(outbox: Outbox) -> tuple[list[Dead], dict[str, int]]:
        return outbox.dead(min(int(cursor), MOST_ID), limit + 1), outbox.counts()

    found, counts = await service.shelf.ask(lambda store: read(Outbox(store.database)))
    shown = found[:limit]
    events = [
        DeadEvent(
            id=one.id,
            event=one.event,
            message_id=one.message_id,
            made_at=one.made_at,
            ended_at=one.ended_at,
            attempts=one.attempts,
            trouble=one.trouble,
        )
        for one in shown
    ]
    return DeadPage(
        events=events, cursor=str(shown[-1].id) if len(found) > limit else None, counts=counts
    )


@router.post(
    "/dead/{event_id}/retry",
    responses=refusals(400, 404, 408, 409, 413, 415, 503),
    openapi_extra=needs(Scope.ADMIN),
    summary="Доставить ещё раз / Try to deliver again",
)
async def retry_event(
    service: ServiceDep,
    event_id: Annotated[int, Path(ge=1, le=MOST_ID)],
    body: Annotated[RetryIn, Body(openapi_examples=RETRY_BODIES)],
) -> RetryOut:
    """Let a dead event wait again; not when a later one of its message was delivered."""
    attempts = body.attempts or service.settings.webhook_attempts
    found = await service.shelf.ask(
        lambda store: Outbox(store.database).retry(event_id, now(), attempts)
    )
    if found is Retry.UNKNOWN:
        raise Problem("not_found", what=f"dead event {event_id}")
    if found is Retry.OVERTAKEN:
        raise Problem("overtaken")
    return RetryOut(id=event_id, state="waiting")
