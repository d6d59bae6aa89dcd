"""What models said of messages: a second view of how alike they are, beside their vectors."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sqlalchemy import func, select

from otklik.datasets.schema import PREDICTIONS
from otklik.datasets.store_bulk import among, chop
from otklik.datasets.store_engine import Database

Floats = npt.NDArray[np.float32]
Heads = Mapping[str, Sequence[tuple[str, float]]]

SAY = np.float32(2.0)
"""How much the answers of a model count beside the vector, whose say is 1."""


@dataclass(frozen=True)
class Beliefs:
    """Answers of every head to messages.

    Parameters
    ----------
    said : csr_array of float32, shape (n, n_labels)
        Probabilities of the likeliest labels; rows of zeros where nothing was answered.
    heads : tuple of n_labels str
        Head of each column; columns are in the order of heads and labels.
    """

    said: csr_array
    heads: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.said.shape[0])

    def part(self, rows: npt.NDArray[np.int64]) -> "Beliefs":
        """Those of some messages, by their row numbers."""
        return Beliefs(self.said[rows], self.heads)

    def plainest(self) -> csr_array:
        """Answers of the head that tells these messages apart best, as square roots.

        The product of two rows is their Bhattacharyya coefficient: 1 where the head answers the
        same and is as sure, 0 where it sees different topics. What lies beyond the labels that are
        stored counts as unlike. A head of another city's topics, or of a few groups, tells less.

        Returns
        -------
        csr_array of float32, shape (n, n_labels of the head)
        """
        heads = np.array(self.heads)
        names = sorted(set(self.heads))
        parts = [self.said[:, np.flatnonzero(heads == name)] for name in names]
        best = max(parts, key=_information)
        return csr_array((np.sqrt(best.data), best.indices, best.indptr), shape=best.shape)


def read_beliefs(database: Database, ids: Sequence[int]) -> Beliefs | None:
    """Read the last answers to messages, row by row; None where none of them has one."""
    found: dict[int, Heads] = {}
    for batch in chop(ids):
        with database.reading() as connection:
            last = (
                select(func.max(PREDICTIONS.c.id))
                .where(among(connection, PREDICTIONS.c.message_id, batch))
                .group_by(PREDICTIONS.c.message_id)
            )
            query = select(PREDICTIONS.c.message_id, PREDICTIONS.c.heads)
            for number, heads in connection.execute(query.where(PREDICTIONS.c.id.in_(last))):
                found[number] = heads
    return beliefs_of(found.get(number, {}) for number in ids)


def beliefs_of(answers: Iterable[Heads]) -> Beliefs | None:
    """Put answers into rows; None where nothing was answered at all.

    Parameters
    ----------
    answers : iterable of mapping
        By head, its likeliest labels with probabilities; empty where nothing was answered.
    """
    rows: list[int] = []
    labels: list[tuple[str, str]] = []
    values: list[float] = []
    count = 0
    for heads in answers:
        for head, ranked in heads.items():
            for label, probability in ranked:
                rows.append(count)
                labels.append((head, label))
                values.append(probability)
        count += 1
    if not rows:
        return None
    known = sorted(set(labels))
    place = {label: number for number, label in enumerate(known)}
    data = np.array(values, np.float32)
    said = csr_array((data, (rows, [place[one] for one in labels])), shape=(count, len(known)))
    return Beliefs(said, tuple(head for head, _ in known))


def both_views(vectors: Floats, said: Floats) -> Floats:
    """Vectors and answers side by side, rows of unit length.

    Parameters
    ----------
    vectors : float32 of shape (n, dim), rows L2-normalised
        Centred.
    said : float32 of shape (n, n_labels)
        Rows of `Beliefs.plainest`.
    """
    joined = np.hstack([vectors, SAY * said])
    joined /= np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-12)
    return np.asarray(joined, dtype=np.float32)


def _information(said: csr_array) -> float:
    """Mutual information of messages and labels in nats; unknown labels count as one."""
    answered = np.diff(said.indptr) > 0
    if not answered.any():
        return 0.0
    given = said.sum(axis=1)[answered].astype(np.float64)
    rest = np.maximum(1 - given, 0)
    marginal = said.sum(axis=0).astype(np.float64) / answered.sum()
    own = _entropy(said.data.astype(np.float64)) + _entropy(rest)
    return _entropy(np.append(marginal, rest.mean())) - own / float(answered.sum())


def _entropy(shares: npt.NDArray[np.float64]) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())


def said_of_same(said: csr_array, same: npt.NDArray[np.int64], count: int) -> csr_array:
    """One row for rows of one number: the greatest of each label, so that no order matters.

    Parameters
    ----------
    same : int64 of shape (n,)
        Number of each row, 0 to `count` - 1.
    """
    entries = said.tocoo()
    rows = same[entries.row]
    order = np.lexsort((entries.data, entries.col, rows))
    rows, columns, data = rows[order], entries.col[order], entries.data[order]
    following = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    last = np.append(following, np.ones(min(len(rows), 1), bool))
    shape = (count, said.shape[1])
    return csr_array((data[last], (rows[last], columns[last])), shape=shape)
