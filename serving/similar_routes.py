"""`/v1/similar`: stored messages whose vectors are nearest to a message or a text."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Body, Query, Request

from otklik.datasets.errors import UnknownTopic, UnknownVersion
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.store import Store, Stored
from otklik.datasets.store_page import read_message
from otklik.datasets.store_vectors import read_vectors
from otklik.models.classifier import rubricator_head
from otklik.serving import similar_schemas as schemas
from otklik.serving.answers import place_of
from otklik.serving.classify_routes import refusals
from otklik.serving.guard import GuardedRoute, needs
from otklik.serving.keys import Scope
from otklik.serving.near_copies import cosine_of, similarity_of
from otklik.serving.problems import Problem
from otklik.serving.reading import Asked
from otklik.serving.service import Service, ServiceDep, now
from otklik.serving.stored import found_message
from otklik.serving.vector_index import VectorIndex

MOST_ID = 2**31 - 1
SPARE = 20
"""More are fetched than asked for: some may have been edited since."""

Floats = npt.NDArray[np.float32]

PERSON_WAIT_S = 5.0
"""Who asks here looks at a screen, and rather waits than tries again."""

router = APIRouter(prefix="/v1", tags=["messages"], route_class=GuardedRoute)


@router.get(
    "/similar",
    responses=refusals(404, 409, 503),
    openapi_extra=needs(Scope.READ),
    summary="Похожие на сообщение / Messages like a stored one",
)
async def similar_to_message(
    request: Request,
    service: ServiceDep,
    id: Annotated[int, Query(ge=1, le=MOST_ID, description="Number in the store.")],
    limit: Annotated[schemas.Limit, Query()] = 10,
    least: Annotated[schemas.Least, Query()] = 0.0,
) -> schemas.SimilarOut:
    """The nearest other messages; only vectors of the encoder that answers are compared."""
    encoder = service.live.engine.encoder

    def look(store: Store) -> tuple[Stored, Floats | None]:
        found = found_message(store, id)
        return found, read_vectors(store.database, encoder, [id]).get(id)

    found, vector = await service.shelf.ask(look)
    if vector is None:  # it was stored by another way, or read by another model
        ((reading, _),) = await service.read([Asked(found.message.text, now())], PERSON_WAIT_S)
        encoder, vector = reading.encoder, reading.vector
    return await _nearest(request, service, encoder, vector, limit, least, but=id)


@router.post(
    "/similar",
    responses=refusals(400, 408, 409, 413, 415, 503),
    openapi_extra=needs(Scope.READ),
    summary="Похожие на текст / Messages like a text",
)
async def similar_to_text(
    request: Request,
    service: ServiceDep,
    body: Annotated[schemas.SimilarIn, Body(openapi_examples=schemas.SIMILAR_BODIES)],
) -> schemas.SimilarOut:
    """The nearest messages to a text, which is not stored."""
    limit, given = service.settings.text_chars, len(body.text)
    if given > limit:
        raise Problem("text_too_long", field="body.text", value=given, limit=limit, given=given)
    ((reading, _),) = await service.read([Asked(body.text, now())], PERSON_WAIT_S)
    return await _nearest(
        request, service, reading.encoder, reading.vector, body.limit, body.least, but=0
    )


async def _nearest(
    request: Request,
    service: Service,
    encoder: str,
    vector: Floats | None,
    limit: int,
    least: float,
    *,
    but: int,
) -> schemas.SimilarOut:
    index = service.index_of(encoder)

    def look(store: Store) -> schemas.SimilarOut:
        index.follow(store.database)
        if vector is None or not len(index):
            raise Problem("no_vectors", retry_after_s=60)
        found = _compared(store, index, vector, limit + SPARE)
        near = [(number, cosine) for number, cosine in found if number != but and cosine >= least]
        messages = [_shown(store, number, cosine) for number, cosine in near[:limit]]
        return schemas.SimilarOut(
            encoder=encoder,
            compared=len(index),
            messages=[one for one in messages if one is not None],
        )

    async with service.searching:
        done = await service.shelf.ask(look)
    request.state.touched = [one.id for one in done.messages]
    return done


def _compared(
    store: Store, index: VectorIndex, vector: Floats, most: int
) -> Sequence[tuple[int, float]]:
    """Ids and cosines by what is stored now, whatever memory held."""
    ids = index.candidates(vector, most)
    own = read_vectors(store.database, index.encoder, ids)
    return sorted(
        ((number, cosine_of(row, vector)) for number, row in own.items()),
        key=lambda pair: (-pair[1], pair[0]),
    )


def _shown(store: Store, number: int, cosine: float) -> schemas.SimilarMessage | None:
    stored = read_message(store.database, number)
    if stored is None:
        return None
    message = stored.message
    dated_at: datetime = message.posted_at or message.received_at or stored.stored_at
    return schemas.SimilarMessage(
        id=number,
        similarity=similarity_of(cosine),
        source=message.source,
        kind=message.kind.value,
        text=message.text,
        dated_at=dated_at,
        place=place_of(stored.place),
        topic=_topic(store, number),
        duplicate_of=stored.duplicate_of,
    )


def _topic(store: Store, number: int) -> schemas.TopicSaid | None:
    """A person's word, else the last answer of a model."""
    label = store.current_label(number, "topic")
    if label is not None:
        return _named(label.new, label.rubricator, "person")
    made = store.predictions(number)
    ranked = made[-1].heads.get(rubricator_head(made[-1].rubricator), ()) if made else ()
    return _named(ranked[0][0], made[-1].rubricator, "model") if ranked else None


def _named(code: str, version: str | None, by: str) -> schemas.TopicSaid:
    try:
        name = load_rubricator(version).topic(code).name if version else code
    except (UnknownTopic, UnknownVersion):  # a label that was imported may say anything
        name = code
    return schemas.TopicSaid(code=code, name=name, by=by)
