"""What is told outward of a decision: facts, never a word of the message."""

import uuid
from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel

from otklik.datasets.outbox import Event
from otklik.datasets.store import Stored
from otklik.serving.answers import label_of, place_of
from otklik.serving.reading import Reading
from otklik.serving.schemas import DecisionOut, DirectionOut, LabelOut, ModelOut, PlaceOut

DECIDED = "message.decided"


class MessageTold(BaseModel):
    """Which message, and which version of it; `GET /v1/messages/{id}` tells the rest."""

    id: int
    source: str
    external_id: str
    kind: str
    version: int


class EventBody(BaseModel):
    """What a receiver gets; of two events on a message, the higher `message.version` holds."""

    event: str
    type: str
    at: AwareDatetime
    message: MessageTold
    place: PlaceOut
    topics: list[LabelOut]
    importance: int
    decision: DecisionOut
    direction: DirectionOut
    model: ModelOut
    rubricator: str


def event_of(stored: Stored, reading: Reading, most_attempts: int) -> Event:
    """The event that tells what was decided on a stored message."""
    made_at = datetime.now(UTC)
    head, label = reading.routed or (None, None)
    body = EventBody(
        event=uuid.uuid4().hex,
        type=DECIDED,
        at=made_at,
        message=MessageTold(
            id=stored.id,
            source=stored.message.source,
            external_id=stored.message.external_id,
            kind=stored.message.kind.value,
            version=stored.version,
        ),
        place=place_of(stored.place),
        topics=[
            label_of(one) for one in reading.heads.get(reading.rubricator.replace("-", "_"), ())
        ],
        importance=reading.importance.value,
        decision=DecisionOut(
            action="auto" if reading.action == "auto" else "review",
            reason=reading.reason,
            head=head,
            label=label_of(label) if label else None,
        ),
        direction=DirectionOut(
            recipients=list(reading.direction.recipients),
            deadline=reading.direction.deadline,
            basis=reading.direction.basis,
            reason=reading.direction.reason,
        ),
        model=ModelOut(name=reading.model, version=reading.version),
        rubricator=reading.rubricator,
    )
    return Event(body.event, stored.id, body.model_dump_json(), made_at, most_attempts)
