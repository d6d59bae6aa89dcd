"""What kind of utterance a text is: complaint, question, proposal, thanks, or not for the city."""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from otklik.datasets.errors import BadCues
from otklik.datasets.place_morphology import parses
from otklik.models.cues import STOP, CueFinder, Hit, Word, split_words

CUES = Path(__file__).with_name("lexicons") / "utterance.toml"

_IMPERATIVE = ("йте", "ите", "ьте", "йтесь", "итесь", "ьтесь")
_BUT = frozenset({"но", "однако", "только", "хотя", "зато"})
_EXCLAIMED = re.compile(r"!{2,}|\?!|!\?")
_QUOTED_WORD = re.compile('«[^«»]{2,20}»|"[^"]{2,20}"')
_QUESTION_END = re.compile(r"\?\W*$")
_FEW_WORDS = 3
_LONG_WORDS = 6
_LIKELY = 0.5


class Kind(StrEnum):
    """What a text does; the values are what staff read."""

    COMPLAINT = "жалоба"
    QUESTION = "вопрос"
    PROPOSAL = "предложение"
    THANKS = "благодарность"
    ASIDE = "не по адресу"


def _named(name: object) -> Kind:
    if isinstance(name, str) and name.upper() in Kind.__members__:
        return Kind[name.upper()]
    kinds = ", ".join(kind.name.lower() for kind in Kind)
    raise ValueError(f"{name!r} is no kind; there are {kinds}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UtteranceCue(_Strict):
    """One cue of `utterance.toml`, where the keys are explained."""

    kind: Annotated[Kind, BeforeValidator(_named)]
    title: Annotated[str, Field(min_length=1)]
    weight: Annotated[float, Field(gt=0)]
    phrases: Annotated[tuple[Annotated[str, Field(min_length=2)], ...], Field(min_length=1)]


class UtteranceFile(_Strict):
    """The content of `utterance.toml`."""

    cue: Annotated[tuple[UtteranceCue, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Utterance:
    """Kind of a text.

    `scores` ranks every kind, the best first, as shares that sum to 1 (weights of rules, not
    probabilities); `reasons` are the words of the text that spoke for the kind.
    """

    kind: Kind
    scores: tuple[tuple[Kind, float], ...]
    reasons: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """A text under the rules: its words, and what has spoken for each kind so far."""

    text: str
    words: list[Word]
    hits: list[tuple[UtteranceCue, Hit]]
    scores: dict[Kind, float]
    reasons: dict[Kind, list[str]]

    def add(self, kind: Kind, weight: float, reason: str) -> None:
        self.scores[kind] += weight
        if reason and reason not in self.reasons[kind]:
            self.reasons[kind].append(reason)

    def spans(self, kind: Kind) -> list[Hit]:
        return [hit for cue, hit in self.hits if cue.kind is kind]


class UtteranceReader:
    """Tells the kind of utterance by the cues of a file and a few rules of their interplay.

    Examples
    --------
    >>> UtteranceReader(load_cues()).read("Подскажите, где получить справку").kind.value
    'вопрос'
    """

    def __init__(self, cues: UtteranceFile) -> None:
        self._cues = cues.cue
        self._finder = CueFinder([cue.phrases for cue in cues.cue])

    def read(self, text: str, words: list[Word] | None = None) -> Utterance:
        """Kind of one text; `words` are its words, where it was split before."""
        words = split_words(text) if words is None else words
        hits = [(self._cues[hit.cue], hit) for hit in self._finder.find_in(words)]
        hits = [(cue, hit) for cue, hit in hits if not hit.negated]
        reading = _Reading(text, words, hits, dict.fromkeys(Kind, 0.0), {kind: [] for kind in Kind})
        for rule in RULES:
            rule(reading)
        total = sum(reading.scores.values())
        ranked = sorted(reading.scores.items(), key=lambda item: -item[1])
        kind = ranked[0][0]
        shares = tuple((name, score / total) for name, score in ranked)
        return Utterance(kind, shares, tuple(reading.reasons[kind]))


def _count_cues(reading: _Reading) -> None:
    # A second phrase of the same cue adds a little: a long complaint is no louder than a short one.
    seen: dict[int, int] = {}
    for cue, hit in reading.hits:
        times = seen[hit.cue] = seen.get(hit.cue, 0) + 1
        weight = cue.weight if times == 1 else 0.5 if times < 4 else 0.0
        reading.add(cue.kind, weight, reading.text[hit.start : hit.stop])


def _weigh_question_mark(reading: _Reading) -> None:
    # «Как записаться?»
    if "?" in reading.text:
        reading.add(Kind.QUESTION, 1.5 if _QUESTION_END.search(reading.text) else 1.0, "?")


def _weigh_exclamation(reading: _Reading) -> None:
    # «СКОЛЬКО МОЖНО!!!»
    if _EXCLAIMED.search(reading.text):
        reading.add(Kind.COMPLAINT, 1.0, "!!!")


def _weigh_imperatives(reading: _Reading) -> None:
    # «Положите асфальт»: an order that no other cue has explained.
    taken = [(hit.start, hit.stop) for _, hit in reading.hits]
    for word in reading.words:
        if word.text.endswith(_IMPERATIVE) and _is_order(word.text):
            explained = any(start <= word.start < stop for start, stop in taken)
            if not explained:
                reading.add(Kind.COMPLAINT, 1.5, reading.text[word.start : word.stop])
                return


def _discount_farewell(reading: _Reading) -> None:
    # «Когда дадут воду? Заранее спасибо.»: thanks as a farewell, behind something else.
    thanks = reading.spans(Kind.THANKS)
    if len(thanks) != 1 or len(reading.words) <= _LONG_WORDS:
        return
    last = [word for word in reading.words if word.start >= thanks[0].start]
    alone = last[0].mark == STOP or "заранее" in {word.text for word in reading.words}
    if alone and len(last) <= _FEW_WORDS:
        reading.scores[Kind.THANKS] *= 0.2


def _doubt_thanks(reading: _Reading) -> None:
    # «Спасибо, но яма как была», «спасибо за «ремонт»»: thanks with a trouble behind.
    thanks = reading.spans(Kind.THANKS)
    if not thanks:
        return
    first = thanks[0].start
    turn = any(word.text in _BUT and word.start > first for word in reading.words)
    quoted = _QUOTED_WORD.search(reading.text, first)
    if turn or (quoted and reading.scores[Kind.COMPLAINT]):
        reading.scores[Kind.THANKS] *= 0.4
        reading.add(Kind.COMPLAINT, 2.0, "")
    elif not turn and reading.scores[Kind.THANKS] >= 4:
        # «Спасибо, что починили разбитую дорогу»: the trouble is over.
        reading.scores[Kind.COMPLAINT] *= 0.5


def _prefer_trouble(reading: _Reading) -> None:
    # «Когда уже вывезут мусор?»: a question only by its form.
    if reading.scores[Kind.COMPLAINT] >= 3 and reading.scores[Kind.QUESTION]:
        reading.scores[Kind.QUESTION] *= 0.6


def _fall_back(reading: _Reading) -> None:
    # «Ленина 5, двор»: who writes at length without a cue tells a trouble, «+++» tells nothing.
    if not any(reading.scores.values()):
        few = len(reading.words) <= _FEW_WORDS
        reading.add(Kind.ASIDE if few else Kind.COMPLAINT, 1.0, "")


RULES: Sequence[Callable[[_Reading], None]] = (
    _count_cues,
    _weigh_question_mark,
    _weigh_exclamation,
    _weigh_imperatives,
    _discount_farewell,
    _doubt_thanks,
    _prefer_trouble,
    _fall_back,
)


@lru_cache(maxsize=1 << 16)
def _is_order(word: str) -> bool:
    """Whether a word orders: «уберите», «положите» (or: you will), not «ходите» (you do)."""
    found = [parse for parse in parses(word) if "impr" in parse.tag]
    return any("perf" in parse.tag or parse.score > _LIKELY for parse in found)


def load_cues(path: Path = CUES) -> UtteranceFile:
    """Read and check the cues.

    Raises
    ------
    BadCues
        Names the file, the entry, the value and what was expected.
    """
    try:
        return UtteranceFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise BadCues(f"{path} is not there: restore the file of cues.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadCues(f"{path.name}: not valid TOML in UTF-8: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        raise BadCues(f"{path.name}, {where}: {first['msg']}.") from error


@lru_cache(maxsize=1)
def default_reader() -> UtteranceReader:
    """Reader of the shipped cues, made once per process."""
    return UtteranceReader(load_cues())


def read_kinds(texts: Sequence[str]) -> Iterator[Utterance]:
    """Kinds of texts, in order, by the shipped cues."""
    return map(default_reader().read, texts)
