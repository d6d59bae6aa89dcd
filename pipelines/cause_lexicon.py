"""The ontology of causes and the connectives of causes: `models/lexicons/causes.toml`, checked."""

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

import otklik.models
from otklik.datasets.errors import BadCues
from otklik.models.cues import CueFinder, Word

CAUSES = Path(otklik.models.__file__).with_name("lexicons") / "causes.toml"
OTHER = "прочее"
"""Class of a cause that belongs to none of the ontology."""
ACTOR_WEIGHT = 0.5
HEAD = 2
"""Words of a cause in which its head stands: «большой загруженностью бригад и проверкой …»."""
HEAD_WEIGHT = 1.5

Takes = Literal["noun", "clause", "result", "effect", "named", "heard"]
Phrases = Annotated[tuple[Annotated[str, Field(min_length=2)], ...], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CauseClass(_Strict):
    """One class of the ontology; the keys are explained in the file."""

    code: Annotated[str, Field(min_length=2)]
    title: Annotated[str, Field(min_length=2)]
    phrases: Phrases
    actors: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


class Connective(_Strict):
    """Words that bring in a cause; the keys are explained in the file."""

    takes: Takes
    phrases: Phrases
    cases: frozenset[str] = frozenset()
    sure: bool = True
    near: tuple[str, ...] = ()
    default: Annotated[str, Field(alias="class")] = OTHER


class CauseFile(_Strict):
    """The content of `causes.toml`."""

    cause: Annotated[tuple[CauseClass, ...], Field(min_length=1)]
    connective: Annotated[tuple[Connective, ...], Field(min_length=1)]
    no_causes: Phrases
    moments: Phrases
    compatible: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _check(self) -> "CauseFile":
        codes = [cause.code for cause in self.cause]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"classes given twice: {', '.join(twice)}")
        if strangers := {code for pair in self.compatible for code in pair} - set(codes):
            raise ValueError(f"compatible names {sorted(strangers)}, which is no class")
        for connective in self.connective:
            if connective.default not in (*codes, OTHER):
                raise ValueError(f"class {connective.default!r} of a connective is not defined")
        return self


@dataclass(frozen=True, slots=True)
class Sign:
    """A phrase of the lexicon that stands in a text, on words `first` to `last` inclusive.

    Exactly one of `code` (a class, with `weight`), `fact` (a class) and `connective` is set.
    """

    first: int
    last: int
    code: str = ""
    weight: float = 0.0
    fact: str = ""
    connective: Connective | None = None


@dataclass(frozen=True, slots=True)
class Signs:
    """Everything of a lexicon that stands in one text, each list in the order of words."""

    lexicon: "CauseLexicon"
    classes: tuple[Sign, ...]
    facts: tuple[Sign, ...]
    connectives: tuple[Sign, ...]

    def class_of(
        self, first: int, stop: int, *, head: bool = False, least: float = 0.0
    ) -> str | None:
        """Class of the words `first` to `stop`: the heaviest phrase, of equal ones the first.

        With `head`, a phrase on the head of the words weighs more; phrases lighter than `least`
        do not count.
        """
        inside = [
            sign
            for sign in self.classes
            if first <= sign.first and sign.last < stop and sign.weight >= least
        ]
        if not inside:
            return None

        def weight(sign: Sign) -> tuple[float, int]:
            on_head = head and sign.first - first < HEAD and sign.weight >= 1
            return sign.weight + HEAD_WEIGHT * on_head, -sign.first

        return max(inside, key=weight).code


class CauseLexicon:
    """Finds phrases of classes and connectives in a text that was split into words.

    Parameters
    ----------
    path : Path
        A file in the form of `causes.toml`.

    Raises
    ------
    BadCues
        The file cannot be read or breaks its own rules.
    """

    def __init__(self, path: Path = CAUSES) -> None:
        content = _read(path)
        self.titles = {cause.code: cause.title for cause in content.cause} | {OTHER: "другое"}
        """Name that staff read, by class."""
        phrases: list[list[str]] = []
        self._kinds: list[tuple[str, float, str, Connective | None]] = []

        def learn(own: Iterable[str], code: str, fact: str, weight: float | None) -> None:
            for phrase in own:
                phrases.append([phrase])
                self._kinds.append((code, weight or len(phrase.split()), fact, None))

        for cause in content.cause:
            learn(cause.phrases, cause.code, "", None)
            learn(cause.actors, cause.code, "", ACTOR_WEIGHT)
            learn(cause.facts, "", cause.code, None)
        for connective in content.connective:
            phrases.append(list(connective.phrases))
            self._kinds.append(("", 0.0, "", connective))
        self._finder = CueFinder(phrases)
        self._compatible = {frozenset(pair) for pair in content.compatible}
        self._no_causes = _one_of(content.no_causes)
        self._moments = _one_of(content.moments)
        self._near = {
            connective.near: CueFinder([connective.near])
            for connective in content.connective
            if connective.near
        }

    def find(self, words: list[Word]) -> Signs:
        """Phrases that stand in the words."""
        starts = {word.start: place for place, word in enumerate(words)}
        stops = {word.stop: place for place, word in enumerate(words)}
        kinds: dict[str, list[Sign]] = defaultdict(list)
        for hit in self._finder.find_in(words):
            code, weight, fact, connective = self._kinds[hit.cue]
            kind = "connectives" if connective else "facts" if fact else "classes"
            first, last = starts[hit.start], stops[hit.stop]
            kinds[kind].append(Sign(first, last, code, weight, fact, connective))
        return Signs(self, *(tuple(kinds[kind]) for kind in ("classes", "facts", "connectives")))

    def contradict(self, one: str, other: str) -> bool:
        """Whether two classes cannot well be the cause of one trouble together."""
        return (
            one != other
            and OTHER not in (one, other)
            and frozenset((one, other)) not in self._compatible
        )

    def is_no_cause(self, word: str) -> bool:
        """Whether a phrase with this word among its first names no cause."""
        return self._no_causes(word)

    def is_moment(self, word: str) -> bool:
        """Whether «после» with this word tells the time only."""
        return self._moments(word)

    def is_near(self, connective: Connective, words: list[Word]) -> bool:
        """Whether the words that a connective demands stand among these."""
        near = self._near.get(connective.near)
        return near is None or any(near.find_in(words))


@lru_cache(maxsize=1)
def default_lexicon() -> CauseLexicon:
    """The shipped lexicon, read once per process."""
    return CauseLexicon()


def _one_of(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Tell whether a word is one of «слово*» and «а|б» patterns."""
    options = [option for pattern in patterns for option in pattern.split("|")]
    prefixes = tuple(option[:-1] for option in options if option.endswith("*"))
    exact = frozenset(option for option in options if not option.endswith("*"))
    return lru_cache(maxsize=65536)(lambda word: word in exact or word.startswith(prefixes))


def _read(path: Path) -> CauseFile:
    try:
        return CauseFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadCues(f"{path} cannot be read: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise BadCues(f"{path} is no lexicon of causes: {error}. Mend the file.") from error
