"""BERTopic's way to clusters, the second engine: UMAP to few dimensions, then HDBSCAN."""

import numpy as np
import numpy.typing as npt

_SEED = 42
_NEIGHBOURS = 15
_DIMENSIONS = 5
_TOO_FEW = 2 * _NEIGHBOURS


def topics(
    vectors: npt.NDArray[np.float32], *, min_size: int = 10, dimensions: int = _DIMENSIONS
) -> npt.NDArray[np.int64]:
    """Topics of BERTopic with its own defaults, given the vectors.

    Fewer than thirty rows are one topic: UMAP has no neighbourhoods to work with.

    Parameters
    ----------
    vectors : float32 of shape (n, dim), rows L2-normalised
    min_size : int
        Messages of a topic at the least; 2 or more for HDBSCAN.

    Returns
    -------
    int64 of shape (n,)
        Numbers from 0; -1 for an outlier.
    """
    if len(vectors) < _TOO_FEW:
        return np.zeros(len(vectors), dtype=np.int64)
    from bertopic import BERTopic
    from hdbscan import HDBSCAN
    from umap import UMAP

    model = BERTopic(
        umap_model=UMAP(
            n_neighbors=_NEIGHBOURS,
            n_components=dimensions,
            min_dist=0.0,
            metric="cosine",
            random_state=_SEED,  # else every run gives other topics
            n_jobs=1,
        ),
        hdbscan_model=HDBSCAN(min_cluster_size=max(min_size, 2)),
        embedding_model=None,
    )
    # Its texts only name topics; ours are named in Russian by cluster_names.
    found, _ = model.fit_transform(["one message"] * len(vectors), vectors)
    return np.asarray(found, dtype=np.int64)
