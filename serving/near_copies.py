"""Messages that likely tell the same thing in other words: alike, at one time, in one place."""

from datetime import timedelta

import numpy as np
import numpy.typing as npt

from otklik.datasets.store import Store, Stored
from otklik.datasets.store_vectors import read_vectors
from otklik.datasets.vector_rows import beside
from otklik.serving.similar_schemas import NearOut

Floats = npt.NDArray[np.float32]

BOUND = 0.9
"""Smallest cosine of a likely duplicate: reworded copies of a made-up city were all above it."""
WITHIN = timedelta(days=3)
MOST_COMPARED = 500
MOST_TOLD = 10


def near_copies(store: Store, stored: Stored, encoder: str) -> list[NearOut]:
    """Likely duplicates of a message, the likeliest first; none where it has no vector.

    Parameters
    ----------
    encoder : str
        Hash of the encoder whose vectors are compared.
    """
    ids = [stored.id, *beside(store.database, stored, WITHIN, MOST_COMPARED)]
    found = read_vectors(store.database, encoder, ids)
    vector = found.pop(stored.id, None)
    if vector is None:
        return []
    alike = [
        (cosine_of(own, vector), number)
        for number, own in found.items()
        if own.shape == vector.shape
    ]
    alike = sorted(
        (pair for pair in alike if pair[0] >= BOUND), key=lambda pair: (-pair[0], pair[1])
    )
    return [
        NearOut(id=number, similarity=similarity_of(cosine)) for cosine, number in alike[:MOST_TOLD]
    ]


def cosine_of(one: Floats, other: Floats) -> float:
    """Cosine of two vectors; what was stored as float16 is no longer of length 1."""
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(one @ other) / lengths if lengths else 0.0


def similarity_of(cosine: float) -> float:
    """A cosine as it is shown."""
    return round(max(-1.0, min(1.0, cosine)), 4)
