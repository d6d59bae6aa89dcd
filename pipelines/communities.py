"""Communities of a graph of neighbours: the engine of our own."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array, csr_matrix, diags_array
from scipy.sparse.csgraph import connected_components

from otklik.pipelines.beliefs import both_views
from otklik.pipelines.neighbours import Floats, nearest

Labels = npt.NDArray[np.int64]

NEIGHBOURS = 15
RESOLUTION, TOLD_RESOLUTION = 0.8, 0.2
"""With vectors alone, and where a model has answered: its topics need not be cut again."""
_STEPS = 3
_SHARE = 0.8
_POWER, _TOLD_POWER = 4, 24
_EDGES_AT_ONCE = 1 << 16


def communities(
    vectors: Floats,
    said: Floats | None = None,
    *,
    resolution: float | None = None,
    neighbours: int = NEIGHBOURS,
) -> Labels:
    """Communities of the graph that joins every row with its nearest.

    Two rows that name each other are joined by their cosine squared, rows of which only one names
    the other by half of it: a hub that everybody names holds no cluster together. Then every row
    is averaged with its neighbours, three times, and an edge counts by how alike its ends are
    afterwards: what links two crowds by a chance word grows weak. Where a model has answered, both
    views find the neighbours, and its answers, averaged like this, weigh the edges. The graph is
    cut by the Louvain method in the order of the rows, without chance; a community that is in
    pieces (which Louvain, unlike Leiden, may leave) is taken apart.

    Parameters
    ----------
    vectors : float32 of shape (n, dim), rows L2-normalised
        Centred: the cosine of two unlike rows is about zero.
    said : float32 of shape (n, n_labels) or None
        Square roots of probabilities, rows of zeros where nothing was answered.
    resolution : float or None
        Greater for more and smaller communities.

    Returns
    -------
    int64 of shape (n,)
        Numbers from 0; a row without a like is a community of its own.
    """
    if len(vectors) < 3:
        return np.arange(len(vectors), dtype=np.int64)
    from sknetwork.clustering import Louvain

    seen = vectors if said is None else both_views(vectors, said)
    graph = _graph(seen, min(neighbours, len(vectors) - 1))
    told = None if said is None else _averaged(_unit(said), graph)
    graph = _weighed(graph, _averaged(seen, graph), told)
    if resolution is None:
        resolution = RESOLUTION if said is None else TOLD_RESOLUTION
    if not graph.nnz:
        return np.arange(len(vectors), dtype=np.int64)
    louvain = Louvain(resolution=resolution, return_probs=False, return_aggregate=False)
    return _connected(graph, np.asarray(louvain.fit_predict(csr_matrix(graph)), dtype=np.int64))


def _graph(vectors: Floats, neighbours: int) -> csr_array:
    rows, cosines = nearest(vectors, neighbours)
    weights = np.square(np.maximum(cosines, 0.0)).ravel() / 2
    starts = np.repeat(np.arange(len(vectors)), neighbours)
    shape = (len(vectors), len(vectors))
    directed = coo_array((weights, (starts, rows.ravel())), shape=shape).tocsr()
    graph = (directed + directed.T).tocsr()
    graph.eliminate_zeros()
    graph.sort_indices()
    return graph


def _averaged(vectors: Floats, graph: csr_array) -> Floats:
    """Rows, each moved towards the mean of its neighbours, of unit length."""
    degrees = np.maximum(graph.sum(axis=1), 1e-12)
    means = (diags_array(1 / degrees) @ graph).astype(np.float32).tocsr()
    moved = vectors
    for _ in range(_STEPS):
        moved = _unit((1 - _SHARE) * vectors + _SHARE * (means @ moved))
    return moved


def _unit(vectors: Floats) -> Floats:
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.asarray(vectors / length, dtype=np.float32)


def _weighed(graph: csr_array, seen: Floats, told: Floats | None) -> csr_array:
    """The graph, every edge times a power of the likeness of its ends, in what was told if any."""
    edges = graph.tocoo()
    likeness = np.empty(graph.nnz, dtype=np.float64)
    known = np.zeros(len(seen), bool) if told is None else np.linalg.norm(told, axis=1) > 0
    for start in range(0, graph.nnz, _EDGES_AT_ONCE):
        some = slice(start, start + _EDGES_AT_ONCE)
        one, other = edges.row[some], edges.col[some]
        likeness[some] = _likeness(seen, one, other) ** _POWER
        if told is not None:
            answered = known[one] & known[other]
            by_answers = _likeness(told, one, other) ** _TOLD_POWER
            likeness[some] = np.where(answered, by_answers, likeness[some])
    weighed = csr_array((edges.data * likeness, (edges.row, edges.col)), shape=graph.shape)
    weighed.eliminate_zeros()
    weighed.sort_indices()
    return weighed


def _likeness(rows: Floats, one: Labels, other: Labels) -> npt.NDArray[np.float64]:
    cosines = np.einsum("ij,ij->i", rows[one], rows[other])
    found: npt.NDArray[np.float64] = np.maximum(cosines, 0.0).astype(np.float64)
    return found


def _connected(graph: csr_array, labels: Labels) -> Labels:
    """Communities, each of one piece."""
    links = graph.tocoo()
    inside = labels[links.row] == labels[links.col]
    kept = coo_array(
        (np.ones(int(inside.sum()), dtype=np.int8), (links.row[inside], links.col[inside])),
        shape=graph.shape,
    )
    pieces = connected_components(kept, directed=False)[1]
    return np.asarray(pieces, dtype=np.int64)
