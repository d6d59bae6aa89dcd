"""One model version with all that is needed to read messages with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from otklik.datasets.clean import clean_html
from otklik.datasets.errors import BadCheckpoint
from otklik.datasets.gazetteer import Gazetteer
from otklik.datasets.masking import Masked, Masker
from otklik.datasets.places import PlaceFinder
from otklik.models.classifier import GROUP, Classifier, rubricator_head
from otklik.models.cues import split_words
from otklik.models.decision import Decision
from otklik.models.importance import default_scale
from otklik.models.int8 import checkpoint_id
from otklik.models.prediction_set import PredictionSet
from otklik.models.utterance import default_reader
from otklik.serving.directions import Directed, Directs, NoDirections
from otklik.serving.explain import explain_topic
from otklik.serving.given_place import mask_place
from otklik.serving.reading import Asked, LikelySet, Moved, Ranked, Reading
from otklik.serving.settings import ServeSettings

if TYPE_CHECKING:
    from otklik.models.bundle import Bundle
    from otklik.models.predictor import Predictor

SENTIMENT = "sentiment"
LIKELY_MASS = 0.9
MOST_LIKELY = 5

Floats = npt.NDArray[np.float64]
Rows = dict[str, Floats]
OpenPredictor = Callable[[Path], "Predictor"]


@dataclass(frozen=True)
class Tools:
    """What reads a text before the model does; each thread has a masker and a finder of its own.

    Parameters
    ----------
    gazetteer : Gazetteer or None
        The city's places.
    ner : bool
        Let the neural tagger vote on names.
    directs : Directs
        Recipients and deadlines.
    halted : callable
        Version of a bundle → why it may not route by itself now, in Russian; None where it may.
    """

    gazetteer: Gazetteer | None = None
    ner: bool = True
    directs: Directs = field(default_factory=NoDirections)
    halted: Callable[[str], str | None] = field(default=lambda _version: None)
    _own: local = field(default_factory=local, repr=False)

    @property
    def masker(self) -> Masker:
        """Masker of this thread."""
        if not hasattr(self._own, "masker"):
            self._own.masker = Masker(ner=self.ner, gazetteer=self.gazetteer)
        masker: Masker = self._own.masker
        return masker

    def prepare(self) -> None:
        """Load what this thread needs, before the first message asks for it."""
        self.masker.mask("Здравствуйте, Ислам Ахмадов просит: почините фонарь на Мира 5")
        self.finder.find("на Мира 5")

    @property
    def finder(self) -> PlaceFinder:
        """Finder of places of this thread."""
        if not hasattr(self._own, "finder"):
            self._own.finder = PlaceFinder(self.gazetteer)
        finder: PlaceFinder = self._own.finder
        return finder


class Engine:
    """Reads messages with one model version; may be shared by threads.

    Parameters
    ----------
    name : str
        `otklik/3`, or the name of the bundle's folder.
    predictor : Predictor
    alpha : float
        Error that automatic routing may make.
    """

    def __init__(self, name: str, predictor: "Predictor", alpha: float) -> None:
        self.name = name
        self.classifier = Classifier(predictor, alpha=alpha)
        self.predictor = predictor
        self.version = predictor.bundle.version
        self.encoder = encoder_of(predictor.bundle)
        self.rubricator = self.classifier.rubricator
        self.topic_head = rubricator_head(self.rubricator.version)
        self.group_head = self.topic_head + GROUP
        self._topics = {topic.code for topic in self.rubricator.topics}

    def read(self, asked: Sequence[Asked], tools: Tools) -> list[Reading]:
        """Read messages in order, all in one pass of the encoder."""
        masked = list(tools.masker.mask_many(clean_html(one.text) for one in asked))
        texts = [one.text for one in masked]
        vectors = self.predictor.encode(texts)
        rows = self.predictor.judge(vectors, texts, self.predictor.heads)
        levels = [rows[self.topic_head], rows[self.group_head]]
        decisions = self._decided(levels, tools.halted(self.version))
        rule = self.predictor.bundle.sets.get(self.topic_head)
        sets = [None] * len(asked) if rule is None else rule.predict(levels[0])
        return [
            replace(
                self._reading(
                    *(one, masked[row], {name: of[row] for name, of in rows.items()}),
                    *(said, likely, tools),
                ),
                vector=vectors[row],
                encoder=self.encoder,
            )
            for row, (one, said, likely) in enumerate(zip(asked, decisions, sets, strict=True))
        ]

    def warm_up(self, tools: Tools) -> None:
        """Read messages of several lengths, so that the first real ones find everything loaded."""
        from datetime import UTC, datetime

        line = "Во дворе дома 5 по улице Мира третий день нет воды, примите меры. "
        now = datetime.now(UTC)
        for times in (1, 2, 4, 8):
            self.read([Asked(line * times, now)], tools)
        self.read([Asked(line, now)] * 8, tools)

    def label(self, head: str, place: int, probability: float) -> Ranked:
        """A label of a head by its column."""
        code = self.predictor.bundle.heads[head].classes[place]
        return Ranked(code, self.classifier.label_name(head, code), float(probability))

    def _decided(self, levels: list[Floats], halted: str | None) -> list[Decision]:
        decisions = self.classifier.routing.decide(levels)
        if halted is None:
            return decisions
        return [
            Decision("review", None, None, f"{halted}; {one.reason}")
            if one.action == "auto"
            else one
            for one in decisions
        ]

    def _reading(
        self,
        asked: Asked,
        masked: Masked,
        rows: Rows,
        said: Decision,
        likely: PredictionSet | None,
        tools: Tools,
    ) -> Reading:
        topic = self._top(self.topic_head, rows, 1)[0]
        group = self._top(self.group_head, rows, 1)[0]
        known = topic.code in self._topics
        words = split_words(masked.text)
        importance = default_scale().rate(
            masked.text, self.rubricator.topic(topic.code) if known else None, words
        )
        given = mask_place(asked.place, tools.masker)
        found = tools.finder.find(masked.text)
        place = tools.finder.resolve(masked.text, given, found)
        directed = Directed(
            asked.source,
            asked.kind,
            self.rubricator.version,
            topic.code,
            group.code,
            place,
            importance.value,
            asked.received_at,
        )
        wanted = self.predictor.heads if asked.heads is None else asked.heads
        return Reading(
            masked=masked,
            found=found,
            given=given,
            place=place,
            heads={name: self._top(name, rows, asked.top) for name in wanted if name in rows},
            likely=self._summed(rows) if likely is None else self._certified(rows, likely),
            sentiment=self._top(SENTIMENT, rows, 1)[0] if SENTIMENT in rows else None,
            utterance=default_reader().read(masked.text, words),
            importance=importance,
            direction=tools.directs.direct(directed),
            action=said.action,
            reason=said.reason,
            routed=self._routed(said, rows),
            model=self.name,
            version=self.version,
            rubricator=self.rubricator.version,
            explanation=self._explained(masked.text, rows) if asked.explain else None,
        )

    def _top(self, head: str, rows: Rows, most: int) -> tuple[Ranked, ...]:
        row = rows[head]
        # Of equal ones the first, either way.
        places = (
            [int(row.argmax())] if most == 1 else np.argsort(-row, kind="stable")[:most].tolist()
        )
        return tuple(self.label(head, place, row[place]) for place in places)

    def _certified(self, rows: Rows, likely: PredictionSet) -> LikelySet:
        """The set of the bundle's own rule; without labels where it could be any."""
        head, places = self.topic_head, likely.topics
        if not places:
            head, places = self.group_head, likely.groups
        row = rows[head]
        ordered = sorted(places, key=lambda place: (-row[place], place))
        labels = tuple(self.label(head, place, row[place]) for place in ordered)
        mass = min(1.0, float(row[ordered].sum())) if ordered else 1.0
        alpha = self.predictor.bundle.sets[self.topic_head].alpha
        return LikelySet(head, labels, mass, 1 - alpha)

    def _summed(self, rows: Rows) -> LikelySet:
        """Of a bundle without a rule: topics that hold the mass together, else groups."""
        for head, most in ((self.topic_head, MOST_LIKELY), (self.group_head, None)):
            ranked = self._top(head, rows, most or len(rows[head]))
            mass = np.cumsum([one.probability for one in ranked])
            count = int(np.searchsorted(mass, LIKELY_MASS)) + 1
            if count <= len(ranked):
                break
        count = min(count, len(ranked))
        return LikelySet(head, ranked[:count], min(1.0, float(mass[count - 1])))

    def _routed(self, said: Decision, rows: Rows) -> tuple[str, Ranked] | None:
        if said.level is None or said.answer is None:
            return None
        head = (self.topic_head, self.group_head)[said.level]
        return head, self.label(head, said.answer, rows[head][said.answer])

    def _explained(self, text: str, rows: Rows) -> tuple[Moved, ...]:
        head = self.topic_head

        def topics(texts: Sequence[str]) -> npt.NDArray[np.float64]:
            return self.predictor.probabilities(texts, [head])[head]

        return tuple(explain_topic(text, rows[head], topics))


def encoder_of(bundle: "Bundle") -> str:
    """Hash under which the vectors of a bundle's encoder are stored."""
    try:
        return checkpoint_id(bundle.layout.encoder)[:16]
    except BadCheckpoint:  # an encoder of another kind, which only this bundle is known to have
        return bundle.version


def predictor_opener(settings: ServeSettings) -> OpenPredictor:
    """How bundles are opened: with a warm encoder, as the settings say."""

    def open_predictor(folder: Path) -> "Predictor":
        from otklik.models.bundle import load_bundle
        from otklik.models.encoder import Encoder
        from otklik.models.predictor import Predictor

        bundle = load_bundle(folder)
        encoder = Encoder(
            bundle.layout.encoder,
            settings.runtime,
            threads=settings.threads,
            streams=settings.streams,
        )
        encoder.warm_up()
        return Predictor(bundle, encoder)

    return open_predictor
