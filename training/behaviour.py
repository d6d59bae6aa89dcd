"""Behaviour tests of a classifier on own lines: functionality, invariance, direction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from scipy.stats import beta

from otklik.datasets.rubricator import Rubricator
from otklik.models.classifier import rubricator_head
from otklik.models.importance import ImportanceScale, default_scale
from otklik.training.perturb import ANGER, DANGERS, INVARIANCES, THANKS
from otklik.training.suite_lines import Suite, TopicLine

ALL = "all"
FUNCTIONALITY, INVARIANCE, DIRECTION = "functionality", "invariance", "direction"
SENTIMENT, KIND, IMPORTANCE = "sentiment", "utterance", "importance"
TOLERANCE = 0.01
"""How far a probability may move the wrong way before the test counts as failed."""

Heads = Mapping[str, Sequence[tuple[str, float]]]
"""What is said of one text: per head the labels by rank with probabilities, as in `Prediction`."""


class Classify(Protocol):
    """A classifier under test; a bundle's is `bundle.classify`."""

    def __call__(self, texts: Sequence[str]) -> Sequence[Heads]:
        """Heads of each text, in the order of the texts."""


@dataclass(frozen=True, slots=True)
class Row:
    """Failures of one test on one head within one group of the rubricator, or in all.

    `low`, `high` is the exact (Clopper-Pearson) 95 % interval of the rate.
    """

    kind: str
    test: str
    head: str
    group: str
    lines: int
    failures: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """Share of lines that failed."""
        return self.failures / self.lines


@dataclass(frozen=True, slots=True)
class BehaviourTable:
    """Failure rates by test, head and group; groups follow the rubricator, "all" comes first."""

    rubricator: str
    seed: int
    rows: tuple[Row, ...]

    def find(self, test: str, head: str, group: str = ALL) -> Row | None:
        """Row of a test, None where it was not run."""
        wanted = (test, head, group)
        return next((r for r in self.rows if (r.test, r.head, r.group) == wanted), None)

    def to_json(self, baseline: "BehaviourTable | None" = None) -> dict[str, Any]:
        """Give the table as JSON writes it; a baseline's rate stands beside ours."""
        rows = []
        for row in self.rows:
            entry: dict[str, Any] = {name: getattr(row, name) for name in row.__slots__}
            entry["rate"] = row.rate
            if baseline is not None:
                rival = baseline.find(row.test, row.head, row.group)
                entry["baseline_rate"] = None if rival is None else rival.rate
            rows.append(entry)
        return {"rubricator": self.rubricator, "seed": self.seed, "rows": rows}


@dataclass(frozen=True, slots=True)
class _Outcome:
    kind: str
    test: str
    head: str
    group: str
    failed: bool


def run_behaviour(
    classify: Classify,
    suite: Suite,
    rubricator: Rubricator,
    seed: int,
    scale: ImportanceScale | None = None,
) -> BehaviourTable:
    """Try a classifier on every line of a suite; heads that it lacks are left out.

    Parameters
    ----------
    classify : Classify
        Called once per test with all its texts.
    suite : Suite
        What `load_suite` returns.
    rubricator : Rubricator
        Whose codes the lines carry; names the heads (`im_2026`, `im_2026_group`).
    seed : int
        Chooses typos, greetings and the like; the same seed gives the same texts.
    scale : ImportanceScale or None
        Rules of importance under test; None means the shipped ones.
    """
    head = rubricator_head(rubricator.version)
    outcomes = [
        *_topics(classify, suite.topics, head, seed),
        *_sentiments(classify, suite),
        *_kinds(classify, suite),
        *_dangers(scale or default_scale(), suite.topics, rubricator),
    ]
    order = [ALL, *(group.code for group in rubricator.groups)]
    return BehaviourTable(rubricator.version, seed, tuple(_count(outcomes, order)))


def _topics(
    classify: Classify, lines: Sequence[TopicLine], head: str, seed: int
) -> Iterator[_Outcome]:
    group_head = f"{head}_group"
    before = classify([line.text for line in lines])
    for line, said in zip(lines, before, strict=True):
        for name, right, top in (
            (head, line.topics, 1),
            (head, line.topics, 3),
            (group_head, line.groups, 1),
        ):
            if name in said:
                test = "own line" if top == 1 else f"own line, top {top}"
                failed = not {label for label, _ in said[name][:top]} & set(right)
                yield _Outcome(FUNCTIONALITY, test, name, line.group, failed)
    for test, perturb in INVARIANCES.items():
        texts = [perturb(line.text, Random(f"{seed} {test} {line.text}")) for line in lines]
        changed = [place for place, line in enumerate(lines) if texts[place] != line.text]
        after = classify([texts[place] for place in changed])
        for place, said in zip(changed, after, strict=True):
            for name in (head, group_head):
                if name in said:
                    failed = said[name][0][0] != before[place][name][0][0]
                    yield _Outcome(INVARIANCE, test, name, lines[place].group, failed)


def _sentiments(classify: Classify, suite: Suite) -> Iterator[_Outcome]:
    texts = [line.text for line in suite.sentiments]
    before = classify(texts)
    if not before or SENTIMENT not in before[0]:
        return
    for line, said in zip(suite.sentiments, before, strict=True):
        kind = line.hard or ("speech act" if line.act != "-" else line.sentiment)
        failed = said[SENTIMENT][0][0] != line.sentiment
        yield _Outcome(FUNCTIONALITY, f"sentiment: {kind}", SENTIMENT, ALL, failed)
    for test, addition, up, down in (
        ("thanks added", THANKS, "positive", "negative"),
        ("anger added", ANGER, "negative", "positive"),
    ):
        after = classify([text + addition for text in texts])
        for old, new in zip(before, after, strict=True):
            rises = _probability(new, up) - _probability(old, up)
            falls = _probability(old, down) - _probability(new, down)
            failed = min(rises, falls) < -TOLERANCE
            yield _Outcome(DIRECTION, test, SENTIMENT, ALL, failed)


def _kinds(classify: Classify, suite: Suite) -> Iterator[_Outcome]:
    said = classify([line.text for line in suite.kinds])
    for line, heads in zip(suite.kinds, said, strict=True):
        if KIND in heads:
            known = (line.kind.value, line.kind.name.lower())
            failed = heads[KIND][0][0] not in known
            yield _Outcome(FUNCTIONALITY, f"kind: {known[1]}", KIND, ALL, failed)


def _dangers(
    scale: ImportanceScale, lines: Sequence[TopicLine], rubricator: Rubricator
) -> Iterator[_Outcome]:
    for code, (addition, level) in DANGERS.items():
        for line in lines:
            topic = rubricator.topic(line.topics[0])
            before = scale.rate(line.text, topic)
            told = any(reason.code == code for reason in before.reasons)
            if told or before.value >= level or not scale.concerns(code, topic):
                continue
            after = scale.rate(f"{line.text}.{addition}", topic)
            failed = after.value <= before.value
            yield _Outcome(DIRECTION, f"{code} added", IMPORTANCE, line.group, failed)


def _probability(said: Heads, label: str) -> float:
    return dict(said[SENTIMENT]).get(label, 0.0)


def _count(outcomes: Iterable[_Outcome], order: Sequence[str]) -> Iterator[Row]:
    counts: dict[tuple[str, str, str], dict[str, list[int]]] = {}
    for outcome in outcomes:
        groups = counts.setdefault((outcome.kind, outcome.test, outcome.head), {})
        for group in {ALL, outcome.group}:
            tally = groups.setdefault(group, [0, 0])
            tally[0] += 1
            tally[1] += outcome.failed
    for (kind, test, head), groups in counts.items():
        for group in sorted(groups, key=order.index):
            lines, failures = groups[group]
            yield Row(kind, test, head, group, lines, failures, *_interval(failures, lines))


def _interval(failures: int, lines: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper-Pearson interval of a rate."""
    tail = (1 - level) / 2
    low = beta.ppf(tail, failures, lines - failures + 1) if failures else 0.0
    high = beta.ppf(1 - tail, failures + 1, lines - failures) if failures < lines else 1.0
    return float(low), float(high)
