"""Who writes about what, where and in which week, counted so that loud authors weigh no more."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.duplicates import near_duplicate_groups

NOWHERE = ""
"""District of messages whose place is unknown."""

PATIENCE = 3
"""So often may one author send one text on one question before it counts against him."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """People behind every candidate.

    Parameters
    ----------
    keys : tuple of str
        Candidates, sorted.
    ids : tuple of int64 arrays
        Messages of each candidate.
    own : tuple of int64 arrays
        Those of them that were the first with their words: what is read for wishes and importance.
    districts : tuple of str
        Sorted; `NOWHERE` is not among them.
    cells : float64 of shape (n_candidates, n_districts + 1, n_weeks)
        Authors, each in the district and week of the first message on the candidate; who only
        repeats another's words counts as `copier`. The last district is nowhere.
    active : float64 of shape (n_candidates, n_weeks)
        Authors who wrote on the candidate in a week, whenever they began; copies as above.
    """

    keys: tuple[str, ...]
    ids: tuple[npt.NDArray[np.int64], ...]
    own: tuple[npt.NDArray[np.int64], ...]
    districts: tuple[str, ...]
    cells: Floats
    active: Floats


def count_people(table: pd.DataFrame, candidate: Mapping[int, str], copier: float) -> Counts:
    """Count the authors of every candidate.

    Parameters
    ----------
    table : DataFrame
        Of a `Snapshot`; all messages of the period.
    candidate : mapping of int to str
        Message id → candidate; messages that are none are left out.
    copier : float
        Weight of an author who wrote nothing of his own on a candidate.
    """
    chosen = table[table.index.isin(list(candidate))].sort_values(["dated_at"], kind="stable")
    keys = tuple(sorted({candidate[number] for number in chosen.index}))
    districts = tuple(sorted({one for one in chosen["district"] if one}))
    weeks = week_numbers(table["dated_at"])
    count = int(weeks.max()) + 1 if len(weeks) else 0
    week_of = dict(zip(table.index, weeks.tolist(), strict=True))
    texts = near_duplicate_groups(chosen["text"].tolist()).tolist() if len(chosen) else []
    place = {name: at for at, name in enumerate(districts)}
    cells = np.zeros((len(keys), len(districts) + 1, count))
    active = np.zeros((len(keys), count))
    row_of = {key: at for at, key in enumerate(keys)}
    weights, own = _weights(chosen, candidate, texts, copier)
    begun: set[tuple[str, str]] = set()
    present: set[tuple[str, str, int]] = set()
    for number, author, district in zip(
        chosen.index, authors_of(chosen), chosen["district"], strict=True
    ):
        key, week = candidate[number], week_of[number]
        weight = weights[key, author]
        if (key, author) not in begun:
            begun.add((key, author))
            cells[row_of[key], place.get(district or NOWHERE, len(districts)), week] += weight
        if (key, author, week) not in present:
            present.add((key, author, week))
            active[row_of[key], week] += weight
    ids, first = (_by_key(keys, candidate, numbers) for numbers in (chosen.index, own))
    return Counts(keys, ids, first, districts, cells, active)


def _by_key(
    keys: Sequence[str], candidate: Mapping[int, str], numbers: Iterable[int]
) -> tuple[npt.NDArray[np.int64], ...]:
    of_key: dict[str, list[int]] = {key: [] for key in keys}
    for number in numbers:
        of_key[candidate[number]].append(number)
    return tuple(np.array(sorted(of_key[key]), np.int64) for key in keys)


def authors_of(table: pd.DataFrame) -> list[str]:
    """Author of every message; an unknown one counts as somebody new each time."""
    pairs = zip(table["author"], table.index, strict=True)
    return [author if isinstance(author, str) else f"message {number}" for author, number in pairs]


def week_numbers(moments: pd.Series) -> npt.NDArray[np.int64]:
    """Weeks since the earliest moment, seven days each."""
    if not len(moments):
        return np.empty(0, np.int64)
    days = (moments - moments.min()).dt.total_seconds() // 86_400
    weeks: npt.NDArray[np.int64] = (days // 7).to_numpy().astype(np.int64)
    return weeks


def _weights(
    chosen: pd.DataFrame, candidate: Mapping[int, str], texts: Sequence[int], copier: float
) -> tuple[dict[tuple[str, str], float], list[int]]:
    """1 for an author who was the first with some words on a candidate, else `copier`.

    Who sends one text again and again counts less, the more often. And the messages that were the
    first with their words.
    """
    first: set[tuple[str, int]] = set()
    weights: dict[tuple[str, str], float] = {}
    firsts: list[int] = []
    sent: Counter[tuple[str, str, int]] = Counter()
    for number, author, text in zip(chosen.index, authors_of(chosen), texts, strict=True):
        key = candidate[number]
        own = (key, int(text)) not in first
        first.add((key, int(text)))
        weights[key, author] = 1.0 if own else max(copier, weights.get((key, author), copier))
        sent[key, author, int(text)] += 1
        if own:
            firsts.append(number)
    for (key, author, _), times in sent.items():
        if times > PATIENCE:
            weights[key, author] = min(weights[key, author], PATIENCE / times)
    return weights, firsts
