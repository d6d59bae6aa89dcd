"""`/v1/models` and `/v1/rubricators`: which version answers, answered then, and in whose words."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from otklik.datasets.errors import UnknownVersion
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.history import CHAMPION
from otklik.models.registered import MODEL, registered_versions
from otklik.serving.classify_routes import refusals
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.message_schemas import ModelsOut, RubricatorOut, TopicOut, VersionOut
from otklik.serving.problems import Problem

router = APIRouter(prefix="/v1", tags=["models"], route_class=GuardedRoute)


@router.get(
    "/models",
    responses=refusals(),
    openapi_extra=needs(Scope.READ),
    summary="Какая версия отвечает или отвечала / Which version answers, or answered",
)
def models(
    as_of: Annotated[AwareDatetime | None, Query(description="As it was then.")] = None,
) -> ModelsOut:
    """Registered versions with their aliases, now or at a time."""
    versions = registered_versions(MODEL, at=as_of)
    champion = next((one.name for one in versions if CHAMPION in one.aliases), None)
    shown = [
        VersionOut(
            name=one.name,
            aliases=list(one.aliases),
            bundle=str(one.facts.get("bundle", "")),
            registered_at=one.registered.at,
            promoted_at=one.promoted.at if one.promoted else None,
        )
        for one in versions
    ]
    return ModelsOut(champion=champion, as_of=as_of, versions=shown)


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
