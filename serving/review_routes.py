"""`/v1/review`: what waits for a person, taken by one coordinator at a time."""

import hashlib
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Query, Request

from otklik.datasets.errors import UnknownVersion
from otklik.datasets.review_queue import (
    Holder,
    ReviewQueue,
    Waiting,
    format_place,
    parse_place,
)
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.store import Store
from otklik.serving import review_schemas as schemas
from otklik.serving.classify_routes import refusals
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.message_schemas import MessageOut
from otklik.serving.problems import Problem
from otklik.serving.schemas import LabelOut
from otklik.serving.service import ServiceDep, now
from otklik.serving.stored import found_message, whole

router = APIRouter(prefix="/v1", tags=["review"], route_class=GuardedRoute)
ClaimId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
CURSOR = r"^\d{1,12}\.\d{1,12}\.\d{1,12}$"


@router.get(
    "/review",
    responses=refusals(503),
    openapi_extra=needs(Scope.LABEL),
    summary="Очередь на разбор / What waits for a person",
)
async def review(
    request: Request,
    service: ServiceDep,
    purpose: Annotated[
        Literal["review", "check"],
        Query(description="`check`: a random part of what went out by itself."),
    ] = "review",
    source: Annotated[str | None, Query(max_length=50)] = None,
    district: Annotated[str | None, Query(max_length=200)] = None,
    free: Annotated[bool, Query(description="Without what somebody holds.")] = False,
    cursor: Annotated[str | None, Query(pattern=CURSOR, description="Of the last page.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> schemas.ReviewOut:
    """The nearest day of a deadline first, and within a day what the model is least sure of."""
    at = now()
    after = None if cursor is None else parse_place(cursor)

    def read(store: Store) -> schemas.ReviewOut:
        queue = ReviewQueue(store.database)
        found = queue.page(
            at,
            purpose=purpose,
            source=source,
            district=district,
            free=free,
            after=after,
            limit=limit + 1,
        )
        page = found[:limit]
        return schemas.ReviewOut(
            **queue.counts(at, purpose),
            items=[_item(store, one, at) for one in page],
            cursor=format_place(page[-1].place) if len(found) > limit else None,
        )

    shown = await service.shelf.ask(read)
    request.state.touched = [one.message.id for one in shown.items]
    return shown


@router.post(
    "/review/claims",
    status_code=201,
    responses=refusals(400, 408, 413, 415, 503),
    openapi_extra=needs(Scope.LABEL),
    summary="Взять сообщения на разбор / Take messages to review",
)
async def claim_review(
    request: Request,
    service: ServiceDep,
    body: Annotated[schemas.ClaimIn, Body(openapi_examples=schemas.CLAIM_BODIES)],
) -> schemas.ClaimsOut:
    """Hold free messages for a time; nobody else is given them meanwhile.

    A random check is handed out in its order only: named messages would be no random ones.
    """
    if body.purpose == "check" and body.messages is not None:
        message = "body.messages: a check is taken in the order of the queue"
        raise Problem("invalid", field="body.messages", value="list", message=message)
    caller = request.state.caller
    # Whatever they call a request is theirs: it only has to be the same the second time.
    asked = None if body.id is None else hashlib.sha256(body.id.encode()).hexdigest()[:32]
    holder = Holder(caller.id, caller.name, asked)
    at = now()

    def take(store: Store) -> schemas.ClaimsOut:
        taken = ReviewQueue(store.database).claim(
            holder,
            at,
            timedelta(seconds=body.lease_s),
            count=body.count,
            messages=body.messages,
            purpose=body.purpose,
            source=body.source,
            district=body.district,
        )
        claims = [
            schemas.ClaimedItem(**_claim(one).model_dump(), item=_item(store, one, at))
            for one in taken
        ]
        return schemas.ClaimsOut(claims=claims)

    made = await service.shelf.ask(take)
    request.state.touched = [one.message_id for one in made.claims]
    return made


@router.post(
    "/review/claims/{claim}/renew",
    responses=refusals(400, 408, 409, 413, 415, 503),
    openapi_extra=needs(Scope.LABEL),
    summary="Продлить / Hold a message longer",
)
async def renew_claim(
    request: Request,
    service: ServiceDep,
    claim: ClaimId,
    body: Annotated[schemas.RenewIn, Body(openapi_examples=schemas.RENEW_BODIES)],
) -> schemas.ClaimOut:
    """Hold a message for so long from now on; a claim that has ended is not brought back."""
    holder, lease = request.state.caller.id, timedelta(seconds=body.lease_s)
    found = await service.shelf.ask(
        lambda store: ReviewQueue(store.database).renew(claim, holder, now(), lease)
    )
    if found is None:
        raise Problem("claim_ended")
    request.state.touched = [found.message_id]
    return _claim(found)


@router.delete(
    "/review/claims/{claim}",
    status_code=204,
    responses=refusals(503),
    openapi_extra=needs(Scope.LABEL),
    summary="Вернуть в очередь / Give a message back",
)
async def release_claim(request: Request, service: ServiceDep, claim: ClaimId) -> None:
    """Free a message at once; of a claim that has ended nothing is changed."""
    holder = request.state.caller.id
    found = await service.shelf.ask(
        lambda store: ReviewQueue(store.database).release(claim, holder)
    )
    request.state.touched = [] if found is None else [found]


def _claim(one: Waiting) -> schemas.ClaimOut:
    assert one.claim is not None
    assert one.held_until is not None
    return schemas.ClaimOut(claim=one.claim, message_id=one.message_id, until=one.held_until)


def _item(store: Store, one: Waiting, at: datetime) -> schemas.ReviewItem:
    message = whole(store, found_message(store, one.message_id))
    topics, groups = _named(message)
    held = None
    if one.is_held(at) and one.held_until is not None:
        held = schemas.HeldOut(by=one.holder_name or "", until=one.held_until)
    return schemas.ReviewItem(
        message=message,
        purpose="check" if one.purpose == "check" else "review",
        due_at=one.due_at,
        overdue=one.due_at is not None and one.due_at < at,
        uncertainty=round(min(1.0, max(0.0, 1 - one.sureness)), 6),
        topics=topics,
        groups=groups,
        held=held,
    )


def _named(message: MessageOut) -> tuple[list[LabelOut], list[LabelOut]]:
    """Likeliest topics and groups by their names; codes where the rubricator is gone."""
    if message.prediction is None:
        return [], []
    names: dict[str, str] = {}
    try:
        rubricator = load_rubricator(message.prediction.rubricator)
    except UnknownVersion:
        pass
    else:
        names = {one.code: one.name for one in rubricator.topics}
        names |= {one.code: one.name for one in rubricator.groups}
    head = message.prediction.rubricator.replace("-", "_")
    topics, groups = (
        [
            LabelOut(code=code, name=names.get(code, code), probability=round(min(1.0, share), 6))
            for code, share in message.prediction.heads.get(level, [])
        ]
        for level in (head, f"{head}_group")
    )
    return topics, groups
