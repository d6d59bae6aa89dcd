"""Read stored messages with a model: vectors and answers of whatever lacks them, into the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from otklik.datasets.records import Prediction
from otklik.datasets.review_intake import Outcome
from otklik.datasets.store import Store
from otklik.datasets.store_page import read_messages
from otklik.datasets.store_vectors import count_unread, save_vectors, unread
from otklik.models.classifier import ALPHA, GROUP, Classifier, rubricator_head
from otklik.models.importance import default_scale
from otklik.models.int8 import checkpoint_id
from otklik.models.normalise import Normaliser
from otklik.models.predictor import Predictor, load_predictor
from otklik.serving.directions import Directed, Directs, NoDirections

BATCH = 1000
NOBODY = NoDirections()


@dataclass(frozen=True)
class StoreReader:
    """One model version over the texts of the store.

    Parameters
    ----------
    classifier : Classifier
    encoder : str
        Hash of the encoder's weights, under which vectors are kept.
    """

    classifier: Classifier
    encoder: str

    @classmethod
    def of(cls, folder: Path, *, alpha: float = ALPHA) -> "StoreReader":
        """Open a built bundle.

        Raises
        ------
        BadBundle, BadCheckpoint
        """
        predictor = load_predictor(folder)
        encoder = checkpoint_id(predictor.bundle.layout.encoder)[:16]
        return cls(Classifier(predictor, alpha=alpha), encoder)

    @property
    def predictor(self) -> Predictor:
        """What answers."""
        return self.classifier.predictor

    def read(
        self, ids: Sequence[int], texts: Sequence[str]
    ) -> tuple[list[Prediction], npt.NDArray[np.float32]]:
        """Answers of every head, as codes, and vectors of shape (n_texts, dim)."""
        began = perf_counter()
        predictor, version = self.predictor, self.classifier.rubricator.version
        topic = rubricator_head(version)
        normalised = list(Normaliser(mask=False)(texts))
        vectors = predictor.encode(normalised)
        found = predictor.judge(vectors, normalised, predictor.heads)
        decisions = self.classifier.routing.decide([found[topic], found[topic + GROUP]])
        sets = self.classifier.set_codes(found[topic])
        latency_ms = (perf_counter() - began) * 1000 / max(1, len(texts))
        now = datetime.now(UTC)
        answers = zip(ids, predictor.rank(found), decisions, sets, strict=True)
        return [
            Prediction(
                message_id=number,
                model_version=predictor.bundle.version,
                rubricator=version,
                heads={head: answer.ranked for head, answer in ranked.items()},
                prediction_set=likely,
                decision=decision.action,
                reason=decision.reason,
                latency_ms=latency_ms,
                made_at=now,
            )
            for number, ranked, decision, likely in answers
        ], vectors


def understand(
    store: Store,
    reader: StoreReader,
    *,
    directs: Directs = NOBODY,
    begin: Callable[[int], None] = lambda _total: None,
    advance: Callable[[int], None] = lambda _done: None,
) -> int:
    """Read every stored message that this model has not read in its current wording.

    A batch is one transaction each for vectors and answers; broken off, the next call goes on.

    Parameters
    ----------
    directs : Directs
        Tells when those that are left to people are due.
    begin : callable
        Told how many messages there are to read, at most.

    Returns
    -------
    int
        Messages read.
    """
    version = reader.predictor.bundle.version
    begin(count_unread(store.database, reader.encoder))
    count = 0
    for batch in unread(store.database, reader.encoder, version, BATCH):
        ids, versions, texts = (list(column) for column in zip(*batch, strict=True))
        predictions, vectors = reader.read(ids, texts)
        store.add_predictions(predictions, due_outcomes(store, reader, predictions, directs))
        # Last, so that a message with a vector has its answer too.
        save_vectors(store.database, reader.encoder, ids, versions, vectors)
        count += len(ids)
        advance(len(ids))
    return count


def due_outcomes(
    store: Store, reader: StoreReader, predictions: Sequence[Prediction], directs: Directs
) -> dict[int, Outcome]:
    """When those messages are due that are left to people; nothing else is done with any."""
    if isinstance(directs, NoDirections):
        return {}
    rubricator = reader.classifier.rubricator
    head = rubricator_head(rubricator.version)
    topics = {topic.code: topic for topic in rubricator.topics}
    waiting = {one.message_id: one for one in predictions if one.decision == "review"}
    found: dict[int, Outcome] = {}
    for number, stored in read_messages(store.database, list(waiting)).items():
        heads, message = waiting[number].heads, stored.message
        topic = heads[head][0][0]
        # As the reports count it; of an import, receipt is the moment of the import.
        begins = message.posted_at or message.received_at or stored.stored_at
        directed = Directed(
            source=message.source,
            kind=message.kind.value,
            rubricator=rubricator.version,
            topic=topic,
            group=heads[head + GROUP][0][0],
            place=stored.place,
            importance=default_scale().rate(message.text, topics.get(topic)).value,
            received_at=begins,
        )
        due = directs.direct(directed).deadline
        found[number] = Outcome(due_at=due, acted=False)
    return found
