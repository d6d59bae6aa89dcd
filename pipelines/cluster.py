"""Clusters of messages by their vectors: one interface, two engines."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from otklik.pipelines.beliefs import Beliefs, both_views, said_of_same
from otklik.pipelines.communities import communities

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Engine = Callable[[Floats, Floats | None], Labels]

ENGINES = ("graph", "bertopic")
MIN_SIZE = 3
OUTLIER = -1
_FLOOR = 0.1
_PRIOR = 50


def cluster(
    vectors: Floats,
    blocks: Sequence[str | None] | None = None,
    beliefs: Beliefs | None = None,
    *,
    engine: str = "graph",
    resolution: float | None = None,
    min_size: int = MIN_SIZE,
) -> Labels:
    """Put messages that are about the same into one cluster.

    The rows are put in an order of their own, by block and content, before anything is computed,
    and nothing is drawn at random: the same messages in any order get the same numbers. Rows that
    are equal count once, so a text sent a hundred times bends no cluster; all of its copies get
    its number. The common mean of a block is taken away first: vectors of one encoder crowd
    together, and what they share says nothing.

    Where a model has answered the messages, its answers are a second view: words that the encoder
    finds alike may be of two topics, and two topics that the model cannot tell apart are alike.

    Parameters
    ----------
    vectors : float32 of shape (n, dim), rows L2-normalised
        A row of zeros (a message without text) is an outlier.
    blocks : sequence of n str or None, or None
        Names of groups: no cluster crosses from one to another. Messages without a group (None)
        are a block too. None puts everything into one block.
    beliefs : Beliefs or None
        What was answered, row by row; where nothing was, the vector alone decides.
    engine : str
        `graph`, or `bertopic` (UMAP and HDBSCAN; needs the extra `cluster`).
    resolution : float or None
        Greater for more and smaller clusters; the graph's only, which has its own by default.
    min_size : int
        Messages of a cluster at the least, copies counted.

    Returns
    -------
    int64 of shape (n,)
        Numbers from 0, the largest cluster first; -1 for an outlier.

    Raises
    ------
    ValueError
        An unknown engine, vectors that are no finite matrix, blocks or beliefs of another length.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine is {engine!r}; expected one of {', '.join(ENGINES)}.")
    vectors = _checked(vectors)
    names = _block_numbers(blocks, len(vectors))
    rows, distinct = _distinct(vectors, names)
    said = _said(beliefs, distinct, len(rows))
    labels = np.full(len(rows), OUTLIER, dtype=np.int64)
    unit, numbers = vectors[rows], names[rows]
    weights = np.bincount(distinct, minlength=len(rows))
    common = unit.mean(axis=0) if len(unit) else 0.0
    run = _engine(engine, resolution, min_size)
    for number in np.unique(numbers):
        here = np.flatnonzero((numbers == number) & unit.any(axis=1))
        if len(here):
            moved = _centred(unit[here], common)
            told = _told(said, here)
            seen = moved if told is None else both_views(moved, told)
            found = _without_strangers(seen, run(moved, told))
            labels[here] = np.where(found < 0, OUTLIER, found + labels.max() + 1)
    labels[~unit.any(axis=1)] = OUTLIER
    return _numbered(labels, weights, min_size)[distinct]


def _checked(vectors: Floats) -> Floats:
    matrix = np.asarray(vectors, dtype=np.float32)
    if matrix.ndim != 2 or not np.isfinite(matrix).all():
        raise ValueError(
            f"vectors have shape {matrix.shape}; expected a matrix of finite numbers, a row for "
            "each message. Embed the messages again."
        )
    return matrix + np.float32(0.0)  # one zero instead of two: rows are compared by their bytes


def _block_numbers(blocks: Sequence[str | None] | None, rows: int) -> Labels:
    if blocks is None:
        return np.zeros(rows, dtype=np.int64)
    if len(blocks) != rows:
        raise ValueError(f"{len(blocks)} blocks for {rows} vectors; expected as many.")
    names = [_key(name) for name in blocks]
    place = {name: number for number, name in enumerate(sorted(set(names)))}
    return np.array([place[name] for name in names], dtype=np.int64)


def _key(name: str | None) -> tuple[bool, str]:
    missing = name is None or name != name  # a table says NaN where it means None
    return (missing, "" if missing else str(name))


def _distinct(vectors: Floats, names: Labels) -> tuple[Labels, Labels]:
    """Rows of the distinct messages, by block and content, and for every row its distinct one."""
    if not len(vectors):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    whole = np.empty((len(vectors), vectors.shape[1] + 1), dtype=np.uint32)
    whole[:, 0] = names.astype(np.uint32).byteswap()  # bytes sort by the block first
    whole[:, 1:] = np.ascontiguousarray(vectors).view(np.uint32)
    keys = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first.astype(np.int64), inverse.astype(np.int64).ravel()


def _centred(vectors: Floats, common: Floats | float) -> Floats:
    """Vectors less the mean of their block, of unit length; a small block leans on the common."""
    mean = (vectors.sum(axis=0) + _PRIOR * common) / (len(vectors) + _PRIOR)
    moved = vectors - mean
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
    return np.asarray(moved, dtype=np.float32)


def _said(beliefs: Beliefs | None, distinct: Labels, count: int) -> csr_array | None:
    if beliefs is None:
        return None
    if len(beliefs) != len(distinct):
        raise ValueError(
            f"{len(beliefs)} rows of beliefs for {len(distinct)} vectors; expected as many."
        )
    return said_of_same(beliefs.plainest(), distinct, count)


def _told(said: csr_array | None, rows: Labels) -> Floats | None:
    """Answers to the messages of a block; None where there are none."""
    if said is None or not (told := said[rows]).nnz:
        return None
    # labels of other blocks would make it wide for nothing
    return np.asarray(told[:, np.unique(told.indices)].toarray(), dtype=np.float32)


def _engine(name: str, resolution: float | None, min_size: int) -> Engine:
    if name == "graph":
        return partial(communities, resolution=resolution)
    from otklik.pipelines.bertopic_engine import topics

    def run(vectors: Floats, said: Floats | None) -> Labels:
        seen = vectors if said is None else both_views(vectors, said)
        return topics(seen, min_size=min_size)

    return run


def _without_strangers(vectors: Floats, labels: Labels) -> Labels:
    """Members that have next to nothing in common with the mean of their cluster are outliers."""
    inside = labels >= 0
    if not inside.any():
        return labels
    sums = np.zeros((labels.max() + 1, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, labels[inside], vectors[inside])
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    likeness = np.einsum("ij,ij->i", vectors, sums[np.maximum(labels, 0)])
    return np.where(inside & (likeness >= _FLOOR), labels, OUTLIER)


def _numbered(labels: Labels, weights: Labels, min_size: int) -> Labels:
    """Numbers by size, of clusters that are large enough; ties by the first of their rows."""
    sizes = np.bincount(labels[labels >= 0], weights[labels >= 0], minlength=1)
    kept = np.flatnonzero(sizes >= max(min_size, 1))
    order = kept[np.argsort(-sizes[kept], kind="stable")]
    number = np.full(len(sizes) + 1, OUTLIER, dtype=np.int64)  # the last one serves label -1
    number[order] = np.arange(len(order))
    return number[labels]
