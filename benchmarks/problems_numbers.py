"""Do problems keep their numbers: part of `make bench-problems`.

Cities of 20,000 messages, a year each. A year is worked through as it came and again with its
messages, and so their ids, shuffled. Vectors are hashed words, projected: enough for the engine to
have clusters to number; nothing is drawn at random there, so another order is all that another
seed could change.

A planted problem keeps its number in a week if the messages that it got that week are mostly under
the number that most of its weeks have: as it stood at the end of that week (weeks before the
number was given aside, a merged number read as the one that it goes on under), in the end, and
strictly: at the end of the week, weeks before the number was given and before a merger as lost.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from otklik.datasets.city_truth import LastingProblem
from otklik.datasets.ledger import Entry
from otklik.datasets.problem_book import ProblemBook
from otklik.datasets.records import Message
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.cluster import cluster
from otklik.pipelines.problem_week import work_week
from otklik.pipelines.snapshot import snapshot_of_messages
from otklik.pipelines.week import Week

ZONE = ZoneInfo("Europe/Moscow")
MESSAGES = 20_000
DIM, FEATURES = 96, 2**14


@dataclass
class Year:
    """A year worked through: the book, its entries, and numbers by name at the end of each week."""

    book: ProblemBook
    entries: list[Entry]
    at_once: dict[str, int]
    final: dict[str, int]


def run(seeds: Sequence[int]) -> Iterator[dict[str, Any]]:
    from sklearn.metrics import adjusted_rand_score

    rand, same, replayed = [], [], []
    kept: Counter[str] = Counter()
    problems = 0
    for seed in seeds:
        city = make_city(seed, MESSAGES)
        messages = list(city.messages)
        shuffled = random.Random(seed).sample(messages, len(messages))
        year, other = work_year(messages), work_year(shuffled)
        names = [message.external_id for message in messages]
        one, two = ([y.final[name] for name in names] for y in (year, other))
        rand.append(adjusted_rand_score(one, two))
        same.append(float(np.mean(np.array(one) == np.array(two))))
        replayed += [is_replayed(year), is_replayed(other)]
        problems += len(city.truth.problems)
        week_of = {m.external_id: week(m) for m in messages}
        for planted in city.truth.problems:
            kept += weeks_kept(planted, week_of, year)
    yield {"what": "planted problems", "asked": "", "reached": problems}
    yield {"what": "adjusted Rand, shuffled", "asked": ">= 0.98", "reached": min(rand)}
    yield {"what": "same number, shuffled", "asked": "== 1", "reached": min(same)}
    for how, asked in (("at once", ">= 0.95"), ("in the end", ">= 0.95"), ("strictly", "")):
        share = kept[how] / kept[f"weeks {how}"]
        yield {"what": f"weeks with the same number, {how}", "asked": asked, "reached": share}
    yield {"what": "ledger replay is the state", "asked": "== 1", "reached": int(min(replayed))}


def work_year(messages: Sequence[Message]) -> Year:
    snapshot = snapshot_of_messages(messages, hashed(messages))
    id_of = {message.external_id: number for number, message in enumerate(messages, 1)}
    by_week: dict[Week, list[str]] = defaultdict(list)
    for message in messages:
        by_week[week(message)].append(message.external_id)
    book, entries, at_once = ProblemBook(), [], {}
    current = min(by_week)
    while current <= max(by_week):
        found = work_week(snapshot, book, current, ZONE, cluster=cluster)
        for entry in found:
            book.apply(entry)
        entries += found
        for name in by_week[current]:
            at_once[name] = book.holders.get(id_of[name], 0)
        current = current.back(-1)
    final = {name: book.holders.get(number, 0) for name, number in id_of.items()}
    return Year(book, entries, at_once, final)


def weeks_kept(planted: LastingProblem, week_of: dict[str, date], year: Year) -> Counter[str]:
    numbers: dict[str, list[int]] = {}
    for how, held in (("at once", year.at_once), ("in the end", year.final)):
        weeks: dict[Week, Counter[int]] = defaultdict(Counter)
        for name in planted.ids:
            weeks[week_of[name]][held[name]] += 1
        numbers[how] = [counts.most_common(1)[0][0] for _, counts in sorted(weeks.items())]
    numbers["strictly"] = numbers["at once"]
    numbers["at once"] = [year.book.live(number) for number in numbers["at once"] if number]
    kept: Counter[str] = Counter()
    for how, found in numbers.items():
        kept[how] += max(Counter(found).values(), default=0)
        kept[f"weeks {how}"] += len(found)
    return kept


def is_replayed(year: Year) -> bool:
    replayed = ProblemBook.replay(year.entries)
    return replayed.problems == year.book.problems and replayed.holders == year.book.holders


def week(message: Message) -> Week:
    if message.posted_at is None:
        raise ValueError(f"{message.external_id} has no time")
    return Week.of(message.posted_at.astimezone(ZONE).date())


def hashed(messages: Sequence[Message]) -> npt.NDArray[np.float32]:
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.random_projection import SparseRandomProjection

    counts = HashingVectorizer(analyzer="char_wb", ngram_range=(4, 4), n_features=FEATURES)
    projection = SparseRandomProjection(DIM, random_state=0, dense_output=True)
    projection.fit(np.zeros((1, FEATURES)))
    vectors = projection.transform(counts.transform(message.text for message in messages))
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1), np.float32)
