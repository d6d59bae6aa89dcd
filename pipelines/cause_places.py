"""Sets of places that one cause may reach: those of an asset, of a recipient, of a district."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.pipelines.cause_cells import CauseCells

LEAST_PLACES = 3
MOST_SHARE = 0.4
"""A set with a larger share of all places is the city."""
_LEAST_MENTIONS = {"asset": 2, "recipient": 3, "district": 1}
_LEAST_OWN = 3

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PlaceSets:
    """Candidate sets.

    Parameters
    ----------
    names : list of (kind, name)
        Kind is "asset", "recipient" or "district".
    members : bool of shape (n_sets, n_places)
    own : bool of shape (n_topics, n_sets)
        Whether messages of the topic name the asset or go to the recipient: for other topics the
        set is only a neighbourhood, as a district is for all.
    """

    names: list[tuple[str, str]]
    members: Bools
    own: Bools


def find_place_sets(cells: CauseCells) -> PlaceSets:
    """Sets learnt from what messages name and where they were sent."""
    names: list[tuple[str, str]] = []
    members: list[Bools] = []
    own: list[Bools] = []
    for kind, name, rows in _named(cells.rows):
        mentions = np.bincount(rows["place_no"], minlength=len(cells.places))
        reached = mentions >= _LEAST_MENTIONS[kind]
        if not LEAST_PLACES <= reached.sum() <= MOST_SHARE * len(cells.places):
            continue
        names.append((kind, name))
        members.append(reached)
        topics = np.bincount(rows["topic_no"], minlength=len(cells.topics))
        own.append((topics >= _LEAST_OWN) & (kind != "district"))
    shape = (0, len(cells.places)), (len(cells.topics), 0)
    return PlaceSets(
        names,
        np.array(members) if members else np.zeros(shape[0], np.bool_),
        np.array(own).T if own else np.zeros(shape[1], np.bool_),
    )


def _named(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for kind in _LEAST_MENTIONS:
        for name, group in rows.dropna(subset=[kind]).groupby(kind):
            yield kind, str(name), group


def topic_pairs(cells: CauseCells, least_alike: float = 0.5) -> list[tuple[int, int]]:
    """Pairs of topics that one cause may raise together: the same recipients answer for both.

    Parameters
    ----------
    least_alike : float
        Cosine of the numbers of messages that went to each recipient.
    """
    sent = cells.rows.dropna(subset=["recipient"])
    table = pd.crosstab(sent["topic_no"], sent["recipient"])
    table = table.reindex(range(len(cells.topics)), fill_value=0)
    counts = table.to_numpy(np.float64)
    unit = counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)
    first, second = np.nonzero(np.triu(unit @ unit.T >= least_alike, 1))
    return list(zip(first.tolist(), second.tolist(), strict=True))
