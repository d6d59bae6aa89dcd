"""A rubricator as a folder of TOML files, one per group: hints, phrases, importance, pairs."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from otklik.datasets.errors import BadRubricator
from otklik.datasets.rubricator import Group, Pair, Rubricator, Topic

INDEX = "rubricator.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _PairEntry(_Strict):
    code: str
    question: Annotated[str, Field(pattern=r"\?$")]


class _TopicEntry(_Strict):
    code: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    name: Annotated[str, Field(min_length=1)]
    aliases: tuple[str, ...] = ()
    importance: Annotated[int, Field(ge=1, le=5)]
    hint: Annotated[str, Field(min_length=20)]
    phrases: Annotated[tuple[str, ...], Field(min_length=5, max_length=12)]
    confused_with: tuple[_PairEntry, ...] = ()


class _GroupFile(_Strict):
    code: str
    name: Annotated[str, Field(min_length=1)]
    topic: Annotated[tuple[_TopicEntry, ...], Field(min_length=1)]


class _IndexFile(_Strict):
    version: str
    title: str
    groups: tuple[str, ...]


_Model = TypeVar("_Model", bound=BaseModel)


class _Where(NamedTuple):
    """A topic of a group's file, or one of its pairs; the line is looked up when it is told."""

    path: Path
    text: str
    topic: int
    pair: int | None = None

    def __str__(self) -> str:
        if self.pair is None:
            line = _locate(self.text, ("topic", self.topic, "code"))
        else:
            line = _line_of_pair(self.text, self.topic, self.pair)
        return f"{self.path.name}, line {line}"


_Stated = dict[tuple[str, str], tuple[Pair, _Where]]


def load_toml_rubricator(folder: Path) -> Rubricator:
    """Read and check a folder of group files.

    Raises
    ------
    BadRubricator
        Names file and line: unknown key, duplicate code, a pair that points nowhere, ….
    """
    index, _ = _read(folder / INDEX, _IndexFile)
    groups: list[Group] = []
    topics: list[Topic] = []
    stated: _Stated = {}
    for code in index.groups:
        path = folder / f"{code}.toml"
        entry, text = _read(path, _GroupFile)
        if entry.code != code:
            raise BadRubricator(f"{path.name}, line 1: code {entry.code!r}, expected {code!r}.")
        group = Group(code, entry.name)
        groups.append(group)
        for number, topic in enumerate(entry.topic):
            topics.append(_topic(topic, group, _Where(path, text, number)))
            for position, twin in enumerate(topic.confused_with):
                _state(stated, topic.code, twin, _Where(path, text, number, position))
    _check_strays(folder, index.groups)
    _check_codes(topics, folder)
    known = {topic.code for topic in topics}
    for pair, where in stated.values():
        if pair.second not in known:
            raise BadRubricator(
                f"{where}: «не путать» names {pair.second!r}, which is no topic of {index.version}."
            )
    pairs = tuple(pair for pair, _ in stated.values())
    return Rubricator(index.version, index.title, tuple(groups), tuple(topics), pairs)


def _read(path: Path, model: type[_Model]) -> tuple[_Model, str]:
    try:
        text = path.read_text(encoding="utf-8")
        return model.model_validate(tomllib.loads(text)), text
    except FileNotFoundError as error:
        raise BadRubricator(f"{path} is not there: add it or correct {INDEX}.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadRubricator(f"{path.name}: not valid TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRubricator(
            f"{path.name}, line {_locate(text, first['loc'])}, key {first['loc'][-1]!r}: "
            f"{first['msg']} (given: {first['input']!r})."
        ) from error


def _topic(entry: _TopicEntry, group: Group, where: _Where) -> Topic:
    if not entry.code.startswith(f"{group.code}."):
        raise BadRubricator(f"{where}: code {entry.code!r} must start with {group.code + '.'!r}.")
    if len({phrase.casefold() for phrase in entry.phrases}) != len(entry.phrases):
        raise BadRubricator(f"{where}: {entry.code} lists a phrase twice.")
    return Topic(
        entry.code, group, entry.name, entry.hint, entry.phrases, entry.importance, entry.aliases
    )


def _state(stated: _Stated, code: str, entry: _PairEntry, where: _Where) -> None:
    first, second = sorted((code, entry.code))
    if first == second:
        raise BadRubricator(f"{where}: {code} is paired with itself.")
    if (first, second) in stated:
        raise BadRubricator(f"{where}: the pair {first} and {second} is stated twice.")
    stated[first, second] = Pair(code, entry.code, entry.question), where


def _check_strays(folder: Path, groups: tuple[str, ...]) -> None:
    strays = {path.stem for path in folder.glob("*.toml")} - set(groups) - {Path(INDEX).stem}
    if strays:
        raise BadRubricator(
            f"{INDEX} does not list {sorted(strays)}: add them or remove the files."
        )


def _check_codes(topics: list[Topic], folder: Path) -> None:
    seen: set[str] = set()
    for topic in topics:
        if topic.code in seen:
            path = folder / f"{topic.group.code}.toml"
            rows = _rows(
                path.read_text(encoding="utf-8"), rf'^code\s*=\s*"{re.escape(topic.code)}"'
            )
            raise BadRubricator(
                f"{path.name}, line {rows[-1]}: code {topic.code!r} is given twice."
            )
        seen.add(topic.code)


def _rows(text: str, pattern: str) -> list[int]:
    """Numbers of the lines that match, from 1."""
    found = re.compile(pattern)
    return [number for number, line in enumerate(text.splitlines(), 1) if found.search(line)]


def _locate(text: str, loc: tuple[int | str, ...]) -> int:
    """Line of a value that is named by its path in the parsed file, from 1."""
    line = 1
    for part in loc:
        if isinstance(part, int) and loc[0] == "topic" and line == 1:
            line = _rows(text, r"^\[\[topic\]\]")[part]
        elif isinstance(part, str):
            after = [row for row in _rows(text, rf"^\s*{re.escape(part)}\s*=") if row >= line]
            line = after[0] if after else line
    return line


def _line_of_pair(text: str, topic: int, position: int) -> int:
    start = _locate(text, ("topic", topic, "confused_with"))
    rows = [row for row in _rows(text, r"question\s*=") if row >= start]
    return rows[position] if position < len(rows) else start
