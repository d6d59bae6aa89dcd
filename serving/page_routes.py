"""Pages for people: reports, problems, questions for votes, the interface described."""

import asyncio
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from otklik.datasets.ledger import Entry, Ledger, Sentence
from otklik.datasets.problem_book import ProblemState
from otklik.datasets.problem_store import ProblemStore
from otklik.datasets.store import Store
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.message_routes import MOST_ID
from otklik.serving.problems import Problem
from otklik.serving.report_folder import KINDS, ReportFolder
from otklik.serving.service import ServiceDep

TEMPLATES = FilePath(__file__).with_name("templates")
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Styles and pictures stand in the page itself; nothing is run and nothing fetched."""
MOST_PROBLEMS = 200

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/", openapi_extra=needs(Scope.READ))
async def start(service: ServiceDep) -> HTMLResponse:
    """Show the weeks with their reports and the way to everything else."""
    folder = ReportFolder(service.var)

    def weeks() -> list[dict[str, Any]]:
        return [
            {
                "name": week,
                "reports": folder.reports(week),
                "votes": folder.votes(week) is not None,
            }
            for week in folder.weeks()
        ]

    return _page("start.j2", weeks=await asyncio.to_thread(weeks))


@router.get("/reports/{week}/{report}", openapi_extra=needs(Scope.READ))
async def report(week: str, report: str, service: ServiceDep) -> HTMLResponse:
    """Show a report as it was written."""
    found = await asyncio.to_thread(ReportFolder(service.var).page, week, report)
    return _told(found, f"report {report} of {week}")


@router.get("/reports/{week}/{report}/{kind}", openapi_extra=needs(Scope.READ))
async def report_file(week: str, report: str, kind: str, service: ServiceDep) -> Response:
    """Hand out a report as DOCX or XLSX."""
    found = await asyncio.to_thread(ReportFolder(service.var).file, week, report, kind)
    if found is None:
        raise Problem("not_found", what=f"report {report}.{kind} of {week}")
    name = f"attachment; filename={week}-{report}.{kind}"
    return Response(found, media_type=KINDS[kind], headers={"Content-Disposition": name})


@router.get("/votes/{week}", openapi_extra=needs(Scope.READ))
async def votes(week: str, service: ServiceDep) -> HTMLResponse:
    """Show the questions for votes that were ranked with a week."""
    found = await asyncio.to_thread(ReportFolder(service.var).votes, week)
    return _told(found, f"page of votes of {week}")


@router.get("/problems", openapi_extra=needs(Scope.READ))
async def problems(service: ServiceDep) -> HTMLResponse:
    """List the problems that are open, the largest first."""
    found, total = await service.shelf.ask(
        lambda store: ProblemStore(store.database).largest(MOST_PROBLEMS)
    )
    return _page("problems.j2", problems=found, total=total)


@router.get("/problems/{number}", openapi_extra=needs(Scope.READ))
async def problem(
    number: Annotated[int, Path(ge=1, le=MOST_ID)], service: ServiceDep
) -> HTMLResponse:
    """Show one problem: what it is, what became of it, its passport."""

    def look(store: Store) -> tuple[ProblemState | None, list[Entry], list[Sentence]]:
        kept = ProblemStore(store.database)
        passports = Ledger(store.database).passports(number)
        sentences = list(passports[-1].sentences) if passports else []
        return kept.problem(number), kept.entries(number), sentences

    found, entries, sentences = await service.shelf.ask(look)
    if found is None:
        raise Problem("not_found", what=f"problem {number}")
    return _page("problem.j2", problem=found, entries=entries, sentences=sentences)


@router.get("/api", openapi_extra=needs(Scope.READ))
async def interface(request: Request) -> HTMLResponse:
    """Describe the HTTP interface in words."""
    from otklik.serving.app import describe  # it imports this module

    described = describe(request.app)
    paths = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    return _page("interface.j2", title=described["info"]["title"], paths=paths)


def _told(page: str | None, what: str) -> HTMLResponse:
    if page is None:
        raise Problem("not_found", what=what)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


def _page(template: str, **facts: Any) -> HTMLResponse:  # noqa: ANN401 - what the template names
    made = _environment().get_template(template).render(**facts)
    return HTMLResponse(made, headers={"Content-Security-Policy": POLICY})


@lru_cache(maxsize=1)
def _environment() -> Any:  # noqa: ANN401 - imported when the first page is asked for
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
