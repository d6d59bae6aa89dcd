"""Into the review queue with a prediction, out of it with a person's label: in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Insert, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from otklik.datasets.records import Label, Prediction
from otklik.datasets.schema import LABELS
from otklik.datasets.schema_review import AUTOMATIC, NO_DAY, REVIEW_QUEUE
from otklik.datasets.store_bulk import among, chop, upsert

REVIEW, CHECK = "review", "check"
AXES = ("topic", "group")
DAY_S = 86_400
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message that was just predicted, beside the prediction.

    Parameters
    ----------
    due_at : datetime or None
        When an answer is due.
    axis, code : str or None
        What went out without a person: «topic» or «group», and its code.
    drawn : bool
        A person shall look at it although it went out: it is part of the random check.
    acted : bool
        False: nothing was done; what went out before stays as it is.
    """

    due_at: datetime | None = None
    axis: str | None = None
    code: str | None = None
    drawn: bool = False
    acted: bool = True


NO_OUTCOMES: Mapping[int, Outcome] = {}


def put_in(
    connection: Connection, predictions: Sequence[Prediction], outcomes: Mapping[int, Outcome]
) -> None:
    """Queue messages that the model leaves to people, take out those that it no longer does.

    A message that a person has labelled is not queued. Whoever holds a message goes on holding it.
    A prediction without an outcome was not acted on: what went out before stays as it is.
    """
    # In the order of ids: two that write the same rows then wait for each other, never crosswise.
    latest = {one.message_id: one for one in predictions}
    last = {number: latest[number] for number in sorted(latest)}
    labelled = _labelled(connection, list(last))
    waiting, leaving, sent = [], [], []
    for number, one in last.items():
        outcome = outcomes.get(number, Outcome())
        purpose = _purpose(one, outcome, labelled)
        if purpose is None:
            leaving.append(number)
        else:
            waiting.append(_row(one, outcome, purpose))
        if outcome.axis is not None:
            sent.append(_sent(one, outcome))
    _delete(connection, REVIEW_QUEUE, leaving)
    if waiting:
        connection.execute(_queued(connection), waiting)
    _delete(connection, AUTOMATIC, [number for number, one in outcomes.items() if one.acted])
    if sent:
        names = ("model_version", "rubricator", "axis", "code", "made_at", "checked")
        connection.execute(upsert(connection, AUTOMATIC, ("message_id",), names), sent)


def take_out(connection: Connection, labels: Sequence[Label]) -> None:
    """End the review of messages that a person has labelled, and with it every claim on them."""
    numbers = sorted({label.message_id for label in labels if label.axis in AXES})
    for chunk in chop(numbers):
        held = select(REVIEW_QUEUE.c.message_id).where(
            among(connection, REVIEW_QUEUE.c.message_id, chunk),
            REVIEW_QUEUE.c.purpose == CHECK,
            REVIEW_QUEUE.c.held_until > datetime.now(UTC),
        )
        connection.execute(
            update(AUTOMATIC).where(AUTOMATIC.c.message_id.in_(held)).values(checked=1)
        )
    _delete(connection, REVIEW_QUEUE, numbers)


def sureness_of(prediction: Prediction) -> int:
    """Millionths of the probability of the likeliest topic; 0 where no topic was answered."""
    ranked = prediction.heads.get(prediction.rubricator.replace("-", "_"), ())
    return round(ranked[0][1] * MILLION) if ranked else 0


def _purpose(one: Prediction, outcome: Outcome, labelled: set[int]) -> str | None:
    if one.message_id in labelled:
        return None
    if one.decision == "review":
        return REVIEW
    return CHECK if outcome.drawn else None


def _row(one: Prediction, outcome: Outcome, purpose: str) -> dict[str, Any]:
    due = outcome.due_at
    return {
        "message_id": one.message_id,
        "purpose": purpose,
        "due_at": due,
        "due_day": NO_DAY if due is None else int(due.timestamp() // DAY_S),
        "sureness": sureness_of(one),
    }


def _sent(one: Prediction, outcome: Outcome) -> dict[str, Any]:
    return {
        "message_id": one.message_id,
        "model_version": one.model_version,
        "rubricator": one.rubricator,
        "axis": outcome.axis,
        "code": outcome.code,
        "made_at": one.made_at,
        "checked": 0,
    }


def _queued(connection: Connection) -> Insert:
    """Insert; of a queued message the deadline stays where the new prediction tells none."""
    in_postgresql = connection.dialect.name == "postgresql"
    insert = postgresql.insert(REVIEW_QUEUE) if in_postgresql else sqlite.insert(REVIEW_QUEUE)
    new, old = insert.excluded, REVIEW_QUEUE.c
    return insert.on_conflict_do_update(
        index_elements=["message_id"],
        set_={
            "purpose": new.purpose,
            "due_at": func.coalesce(new.due_at, old.due_at),
            "due_day": func.coalesce(func.nullif(new.due_day, NO_DAY), old.due_day),
            "sureness": new.sureness,
        },
    )


def _labelled(connection: Connection, numbers: list[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chop(numbers):
        query = select(LABELS.c.message_id).where(
            among(connection, LABELS.c.message_id, chunk),
            or_(*(LABELS.c.axis == axis for axis in AXES)),
        )
        found |= set(connection.scalars(query))
    return found


def _delete(connection: Connection, table: Any, numbers: list[int]) -> None:  # noqa: ANN401
    for chunk in chop(numbers):
        connection.execute(delete(table).where(among(connection, table.c.message_id, chunk)))
