"""Communities of a graph of neighbours: the engine of our own."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array, csr_matrix, diags_array
from scipy.sparse.csgraph import connected_components

from otklik.pipelines.neighbours import Floats, nearest

Labels = npt.NDArray[np.int64]

NEIGHBOURS = 15
RESOLUTION = 0.8
_STEPS = 3
_SHARE = 0.8
_POWER = 4
_EDGES_AT_ONCE = 1 << 16


def communities(
    vectors: Floats, *, resolution: float = RESOLUTION, neighbours: int = NEIGHBOURS
) -> Labels:
    """Communities of the graph that joins every row with its nearest.

    Two rows that name each other are joined by their cosine squared, rows of which only one names
    the other by half of it: a hub that everybody names holds no cluster together. Then every row
    is averaged with its neighbours, three times, and an edge counts by how alike its ends are
    afterwards: what links two crowds by a chance word grows weak. The graph is cut by the Louvain
    method in the order of the rows, without chance; a community that is in pieces (which Louvain,
    unlike Leiden, may leave) is taken apart.

    Parameters
    ----------
    vectors : float32 of shape (n, dim), rows L2-normalised
        Centred: the cosine of two unlike rows is about zero.
    resolution : float
        Greater for more and smaller communities.

    Returns
    -------
    int64 of shape (n,)
        Numbers from 0; a row without a like is a community of its own.
    """
    if len(vectors) < 3:
        return np.arange(len(vectors), dtype=np.int64)
    from sknetwork.clustering import Louvain

    graph = _graph(vectors, min(neighbours, len(vectors) - 1))
    graph = _weighed(graph, _averaged(vectors, graph))
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
        moved = (1 - _SHARE) * vectors + _SHARE * (means @ moved)
        moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
    return np.asarray(moved, dtype=np.float32)


def _weighed(graph: csr_array, vectors: Floats) -> csr_array:
    """The graph, every edge times a power of the cosine of its ends."""
    edges = graph.tocoo()
    likeness = np.empty(graph.nnz, dtype=np.float64)
    for start in range(0, graph.nnz, _EDGES_AT_ONCE):
        some = slice(start, start + _EDGES_AT_ONCE)
        ends = vectors[edges.row[some]], vectors[edges.col[some]]
        likeness[some] = np.einsum("ij,ij->i", *ends)
    weights = edges.data * np.maximum(likeness, 0.0) ** _POWER
    weighed = csr_array((weights, (edges.row, edges.col)), shape=graph.shape)
    weighed.eliminate_zeros()
    weighed.sort_indices()
    return weighed


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
