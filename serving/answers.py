"""Readings in the words of the interface."""

from dataclasses import asdict

from otklik.datasets.records import Place
from otklik.serving import schemas
from otklik.serving.reading import Ranked, Reading


def answer_of(reading: Reading, id: str | None, latency_ms: float) -> schemas.AnswerOut:
    """A reading as an answer."""
    head, label = reading.routed or (None, None)
    moved = reading.explanation
    return schemas.AnswerOut(
        id=id,
        text=reading.masked.text,
        entities=[
            schemas.Entity(
                kind=span.kind,
                placeholder=span.placeholder,
                start=span.masked_start,
                stop=span.masked_stop,
            )
            for span in reading.masked.spans
        ],
        places=[
            schemas.PlaceFound(
                kind=one.kind.value,
                name=one.name,
                house=one.house,
                district=one.district,
                known=one.known,
                start=one.start,
                stop=one.stop,
            )
            for one in reading.found
        ],
        place=place_of(reading.place),
        heads={name: [label_of(one) for one in ranked] for name, ranked in reading.heads.items()},
        prediction_set=schemas.SetOut(
            head=reading.likely.level,
            labels=[label_of(one) for one in reading.likely.labels],
            probability=round(reading.likely.probability, 6),
            coverage=reading.likely.coverage,
        ),
        sentiment=label_of(reading.sentiment) if reading.sentiment else None,
        utterance=schemas.UtteranceOut(
            kind=reading.utterance.kind.value, words=list(reading.utterance.reasons)
        ),
        importance=schemas.ImportanceOut(
            value=reading.importance.value,
            topic=reading.importance.topic,
            reasons=[
                schemas.DangerOut(code=one.code, title=one.title, quote=one.quote)
                for one in reading.importance.reasons
            ],
        ),
        direction=schemas.DirectionOut(
            recipients=list(reading.direction.recipients),
            deadline=reading.direction.deadline,
            basis=reading.direction.basis,
            reason=reading.direction.reason,
        ),
        decision=schemas.DecisionOut(
            action="auto" if reading.action == "auto" else "review",
            reason=reading.reason,
            head=head,
            label=label_of(label) if label else None,
        ),
        explanation=None if moved is None else [schemas.MovedOut(**asdict(one)) for one in moved],
        model=schemas.ModelOut(name=reading.model, version=reading.version),
        rubricator=reading.rubricator,
        latency_ms=round(latency_ms, 3),
    )


def label_of(ranked: Ranked) -> schemas.LabelOut:
    """A label as it is shown."""
    probability = round(min(1.0, max(0.0, ranked.probability)), 6)
    return schemas.LabelOut(code=ranked.code, name=ranked.name, probability=probability)


def place_of(place: Place) -> schemas.PlaceOut:
    """A place as it is shown: without the key that joins spellings."""
    facts = asdict(place)
    facts.pop("street_key")
    return schemas.PlaceOut(**facts)
