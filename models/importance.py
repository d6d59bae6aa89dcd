"""How much harm waits behind a message, 1 to 5: its topic's importance, lifted by quoted cues."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from otklik.datasets.errors import BadCues
from otklik.datasets.rubricator import Topic
from otklik.models.cues import CueFinder, Hit, Word, split_words

DANGER = Path(__file__).with_name("lexicons") / "danger.toml"
LOWEST, HIGHEST = 1, 5

Level = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DangerCue(_Strict):
    """One cue of `danger.toml`, where the keys are explained."""

    code: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    title: Annotated[str, Field(min_length=1)]
    phrases: Annotated[tuple[Annotated[str, Field(min_length=2)], ...], Field(min_length=1)]
    floor: Level | None = None
    lift: Annotated[int, Field(ge=1, le=HIGHEST - LOWEST)] | None = None
    negatable: bool = True
    needs: tuple[str, ...] = ()
    only_in: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> "DangerCue":
        if (self.floor is None) == (self.lift is None):
            raise ValueError(f"cue {self.code!r} must have either floor or lift")
        return self

    def concerns(self, topic: Topic | None) -> bool:
        """Whether the cue says anything in messages of this topic; of an unknown one, yes."""
        if topic is None:
            return True
        codes = {topic.code, topic.group.code}
        return not codes & set(self.not_in) and (
            not self.only_in or bool(codes & set(self.only_in))
        )


class DangerFile(_Strict):
    """The content of `danger.toml`."""

    unknown_topic: Level
    most_lifted: Annotated[int, Field(ge=0, le=HIGHEST - LOWEST)]
    cue: Annotated[tuple[DangerCue, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> "DangerFile":
        codes = [cue.code for cue in self.cue]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"cues given twice: {', '.join(twice)}")
        for cue in self.cue:
            if strangers := set(cue.needs) - set(codes):
                raise ValueError(f"cue {cue.code!r} needs {sorted(strangers)}, which is no cue")
        return self


@dataclass(frozen=True, slots=True)
class Reason:
    """A cue that counted: its code and title, the words of the text and their offsets."""

    code: str
    title: str
    quote: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Importance:
    """Importance of a message.

    `value` is 1 (can wait) to 5 (people may die), `topic` that of the topic alone; `reasons` are
    the cues that counted, in the order of the text, each once.
    """

    value: int
    topic: int
    reasons: tuple[Reason, ...]


class ImportanceScale:
    """Rates messages by the cues of a file.

    Parameters
    ----------
    cues : DangerFile
        What `load_danger` returns.

    Examples
    --------
    >>> rated = ImportanceScale(load_danger()).rate("Возле садика открытый люк", None)
    >>> rated.value, [reason.quote for reason in rated.reasons]
    (4, ['открытый люк'])
    """

    def __init__(self, cues: DangerFile) -> None:
        self._cues = cues.cue
        self._unknown_topic = cues.unknown_topic
        self._most_lifted = cues.most_lifted
        self._finder = CueFinder([cue.phrases for cue in cues.cue])

    def rate(
        self, text: str, topic: Topic | None, words: Sequence[Word] | None = None
    ) -> Importance:
        """Rate a text; `topic` None, or one without importance, counts as an ordinary topic.

        A negated cue does not count where its entry says so: «газа нет» is an outage, «запаха
        газа нет» is no danger. `words` are those of the text, where it was split before.
        """
        own = topic.importance if topic and topic.importance else self._unknown_topic
        found = self._finder.find_in(split_words(text) if words is None else words)
        hits = self._counting(list(found), topic)
        cues = [self._cues[hit.cue] for hit in hits]
        floor = max((cue.floor for cue in cues if cue.floor), default=LOWEST)
        lift = min(sum(cue.lift for cue in cues if cue.lift), self._most_lifted)
        reasons = tuple(
            Reason(cue.code, cue.title, text[hit.start : hit.stop], hit.start, hit.stop)
            for cue, hit in zip(cues, hits, strict=True)
        )
        return Importance(min(max(own, floor) + lift, HIGHEST), own, reasons)

    def concerns(self, code: str, topic: Topic | None) -> bool:
        """Whether a cue, by its code, can count in messages of a topic."""
        return any(cue.code == code and cue.concerns(topic) for cue in self._cues)

    def _counting(self, hits: Sequence[Hit], topic: Topic | None) -> list[Hit]:
        """First hit of each cue that concerns the topic and stands beside what it needs."""
        first: dict[int, Hit] = {}
        denied = [hit for hit in hits if hit.negated and self._cues[hit.cue].negatable]
        for hit in hits:
            # «запаха газа нет»: neither a smell nor, by its last two words, an outage
            inside = any(no.start <= hit.start < no.stop for no in denied)
            if not inside and self._cues[hit.cue].concerns(topic):
                first.setdefault(hit.cue, hit)
        present = {self._cues[number].code for number in first}
        return [
            hit
            for number, hit in first.items()
            if not self._cues[number].needs or present & set(self._cues[number].needs)
        ]


def load_danger(path: Path = DANGER) -> DangerFile:
    """Read and check the cues.

    Raises
    ------
    BadCues
        Names the file, the entry, the value and what was expected.
    """
    try:
        return DangerFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise BadCues(f"{path} is not there: restore the file of danger cues.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadCues(f"{path.name}: not valid TOML in UTF-8: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        raise BadCues(f"{path.name}, {where}: {first['msg']}.") from error


@lru_cache(maxsize=1)
def default_scale() -> ImportanceScale:
    """Scale of the shipped cues, read once per process."""
    return ImportanceScale(load_danger())
