"""Causes as citizens and officials claim them: counted by independent authors, side by side."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from otklik.datasets.duplicates import near_duplicate_groups
from otklik.pipelines.cause_lexicon import OTHER, CauseLexicon, default_lexicon
from otklik.pipelines.cause_statements import Statement, find_statements
from otklik.pipelines.snapshot import Snapshot

CITIZENS, OFFICIALS = "citizens", "officials"
COLUMNS = ("message_id", "side", "author", "cause_class", "span", "start", "stop", "at", "answer")
LEAST_AUTHORS = 2
"""Independent authors that a class needs before it stands against the other side's."""
_MOST_CACHED = 1 << 17
"""Texts whose statements are kept: weeks that follow each other read the same ones."""


@dataclass(frozen=True, slots=True)
class Version:
    """What one side claims: a class with everybody who names it.

    `authors` counts independent voices: people who wrote words of their own, or offices;
    `message_ids` are those that the claim stands in (for officials: that they answered), and
    `quotes` pairs of a message id and the words that name the cause, one an author.
    """

    side: str
    cause_class: str
    title: str
    authors: int
    message_ids: tuple[int, ...]
    quotes: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Citizens and officials name causes that cannot well be true together.

    `message_ids` are messages whose own answer names the other cause; empty where only the sides
    as a whole differ.
    """

    citizens: Version
    officials: Version
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Both sides' versions, the most voices first, and what contradicts."""

    citizens: tuple[Version, ...]
    officials: tuple[Version, ...]
    contradictions: tuple[Contradiction, ...]


def collect_claims(snapshot: Snapshot, ids: Collection[int] | None = None) -> pd.DataFrame:
    """Every statement of cause in messages and in answers.

    Parameters
    ----------
    ids : collection of int or None
        Only these messages and their answers.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: message_id (int64), side, author (key of the person; the office of an
        answer), cause_class, span, start and stop (offsets in the text), at (UTC), answer (number
        of the answer among all of the snapshot's, -1 for messages). Sorted by message, side,
        answer and place.
    """
    table, said = snapshot.table, snapshot.answers
    places = np.arange(len(said))
    if ids is not None:
        # Passports ask for a few messages of many, one after the other.
        wanted = pd.Index(list(ids))
        places = places[said["message_id"].isin(wanted).to_numpy()]
        table, said = table[table.index.isin(wanted)], said.iloc[places]
    rows: list[tuple[object, ...]] = []
    for number, text, author, at in zip(
        table.index.tolist(), table["text"], table["author"], table["dated_at"], strict=True
    ):
        name = author or f"message {number}"
        rows += _rows(_found(text or ""), number, CITIZENS, name, at, -1)
    columns = ("message_id", "text", "recipient", "answered_at")
    for place, number, text, office, at in zip(
        places.tolist(), *(said[name] for name in columns), strict=True
    ):
        name = office or "office unknown"
        rows += _rows(_found(text or ""), number, OFFICIALS, name, at, place)
    claims = pd.DataFrame(rows, columns=list(COLUMNS))
    claims["at"] = pd.to_datetime(claims["at"], utc=True)
    return claims.sort_values(["message_id", "side", "answer", "start"], ignore_index=True)


def independent_voices(claims: pd.DataFrame, texts: pd.Series) -> pd.Series:
    """Number who stands behind each claim: a person, with all whose words nearly repeat theirs.

    Parameters
    ----------
    claims : DataFrame
        As `collect_claims` gives them.
    texts : Series of str
        Texts of messages by id, the table's column.

    Returns
    -------
    Series of int64
        Voice of each claim, by the claims' index. Officials: one office, one voice.
    """
    people = claims["side"] == CITIZENS
    own = claims[people]
    numbers = own["message_id"].unique()
    groups = near_duplicate_groups([str(texts.loc[number]) for number in numbers])
    copies = own["message_id"].map(dict(zip(numbers, groups, strict=True)))
    voices = pd.Series(0, index=claims.index, dtype="int64")
    voices[people] = _joined(pd.factorize(own["author"])[0], copies.to_numpy(np.int64))
    voices[~people] = pd.factorize(claims.loc[~people, "author"])[0]
    return voices


def _joined(authors: npt.NDArray[np.int64], copies: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Number of the component of each row in the graph of authors and groups of copies."""
    if not len(authors):
        return authors
    shift = int(authors.max()) + 1
    n_nodes = shift + int(copies.max()) + 1
    links = coo_array((np.ones(len(authors)), (authors, copies + shift)), shape=(n_nodes, n_nodes))
    _, labels = connected_components(links, directed=False)
    found: npt.NDArray[np.int64] = labels[authors].astype(np.int64)
    return found


def side_by_side(
    claims: pd.DataFrame, texts: pd.Series, lexicon: CauseLexicon | None = None
) -> SideBySide:
    """Set the versions of citizens and officials against each other.

    Parameters
    ----------
    claims : DataFrame
        Claims about one trouble, as `collect_claims` gives them.
    texts : Series of str
        Texts of messages by id.
    """
    lexicon = lexicon or default_lexicon()
    counted = claims.assign(voice=independent_voices(claims, texts))
    sides = {
        side: tuple(_versions(side, counted[counted["side"] == side], lexicon))
        for side in (CITIZENS, OFFICIALS)
    }
    contradictions = _contradictions(sides[CITIZENS], sides[OFFICIALS], lexicon)
    return SideBySide(sides[CITIZENS], sides[OFFICIALS], tuple(contradictions))


def _versions(side: str, claims: pd.DataFrame, lexicon: CauseLexicon) -> list[Version]:
    versions = []
    for code, own in claims.groupby("cause_class"):
        first = own.drop_duplicates("voice")
        versions.append(
            Version(
                side,
                str(code),
                lexicon.titles[str(code)],
                int(own["voice"].nunique()),
                tuple(own["message_id"].unique().tolist()),
                tuple(zip(first["message_id"].tolist(), first["span"].tolist(), strict=True)),
            )
        )
    return sorted(versions, key=lambda one: (-one.authors, -len(one.message_ids), one.cause_class))


def _contradictions(
    citizens: Sequence[Version], officials: Sequence[Version], lexicon: CauseLexicon
) -> list[Contradiction]:
    """Leading versions that differ, and classes that stand against each other in one message."""
    leading = (_leading(citizens), _leading(officials))
    found = []
    for one in citizens:
        for other in officials:
            if not lexicon.contradict(one.cause_class, other.cause_class):
                continue
            both = set(one.message_ids) & set(other.message_ids)
            if both or ((one, other) == leading and one.authors >= LEAST_AUTHORS):
                found.append(Contradiction(one, other, tuple(sorted(both))))
    return sorted(found, key=lambda pair: -min(pair.citizens.authors, len(pair.officials.quotes)))


def _leading(versions: Iterable[Version]) -> Version | None:
    return next((version for version in versions if version.cause_class != OTHER), None)


@lru_cache(maxsize=_MOST_CACHED)
def _found(text: str) -> tuple[Statement, ...]:
    return tuple(find_statements(text))


def _rows(
    statements: Iterable[Statement], number: int, side: str, author: str, at: object, answer: int
) -> list[tuple[object, ...]]:
    return [
        (number, side, author, one.cause_class, one.span, one.start, one.stop, at, answer)
        for one in statements
    ]
