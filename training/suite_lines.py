"""Own lines of the behaviour suite: topics, sentiment and kinds of utterance, as tables."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.errors import BadSuite, UnknownTopic
from otklik.datasets.rubricator import Rubricator
from otklik.models.utterance import Kind

SUITE = Path(__file__).with_name("suite")
SENTIMENTS = ("negative", "neutral", "positive")
ACTS = ("-", "greeting", "thanks", "congratulation")
PARTS = ("dev", "held")


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A line with the codes that are right for it; `group` is that of the first."""

    text: str
    topics: tuple[str, ...]
    group: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SentimentLine:
    """A line with its sentiment, its speech act or "-", and why it is hard or ""."""

    text: str
    sentiment: str
    act: str
    hard: str


@dataclass(frozen=True, slots=True)
class KindLine:
    """A line with its kind; `part` says whether rules may be tuned on it."""

    text: str
    kind: Kind
    part: str


@dataclass(frozen=True, slots=True)
class Suite:
    """Every line that a bundle is tried on."""

    topics: tuple[TopicLine, ...]
    sentiments: tuple[SentimentLine, ...]
    kinds: tuple[KindLine, ...]


def load_suite(rubricator: Rubricator, folder: Path = SUITE) -> Suite:
    """Read the three tables.

    Raises
    ------
    BadSuite
        Names file and line: unknown code, unknown word, missing column, a text given twice.
    """
    topics = load_topics(rubricator, folder / "topics.tsv")
    sentiments = load_sentiments(folder / "sentiment.tsv")
    return Suite(tuple(topics), tuple(sentiments), tuple(load_kinds(folder / "utterance.tsv")))


def load_topics(rubricator: Rubricator, path: Path = SUITE / "topics.tsv") -> list[TopicLine]:
    """Read the lines with topics of `im-2026`."""
    lines = []
    for number, (given, text) in _rows(path, ("topic", "text")):
        topics = tuple(given.split("|"))
        try:
            groups = tuple(rubricator.topic(code).group.code for code in topics)
        except UnknownTopic as error:
            raise BadSuite(f"{path.name}, line {number}: {error}") from error
        lines.append(TopicLine(text, topics, groups[0], groups))
    return lines


def load_sentiments(path: Path = SUITE / "sentiment.tsv") -> list[SentimentLine]:
    """Read the lines with sentiment."""
    lines = []
    for number, (label, act, hard, text) in _rows(path, ("label", "act", "hard", "text")):
        _check(path, number, label, SENTIMENTS)
        _check(path, number, act, ACTS)
        lines.append(SentimentLine(text, label, act, hard.strip("-")))
    return lines


def load_kinds(path: Path = SUITE / "utterance.tsv") -> list[KindLine]:
    """Read the lines with kinds of utterance."""
    lines = []
    for number, (part, kind, text) in _rows(path, ("part", "kind", "text")):
        _check(path, number, part, PARTS)
        _check(path, number, kind, [name.name.lower() for name in Kind])
        lines.append(KindLine(text, Kind[kind.upper()], part))
    return lines


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSuite(f"{path} cannot be read: {error}. Restore the suite.") from error
    seen: dict[str, int] = {}
    header: list[str] | None = None
    rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    for number, row in enumerate(rows, 1):
        if not row or row[0].startswith("#"):
            continue
        if header is None:
            header = row
            if header != list(columns):
                raise BadSuite(f"{path.name}, line {number}: columns {header}, not {columns}.")
            continue
        if len(row) != len(columns) or not all(row):
            raise BadSuite(f"{path.name}, line {number}: {len(row)} cells, not {len(columns)}.")
        text = row[-1].replace("\\n", "\n")
        if text in seen:
            raise BadSuite(f"{path.name}, line {number}: the text of line {seen[text]} again.")
        seen[text] = number
        yield number, [*row[:-1], text]


def _check(path: Path, number: int, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise BadSuite(f"{path.name}, line {number}: {given!r} is none of {', '.join(known)}.")
