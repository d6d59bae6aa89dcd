"""The application: `uvicorn --factory otklik.serving.app:create_app`, or `otklik serve`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from otklik.serving import (
    classify_routes,
    health_routes,
    import_routes,
    message_routes,
    model_routes,
    official_routes,
    page_routes,
    review_routes,
    similar_routes,
    webhook_routes,
)
from otklik.serving.directions import Directs
from otklik.serving.edge import Edge
from otklik.serving.engine import OpenPredictor
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.offers import NOTHING, Offers
from otklik.serving.problems import Problem, answer_problem
from otklik.serving.schemas import ProblemOut
from otklik.serving.service import Service
from otklik.serving.settings import ServeSettings, load_serve_settings

DESCRIPTION = """
Читает сообщения жителей: закрывает личные данные, определяет тему, место, важность и решает,
можно ли направить сообщение без человека. Отказы приходят как `application/problem+json`
с постоянным полем `code`.

Reads what residents write: masks personal data, finds topic, place and importance, and decides
whether a message may be routed without a person. Refusals are `application/problem+json` with a
stable `code`; `Accept-Language: en` makes them English.
"""

_description = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@_description.get("/openapi.json", openapi_extra=needs(Scope.CLASSIFY))
async def openapi(request: Request) -> JSONResponse:
    """Describe the interface to whoever has a key."""
    return JSONResponse(describe(request.app))


ROUTERS = (
    classify_routes.router,
    message_routes.router,
    review_routes.router,
    similar_routes.router,
    webhook_routes.router,
    official_routes.router,
    import_routes.router,
    model_routes.router,
    health_routes.router,
    page_routes.router,
    _description,
)


def create_app(
    settings: ServeSettings | None = None,
    *,
    open_predictor: OpenPredictor | None = None,
    directs: Directs | None = None,
    offers: Offers = NOTHING,
) -> FastAPI:
    """Put the service together; the model is loaded when it starts.

    Parameters
    ----------
    settings : ServeSettings or None
        None means those of the environment.
    open_predictor : callable or None
        Opens bundles another way than with their own encoder.
    directs : Directs or None
        Recipients and deadlines; None means those of the city's routing file.
    offers : Offers
        Work that is lent to the service: imports, promotions.
    """
    service = Service.build(settings or load_serve_settings(), open_predictor, directs, offers)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        follower = asyncio.create_task(service.follow())
        try:
            yield
        finally:
            ending = [follower, *service.background]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            service.live.close()
            await service.queue.close()
            await service.shelf.close()

    app = FastAPI(
        title="Otklik",
        version=version("otklik"),
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,  # a route of ours shows it, to whoever has a key
        docs_url=None,  # the pages would fetch their scripts from outside
        redoc_url=None,
        exception_handlers={
            Problem: answer_problem,
            RequestValidationError: answer_problem,
            HTTPException: answer_problem,
        },
    )
    app.state.service = service
    app.state.methods = [
        (route.path_regex, frozenset(route.methods or ()))
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
    ]
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Edge, metrics=service.metrics)
    return app


def describe(app: FastAPI) -> dict[str, Any]:
    """The interface in OpenAPI 3.1."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            openapi_version="3.1.0",
        )
        parts = found.setdefault("components", {})
        parts.setdefault("schemas", {})["ProblemOut"] = ProblemOut.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        parts["schemas"] |= parts["schemas"]["ProblemOut"].pop("$defs", {})
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        app.openapi_schema = found
    return app.openapi_schema
