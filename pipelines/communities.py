"""Communities of a graph of neighbours: the engine of our own."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_matrix
from scipy.sparse.csgraph import connected_components

from otklik.pipelines.neighbours import nearest

Labels = npt.NDArray[np.int64]

NEIGHBOURS = 15


def communities(
    vectors: npt.NDArray[np.float32], *, resolution: float = 1.0, neighbours: int = NEIGHBOURS
) -> Labels:
    """Communities of the graph that joins every row with its nearest.

    Two rows that name each other are joined by their cosine squared, rows of which only one names
    the other by half of it: a hub that everybody names holds no cluster together. The graph is cut
    by the Louvain method in the order of the rows, without chance; a community that is in pieces
    (which Louvain, unlike Leiden, may leave) is taken apart.

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
    if not graph.nnz:
        return np.arange(len(vectors), dtype=np.int64)
    labels = Louvain(resolution=resolution, return_probs=False, return_aggregate=False)
    return _connected(graph, np.asarray(labels.fit_predict(graph), dtype=np.int64))


def _graph(vectors: npt.NDArray[np.float32], neighbours: int) -> csr_matrix:
    rows, cosines = nearest(vectors, neighbours)
    weights = np.square(np.maximum(cosines, 0.0), dtype=np.float64).ravel() / 2
    starts = np.repeat(np.arange(len(vectors)), neighbours)
    shape = (len(vectors), len(vectors))
    directed = csr_matrix((weights, (starts, rows.ravel())), shape=shape)
    graph = (directed + directed.T).tocsr()
    graph.eliminate_zeros()
    graph.sort_indices()
    return graph


def _connected(graph: csr_matrix, labels: Labels) -> Labels:
    """Communities, each of one piece."""
    links = graph.tocoo()
    inside = labels[links.row] == labels[links.col]
    kept = coo_array(
        (np.ones(int(inside.sum()), dtype=np.int8), (links.row[inside], links.col[inside])),
        shape=graph.shape,
    )
    pieces = connected_components(kept, directed=False)[1]
    return np.asarray(pieces, dtype=np.int64)
