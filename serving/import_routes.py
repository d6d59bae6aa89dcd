"""`POST /v1/import`: the messages of an export, brought in by the import of the command line."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from otklik.datasets.mapping import mapping_names
from otklik.serving.classify_routes import refusals
from otklik.serving.guard import CappedRequest, GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.offers import Declined
from otklik.serving.official_schemas import ImportOut, RejectOut
from otklik.serving.problems import Problem
from otklik.serving.service import ServiceDep
from otklik.serving.upload import FORM, TYPES, uploaded

OWN = "otklik"
"""Preset of files that `otklik export` wrote."""
BUSY_S = 30

_FILE = {"schema": {"type": "string", "format": "binary"}}
_CSV = (
    "Номер инцидента;Дата создания;Текст инцидента\n"
    "800123;14.03.2026 10:00;Во дворе дома 5 по улице Мира не горит фонарь\n"
)
BODY: dict[str, Any] = {
    "required": True,
    "content": {
        **{media: _FILE for media in TYPES if media != FORM},
        "text/csv": {
            **_FILE,
            "examples": {
                "ru": {"summary": "Выгрузка Incident Management", "value": _CSV},
                "en": {"summary": "An export of Incident Management, as=im", "value": _CSV},
            },
        },
        FORM: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "as": {"type": "string", "description": "Instead of the query's."},
                },
            }
        },
    },
}

router = APIRouter(prefix="/v1", tags=["messages"], route_class=GuardedRoute)


@router.post(
    "/import",
    responses=refusals(400, 408, 413, 415, 501, 503),
    openapi_extra={**needs(Scope.ADMIN, upload=True), "requestBody": BODY},
    summary="Загрузить выгрузку / Import an export",
)
async def import_export(
    request: Request,
    service: ServiceDep,
    preset: Annotated[
        str | None,
        Query(alias="as", max_length=40, description="`im`, `pos`, …: how the table is read."),
    ] = None,
    name: Annotated[str, Query(max_length=200, description="Of the file.")] = "upload",
    dry_run: Annotated[bool, Query(description="Read and compare; write nothing.")] = False,
) -> ImportOut:
    """The file is the body itself, or the part `file` of a form; CSV, .xlsx, JSONL or Parquet.

    The answer comes when every row is stored or rejected; one file is imported at a time. What
    broke off is completed by sending the file again: rows that are stored change nothing.
    """
    bring_in = service.offers.bring_in
    if bring_in is None:
        raise Problem("not_offered")
    if service.importing.locked():
        raise Problem("import_busy", retry_after_s=BUSY_S)
    async with service.importing:
        assert isinstance(request, CappedRequest)
        async with uploaded(request, request.chunks(), service.var, name) as file:
            known = [*mapping_names(), OWN]
            chosen = file.fields.get("as", preset)
            if chosen not in known:  # names only: a path would be one on this machine
                message = f"query.as: {', '.join(known)}"
                raise Problem("invalid", field="query.as", value=chosen, message=message)
            try:
                done = await bring_in(file.path, chosen, dry_run)
            except Declined as error:
                if error.store:
                    raise Problem("store_refused", retry_after_s=5) from error
                raise Problem("import_refused", message=str(error)) from error
    rejects = [RejectOut(**one) for one in done.rejects]
    return ImportOut(**done.counts, reasons=dict(done.reasons), rejects=rejects, dry_run=dry_run)
