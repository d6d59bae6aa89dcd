"""`/v1/models` and `/v1/rubricators`: which version answers, answered then, and in whose words."""

import asyncio
import logging
from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request

from otklik.datasets.errors import NotPromoted, OtklikError, UnknownVersion
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.history import CHAMPION
from otklik.models.registered import MODEL, registered_versions
from otklik.models.step_back import step_back
from otklik.serving import model_schemas as schemas
from otklik.serving.classify_routes import refusals
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.message_schemas import RubricatorOut, TopicOut
from otklik.serving.offers import Declined, Promoted
from otklik.serving.problems import Problem
from otklik.serving.schemas import ModelOut, Moment
from otklik.serving.service import Service, ServiceDep

LOG = logging.getLogger("otklik.serving")
CATCH_UP_S = 60.0
"""Longest wait for a promoted model to be loaded; it goes on being loaded all the same."""

router = APIRouter(prefix="/v1", tags=["models"], route_class=GuardedRoute)


@router.get(
    "/models",
    responses=refusals(),
    openapi_extra=needs(Scope.READ),
    summary="Какая версия отвечает или отвечала / Which version answers, or answered",
)
def models(
    service: ServiceDep,
    as_of: Annotated[Moment | None, Query(description="As it was then.")] = None,
) -> schemas.ModelsOut:
    """Registered versions with their aliases, now or at a time."""
    versions = registered_versions(MODEL, at=as_of)
    champion = next((one.name for one in versions if CHAMPION in one.aliases), None)
    shown = [
        schemas.VersionOut(
            name=one.name,
            aliases=list(one.aliases),
            bundle=str(one.facts.get("bundle", "")),
            registered_at=one.registered.at,
            promoted_at=one.promoted.at if one.promoted else None,
        )
        for one in versions
    ]
    automatic = _automatic(service) if as_of is None and service.live.ready else None
    return schemas.ModelsOut(champion=champion, as_of=as_of, automatic=automatic, versions=shown)


@router.post(
    "/models/promote",
    responses=refusals(400, 408, 409, 413, 415, 501, 503),
    openapi_extra=needs(Scope.ADMIN),
    summary="Повысить версию / Promote a version",
)
async def promote(
    request: Request,
    service: ServiceDep,
    body: Annotated[schemas.PromotionIn, Body(openapi_examples=schemas.PROMOTION_BODIES)],
) -> schemas.ChangedOut:
    """Compare a version with the champion on the hold-out; it answers if every gate is open.

    It takes minutes, in a process of its own. The answer comes when the version answers here.
    """
    if service.offers.promote is None:
        raise Problem("not_offered")
    began = perf_counter()
    try:
        made = await service.offers.promote(body.version, body.reason, request.state.caller.name)
    except Declined as error:
        raise Problem("not_promoted", message=str(error)) from error
    request.state.noted = {"champion": made.champion, "before": made.before}
    return await _changed(service, made, began)


@router.post(
    "/models/rollback",
    responses=refusals(400, 408, 409, 413, 415, 503),
    openapi_extra=needs(Scope.ADMIN),
    summary="Вернуть прежнюю версию / Roll back",
)
async def rollback(
    request: Request,
    service: ServiceDep,
    body: Annotated[schemas.RollbackIn, Body(openapi_examples=schemas.ROLLBACK_BODIES)],
) -> schemas.ChangedOut:
    """Let the champion before the present one answer again; it is in memory as a rule."""
    began = perf_counter()
    by = request.state.caller.name
    try:
        version, left = await asyncio.to_thread(
            step_back, by=by, reason=body.reason, leave=body.leave
        )
    except NotPromoted as error:
        raise Problem("not_promoted", message=str(error)) from error
    except OtklikError as error:
        LOG.error("no roll-back: %s", error)
        raise Problem("registry_refused") from error
    made = Promoted(version.name, left, str(version.facts.get("bundle", "")))
    request.state.noted = {"champion": made.champion, "before": made.before}
    changed = await _changed(service, made, began)
    service.mend_later()
    return changed


@router.post(
    "/models/automatic",
    responses=refusals(400, 408, 413, 415, 503),
    openapi_extra=needs(Scope.ADMIN),
    summary="Включить или выключить автоматику / Switch automatic routing",
)
async def switch_automatic(
    request: Request,
    service: ServiceDep,
    body: Annotated[schemas.SwitchIn, Body(openapi_examples=schemas.SWITCH_BODIES)],
) -> schemas.AutomaticOut:
    """Of the version that answers; switched on again, it is judged by what it sends from now on."""
    version = service.live.engine.version
    caller = request.state.caller
    turned = await asyncio.to_thread(
        service.monitor.turn, version, on=body.on, by=caller.id, reason=body.reason
    )
    request.state.noted = {"version": version, "on": int(body.on), "turned": int(turned)}
    return _automatic(service)


def _automatic(service: Service) -> schemas.AutomaticOut:
    version = service.live.engine.version
    state = service.monitor.switch.state(version)
    halted = service.monitor.switch.halted(version)
    found = service.monitor.found(version)
    return schemas.AutomaticOut(
        on=halted is None,
        since=state.at if state else None,
        by=state.by if state else None,
        reason=state.reason if state else halted,
        alpha=service.monitor.alpha,
        sent=found.sent,
        corrected=found.corrected,
        checked=found.checked,
        wrong=found.wrong,
    )


async def _changed(service: Service, made: Promoted, began: float) -> schemas.ChangedOut:
    await service.live.catch_up(made.champion, CATCH_UP_S)
    model = None
    if service.live.ready:
        engine = service.live.engine
        model = ModelOut(name=engine.name, version=engine.version)
    gates = [
        schemas.GateOut(name=one["name"], passed=one["passed"], sentence=one["sentence"])
        for one in made.gates
    ]
    return schemas.ChangedOut(
        champion=made.champion,
        before=made.before,
        bundle=made.bundle,
        model=model,
        gates=gates,
        seconds=round(perf_counter() - began, 3),
    )


@router.get(
    "/rubricators/{version}",
    responses=refusals(404),
    openapi_extra=needs(Scope.READ),
    summary="Рубрикатор / A rubricator",
)
def rubricator(version: Annotated[str, Path(pattern=r"^[\w-]{1,60}$")]) -> RubricatorOut:
    """Groups and topics of one version."""
    try:
        found = load_rubricator(version)
    except UnknownVersion as error:
        raise Problem("not_found", what=f"rubricator {version}") from error
    return RubricatorOut(
        version=found.version,
        title=found.title,
        groups={group.code: group.name for group in found.groups},
        topics=[
            TopicOut(
                code=topic.code,
                name=topic.name,
                group=topic.group.code,
                hint=topic.hint,
                importance=topic.importance,
            )
            for topic in found.topics
        ],
    )
