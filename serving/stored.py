"""Stored messages in the words of the interface."""

from dataclasses import asdict

from otklik.datasets.records import Label, Prediction
from otklik.datasets.review_intake import AXES
from otklik.datasets.store import Store, Stored
from otklik.datasets.store_page import read_message
from otklik.serving import message_schemas as schemas
from otklik.serving.answers import place_of
from otklik.serving.incident_desk import NO_EVENTS, Events, events_of
from otklik.serving.problems import Problem


def found_message(store: Store, message_id: int) -> Stored:
    """The current version of a message.

    Raises
    ------
    Problem
        `not_found`
    """
    found = read_message(store.database, message_id)
    if found is None:
        raise Problem("not_found", what=f"message {message_id}")
    return found


def whole(store: Store, stored: Stored) -> schemas.MessageOut:
    """A message with its latest prediction and every label."""
    made = store.predictions(stored.id)
    last = made[-1] if made else None
    return shown(stored, last, labels_of(store, stored.id), events_of(store, stored, last))


def labels_of(store: Store, message_id: int) -> list[Label]:
    """Every label of a message, by axis, the latest last."""
    return [label for axis in AXES for label in store.label_history(message_id, axis)]


def shown(
    stored: Stored,
    prediction: Prediction | None,
    labels: list[Label],
    events: Events = NO_EVENTS,
) -> schemas.MessageOut:
    """A message as it is shown: nothing personal is left in what is stored."""
    message = stored.message
    return schemas.MessageOut(
        id=stored.id,
        source=message.source,
        external_id=message.external_id,
        kind=message.kind.value,
        text=message.text,
        posted_at=message.posted_at,
        received_at=message.received_at,
        stored_at=stored.stored_at,
        version=stored.version,
        duplicate_of=stored.duplicate_of,
        reply_to=message.reply_to,
        place=place_of(stored.place),
        entities=[
            schemas.MaskedOut(kind=kind, start=start, stop=stop)
            for kind, start, stop in stored.mask_spans
        ],
        prediction=None if prediction is None else _said(prediction),
        answers=[schemas.AnswerGiven(**asdict(one)) for one in message.answers],
        labels=[
            schemas.LabelGiven(
                axis=one.axis,
                old=one.old,
                new=one.new,
                rubricator=one.rubricator,
                by=one.role,
                at=one.labelled_at,
                reason=one.reason,
            )
            for one in labels
        ],
        incident=events.incident,
        planned_work=events.planned_work,
    )


def _said(prediction: Prediction) -> schemas.PredictionOut:
    facts = asdict(prediction)
    return schemas.PredictionOut(
        model=facts["model_version"],
        action=facts["decision"],
        heads={head: list(ranked) for head, ranked in prediction.heads.items()},
        prediction_set=list(prediction.prediction_set),
        **{name: facts[name] for name in ("rubricator", "reason", "latency_ms", "made_at")},
    )
