"""What models said of messages: a second view of how alike they are, beside their vectors."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sqlalchemy import func, select

from otklik.datasets.schema import PREDICTIONS
from otklik.datasets.store_bulk import among, chop
from otklik.datasets.store_engine import Database
from otklik.pipelines.snapshot_topics import SENTIMENT

Heads = Mapping[str, Sequence[tuple[str, float]]]
ASIDE = frozenset({SENTIMENT, "rusentitweet"})
"""Heads that tell how a message is written, not what it is about."""


def read_beliefs(database: Database, ids: Sequence[int]) -> csr_array | None:
    """Read the last answers to messages; None where none of them has one.

    Returns
    -------
    csr_array of float32, shape (n_ids, n_labels)
        As of `beliefs_of`.
    """
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


def beliefs_of(answers: Iterable[Heads]) -> csr_array | None:
    """Square roots of probabilities: the product of two rows says how alike the answers are.

    It is the mean over heads of their Bhattacharyya coefficient: 1 where the heads answer the same
    and are sure or doubt in the same way, 0 where they see different things. What lies beyond the
    likeliest labels that are stored counts as unlike.

    Parameters
    ----------
    answers : iterable of mapping
        By head, its likeliest labels with probabilities; empty where nothing was answered.

    Returns
    -------
    csr_array of float32, shape (n_answers, n_labels), or None
        A column for each label that occurs, in the order of heads and labels; rows of zeros where
        nothing was answered, None where nothing was answered at all.
    """
    rows: list[int] = []
    labels: list[tuple[str, str]] = []
    values: list[float] = []
    count = 0
    for heads in answers:
        told = {head: ranked for head, ranked in heads.items() if ranked and head not in ASIDE}
        for head, ranked in told.items():
            for label, probability in ranked:
                rows.append(count)
                labels.append((head, label))
                values.append(probability / len(told))
        count += 1
    if not rows:
        return None
    place = {label: number for number, label in enumerate(sorted(set(labels)))}
    columns = [place[label] for label in labels]
    data = np.sqrt(np.array(values, np.float32))
    return csr_array((data, (rows, columns)), shape=(count, len(place)))


def said_of_same(beliefs: csr_array, same: npt.NDArray[np.int64], count: int) -> csr_array:
    """One row for rows of one number: the greatest of each label, so that no order matters.

    Parameters
    ----------
    same : int64 of shape (n,)
        Number of each row, 0 to `count` - 1.
    """
    entries = beliefs.tocoo()
    rows = same[entries.row]
    order = np.lexsort((entries.data, entries.col, rows))
    rows, columns, data = rows[order], entries.col[order], entries.data[order]
    following = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    last = np.append(following, np.ones(min(len(rows), 1), bool))
    shape = (count, beliefs.shape[1])
    return csr_array((data[last], (rows[last], columns[last])), shape=shape)
