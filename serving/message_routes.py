"""`/v1/messages`: store and classify, read back, correct."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Query, Request, Response

from otklik.datasets.errors import UnknownTopic, UnknownVersion
from otklik.datasets.labelling import Labelling
from otklik.datasets.records import Kind, Label, Message, Place
from otklik.datasets.rubricator import Rubricator
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.store import Filters, Store
from otklik.datasets.store_page import read_page
from otklik.serving import message_schemas as schemas
from otklik.serving.answers import answer_of
from otklik.serving.classify_routes import refusals
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.near_copies import near_copies
from otklik.serving.patience import PreferHeader
from otklik.serving.problems import Problem
from otklik.serving.reading import Asked
from otklik.serving.schemas import Moment
from otklik.serving.service import ServiceDep, now
from otklik.serving.stored import found_message, whole

MOST_ID = 2**31 - 1

router = APIRouter(prefix="/v1", tags=["messages"], route_class=GuardedRoute)
MessageId = Annotated[int, Path(ge=1, le=MOST_ID)]


@router.post(
    "/messages",
    response_model=schemas.StoredOut,
    status_code=201,
    responses=refusals(400, 408, 413, 415, 503)
    | {200: {"model": schemas.StoredOut, "description": "It was stored before, just so"}},
    openapi_extra=needs(Scope.CLASSIFY, queued=True),
    summary="Сохранить и разобрать сообщение / Store and classify a message",
)
async def store_message(
    request: Request,
    service: ServiceDep,
    body: Annotated[schemas.StoreIn, Body(openapi_examples=schemas.MESSAGE_BODIES)],
    prefer: PreferHeader = None,  # read before the body is
) -> Response:
    """Idempotent by `source` and `id`: sent again it changes nothing, another text is a change.

    What was answered with 200 or 201 is stored, with its prediction.
    """
    limit = service.settings.text_chars
    if len(body.text) > limit:
        given = len(body.text)
        raise Problem("text_too_long", field="body.text", value=given, limit=limit, given=given)
    message = _message(body)
    kept = await service.shelf.known(message)
    answer = None
    encoder = service.live.engine.encoder if service.live.ready else ""
    if kept is None:
        asked = Asked(
            text=message.text,
            received_at=message.received_at or now(),
            source=message.source,
            kind=message.kind.value,
            place=message.place,
        )
        ((reading, latency_ms),) = await service.read([asked], request.state.wait_s)
        kept = await service.shelf.put(message, reading, latency_ms)
        answer = answer_of(reading, body.id, latency_ms)
        encoder = reading.encoder
    request.state.touched = [kept.stored.id]
    message_out, near = await service.shelf.ask(
        lambda store: (
            whole(store, kept.stored),
            near_copies(store, kept.stored, encoder),
        )
    )
    done = schemas.StoredOut(
        state=_state(kept.state),
        message=message_out,
        answer=answer,
        near_duplicates=near,
    )
    status = 200 if kept.state == "unchanged" else 201
    return Response(done.model_dump_json(), status, media_type="application/json")


@router.get(
    "/messages/{message_id}",
    responses=refusals(404, 503),
    openapi_extra=needs(Scope.READ),
    summary="Прочитать сообщение / Read a message",
)
async def read_one(
    request: Request, service: ServiceDep, message_id: MessageId
) -> schemas.MessageOut:
    """The current version with its latest prediction and every label."""
    request.state.touched = [message_id]
    return await service.shelf.ask(lambda store: whole(store, found_message(store, message_id)))


@router.get(
    "/messages",
    responses=refusals(503),
    openapi_extra=needs(Scope.READ),
    summary="Прочитать сообщения страницами / Read messages by pages",
)
async def read_many(
    request: Request,
    service: ServiceDep,
    source: Annotated[str | None, Query(max_length=50)] = None,
    kind: Literal["сообщение", "обращение"] | None = None,
    district: Annotated[str | None, Query(max_length=200)] = None,
    since: Annotated[Moment | None, Query(description="Posted then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Posted before.")] = None,
    unique: Annotated[bool, Query(description="Without exact duplicates.")] = False,
    cursor: Annotated[str, Query(pattern=r"^\d{1,10}$", description="Of the last page.")] = "0",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.PageOut:
    """Current versions in the order of acceptance; what comes meanwhile comes at the end."""
    given = {
        "source": source,
        "kind": Kind(kind) if kind else None,
        "district": district,
        "since": since,
        "until": until,
        "unique": unique or None,
    }
    filters: Filters = {name: value for name, value in given.items() if value is not None}  # type: ignore[assignment]
    after = min(int(cursor), MOST_ID)

    def read(store: Store) -> schemas.PageOut:
        page = read_page(store.database, filters, after=after, limit=limit)
        messages = [whole(store, one) for one in page.messages]
        return schemas.PageOut(
            messages=messages, cursor=None if page.after is None else str(page.after)
        )

    found = await service.shelf.ask(read)
    request.state.touched = [one.id for one in found.messages]
    return found


@router.post(
    "/messages/{message_id}/labels",
    status_code=201,
    responses=refusals(400, 404, 408, 413, 415, 503),
    openapi_extra=needs(Scope.LABEL),
    summary="Исправить тему / Correct a topic",
)
async def label_message(
    request: Request,
    service: ServiceDep,
    message_id: MessageId,
    body: Annotated[schemas.LabelIn, Body(openapi_examples=schemas.LABEL_BODIES)],
) -> schemas.MessageOut:
    """Append a label; nothing is overwritten, and the same word again adds nothing."""
    request.state.touched = [message_id]
    version = body.rubricator or service.live.engine.rubricator.version
    rubricator = _rubricator(version)
    try:
        known = rubricator.topic(body.code) if body.axis == "topic" else rubricator.group(body.code)
    except UnknownTopic as error:
        raise Problem("invalid", field="body.code", value=body.code, message=str(error)) from error
    masked = await service.live.aside(lambda: service.tools.masker.mask(body.reason))
    label = Label(
        message_id=message_id,
        axis=body.axis,
        old=None,
        new=known.code,
        rubricator=version,
        role=request.state.caller.name,
        labelled_at=now(),
        reason=masked.text,
    )

    def write(store: Store) -> schemas.MessageOut:
        found = found_message(store, message_id)
        Labelling(store.database).correct([label])
        return whole(store, found)

    done = await service.shelf.ask(write)
    await service.monitor.heed(message_id)
    return done


def _message(body: schemas.StoreIn) -> Message:
    return Message(
        source=body.source,
        external_id=body.id,
        kind=Kind(body.kind),
        text=body.text,
        posted_at=body.posted_at,
        received_at=body.received_at,
        author=body.author,
        place=Place(**body.place.model_dump()),
        reply_to=body.reply_to,
    )


def _state(state: str) -> Literal["stored", "changed", "unchanged"]:
    if state == "stored":
        return "stored"
    return "changed" if state == "changed" else "unchanged"


def _rubricator(version: str) -> Rubricator:
    try:
        # A name only: paths are not for callers.
        if "/" in version or "." in version:
            raise UnknownVersion(version)
        return load_rubricator(version)
    except UnknownVersion as error:
        raise Problem("not_found", what=f"rubricator {version}") from error
