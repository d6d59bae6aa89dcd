"""Texts that say nearly the same: near-repeats by MinHash."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from otklik.datasets.minhash import (
    PERMUTATIONS,
    Signatures,
    band_keys,
    rows_per_band,
    signatures_of,
)
from otklik.datasets.text_key import comparable_text

WINDOW = 32
_PAIRS_AT_ONCE = 1 << 14

Pairs = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def near_duplicate_groups(texts: Sequence[str], threshold: float = 0.8) -> npt.NDArray[np.int64]:
    """Number the groups of texts that say nearly the same.

    Two texts are linked where the estimated Jaccard similarity of their runs of five characters
    reaches `threshold`; a group is everything that links join, so its ends may be less alike.
    «Не горит фонарь, Мира 5» and «…, Мира 7» are near-duplicates: right for splits and for
    audits, not a proof that two residents report one lamp.

    Within a crowded bucket every text is compared with its 32 neighbours in the order of the next
    band, not with all: the time stays near linear when thousands of texts share a template.

    Parameters
    ----------
    texts : sequence of str
        As written; compared by `comparable_text`.
    threshold : float
        Between 0 (excluded) and 1.

    Returns
    -------
    int64 of shape (n_texts,)
        Group numbers from 0 in the order of first appearance. Another order of the same texts
        gives the same groups.

    Raises
    ------
    ValueError
        Threshold out of range.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}; expected more than 0 and at most 1.")
    compared = [comparable_text(text) for text in texts]
    distinct = sorted(set(compared))
    place_of = {text: place for place, text in enumerate(distinct)}
    places = np.fromiter(map(place_of.__getitem__, compared), dtype=np.int64, count=len(compared))
    return _renumbered(_linked(distinct, threshold)[places])


def _linked(distinct: list[str], threshold: float) -> npt.NDArray[np.int64]:
    signatures = signatures_of(distinct)
    rows = rows_per_band(threshold)
    groups = np.arange(len(distinct), dtype=np.int64)
    for start in range(0, PERMUTATIONS - rows + 1, rows):
        links = [
            (left[close], right[close])
            for left, right in _candidates(signatures, start, rows, groups)
            if (close := _similarity(signatures, left, right) >= threshold).any()
        ]
        if links:
            groups = _joined(groups, *(np.concatenate(side) for side in zip(*links, strict=True)))
    return groups


def _candidates(
    signatures: Signatures, start: int, rows: int, groups: npt.NDArray[np.int64]
) -> Iterator[Pairs]:
    """Pairs that share a band and are not yet in one group, some thousands at a time."""
    keys = band_keys(signatures, start, rows)
    order = np.lexsort((band_keys(signatures, start + rows, rows), keys))
    keys = keys[order]
    for distance in range(1, WINDOW + 1):
        together = np.flatnonzero(keys[:-distance] == keys[distance:])
        if not len(together):
            return
        left, right = order[together], order[together + distance]
        apart = groups[left] != groups[right]
        left, right = left[apart], right[apart]
        for first in range(0, len(left), _PAIRS_AT_ONCE):
            chunk = slice(first, first + _PAIRS_AT_ONCE)
            yield left[chunk], right[chunk]


def _similarity(
    signatures: Signatures, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    equal = np.count_nonzero(signatures[left] == signatures[right], axis=1)
    return np.asarray(equal, dtype=np.float64) / PERMUTATIONS


def _joined(
    groups: npt.NDArray[np.int64], left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    links = coo_array(
        (np.ones(len(left), dtype=np.int8), (groups[left], groups[right])),
        shape=(len(groups), len(groups)),
    )
    component: npt.NDArray[np.int32] = connected_components(links, directed=False)[1]
    return component[groups].astype(np.int64)


def _renumbered(groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
