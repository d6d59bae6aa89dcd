"""Whether the process lives, whether it can answer, and what it has measured."""

from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from otklik.serving.classify_routes import refusals
from otklik.serving.guard import OPEN, GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.schemas import ModelOut
from otklik.serving.service import ServiceDep


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Whether a model is loaded; `trouble` says why a promoted one is not the one that answers.

    `automatic` is `off` where everything goes to people, whatever the model is sure of.
    """

    status: Literal["ready", "loading"]
    model: ModelOut | None
    trouble: str | None
    automatic: Literal["on", "off"] | None


router = APIRouter(tags=["health"], route_class=GuardedRoute)


@router.get("/health/live", openapi_extra=needs(OPEN), summary="Жив ли процесс / Liveness")
async def live() -> Alive:
    """Answer as long as the process does."""
    return Alive()


@router.get(
    "/health/ready",
    openapi_extra=needs(OPEN),
    response_model=Ready,
    responses={503: {"model": Ready, "description": "No model is loaded yet"}},
    summary="Готов ли отвечать / Readiness",
)
async def ready(service: ServiceDep) -> JSONResponse:
    """200 when a model is loaded and warm, else 503."""
    model = None
    automatic: Literal["on", "off"] | None = None
    if service.live.ready:
        engine = service.live.engine
        model = ModelOut(name=engine.name, version=engine.version)
        automatic = "on" if service.monitor.switch.halted(engine.version) is None else "off"
    # A path or an account may stand in the trouble itself: it is in the log.
    trouble = "the promoted model cannot be loaded; see the log" if service.live.trouble else None
    if model is None and trouble:
        trouble = "no model is loaded yet; see the log"
    found = Ready(
        status="ready" if model else "loading", model=model, trouble=trouble, automatic=automatic
    )
    return JSONResponse(found.model_dump(), 200 if model else 503)


@router.get(
    "/metrics",
    openapi_extra=needs(Scope.ADMIN),
    response_class=Response,
    responses=refusals(),
    summary="Показатели для Prometheus / Measures for Prometheus",
)
async def metrics(service: ServiceDep) -> Response:
    """Counts and times since the start of this process."""
    measures = service.metrics
    measures.waiting.set(len(service.queue))
    measures.wait.set(service.queue.wait_s)
    measures.model.clear()
    if service.live.ready:
        version = service.live.engine.version
        measures.model.labels(service.live.engine.name, version).set(1)
        on = service.monitor.switch.halted(version) is None
        measures.observe_automatic(service.monitor.found(version), on=on)
    return Response(measures.render(), media_type=CONTENT_TYPE_LATEST)
