"""`POST /v1/answers`: what the authorities answered to a message."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from otklik.datasets.clean import clean_html
from otklik.datasets.records import GivenAnswer
from otklik.serving.classify_routes import refusals
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.message_schemas import AnswerGiven
from otklik.serving.official_schemas import OFFICIAL_BODIES, OfficialIn, OfficialOut
from otklik.serving.problems import Problem
from otklik.serving.service import ServiceDep

router = APIRouter(prefix="/v1", tags=["messages"], route_class=GuardedRoute)


@router.post(
    "/answers",
    response_model=OfficialOut,
    status_code=201,
    responses=refusals(400, 404, 408, 413, 415, 503)
    | {200: {"model": OfficialOut, "description": "It was stored before, just so"}},
    openapi_extra=needs(Scope.CLASSIFY),
    summary="Сохранить официальный ответ / Store an official answer",
)
async def store_answer(
    request: Request,
    service: ServiceDep,
    body: Annotated[OfficialIn, Body(openapi_examples=OFFICIAL_BODIES)],
) -> Response:
    """Idempotent: the same words of the same recipient at the same time are stored once.

    Personal data is masked before anything is stored.
    """
    limit, given = service.settings.text_chars, len(body.text)
    if given > limit:
        raise Problem("text_too_long", field="body.text", value=given, limit=limit, given=given)

    def mask() -> GivenAnswer:
        masker = service.tools.masker
        return GivenAnswer(
            text=masker.mask(clean_html(body.text)).text,
            answered_at=body.answered_at,
            recipient=masker.mask(body.recipient).text if body.recipient else None,
            stage=body.stage,
        )

    told = await service.shelf.tell(body.source, body.id, await service.live.aside(mask))
    if told is None:
        raise Problem("not_found", what="message of this source and id")
    request.state.touched = [told.message_id]
    answer = told.answer
    shown = OfficialOut(
        state="stored" if told.is_new else "unchanged",
        message_id=told.message_id,
        answer=AnswerGiven(
            text=answer.text,
            answered_at=answer.answered_at,
            recipient=answer.recipient,
            stage=answer.stage,
        ),
    )
    status = 201 if told.is_new else 200
    return Response(shown.model_dump_json(), status, media_type="application/json")
