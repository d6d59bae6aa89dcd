"""`POST /v1/classify`: everything that is known of messages, none of which is kept."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from otklik.datasets.records import Place
from otklik.serving.answers import answer_of
from otklik.serving.examples import BODIES
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.patience import PreferHeader
from otklik.serving.problems import Problem
from otklik.serving.reading import Asked
from otklik.serving.schemas import AnswersOut, BatchIn, ClassifyIn, MessageIn
from otklik.serving.service import Service, ServiceDep, now

MEDIA = "application/problem+json"


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Statuses of a route beside success, for OpenAPI."""
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    found: dict[int | str, dict[str, Any]] = {
        status: {"description": "Refused", "content": {MEDIA: {"schema": schema}}}
        for status in (401, 403, 422, 429, 500, *statuses)
    }
    found[429]["description"] = "Refused: try again after Retry-After"
    return found


router = APIRouter(prefix="/v1", tags=["classify"], route_class=GuardedRoute)


@router.post(
    "/classify",
    response_model=AnswersOut,
    responses=refusals(400, 408, 413, 415, 503),
    openapi_extra=needs(Scope.CLASSIFY, queued=True),
    summary="Разобрать сообщения, ничего не сохраняя / Classify messages, storing nothing",
)
async def classify(
    request: Request,
    service: ServiceDep,
    body: Annotated[ClassifyIn, Body(openapi_examples=BODIES)],
    top: Annotated[int, Query(ge=1, le=10, description="Labels per head.")] = 3,
    heads: Annotated[
        str | None, Query(max_length=500, description="Heads, comma between; all without it.")
    ] = None,
    explain: Annotated[
        bool, Query(description="Add which words moved the topic; costs many readings.")
    ] = False,
    prefer: PreferHeader = None,  # read before the body is
) -> Response:
    """Masked text, place, ranked labels of every head, importance and a decision for each message.

    Answers come in the order of the messages.
    """
    messages = body.messages if isinstance(body, BatchIn) else [body]
    check_lengths(messages, service, single=not isinstance(body, BatchIn))
    if len(messages) > 1:
        caller = request.state.caller
        service.limits.charge(caller.id, len(messages) - 1, caller.limit)
    names = _checked_heads(heads, service)
    asked = [asked_of(one, top=top, heads=names, explain=explain) for one in messages]
    readings = await service.read(asked, request.state.wait_s)
    answers = [
        answer_of(reading, one.id, latency_ms)
        for one, (reading, latency_ms) in zip(messages, readings, strict=True)
    ]
    content = AnswersOut(answers=answers).model_dump_json()
    return Response(content, media_type="application/json")


def check_lengths(messages: list[MessageIn], service: Service, *, single: bool) -> None:
    """Refuse texts longer than the settings allow.

    Raises
    ------
    Problem
        `text_too_long`
    """
    limit = service.settings.text_chars
    for place, one in enumerate(messages):
        if len(one.text) > limit:
            field = "body.text" if single else f"body.messages.{place}.text"
            raise Problem(
                "text_too_long", field=field, value=len(one.text), limit=limit, given=len(one.text)
            )


def asked_of(
    message: MessageIn, *, top: int = 3, heads: tuple[str, ...] | None = None, explain: bool = False
) -> Asked:
    """A message of the interface as the engine takes it."""
    return Asked(
        text=message.text,
        received_at=message.received_at or now(),
        source=message.source,
        kind=message.kind,
        place=Place(**message.place.model_dump()),
        top=top,
        heads=heads,
        explain=explain,
    )


def _checked_heads(heads: str | None, service: Service) -> tuple[str, ...] | None:
    if heads is None:
        return None
    known = service.live.engine.predictor.heads
    names = tuple(name.strip() for name in heads.split(","))
    for name in names:
        if name not in known:
            message = f"query.heads: {', '.join(known)}"
            raise Problem("invalid", field="query.heads", value=name, message=message)
    return names
