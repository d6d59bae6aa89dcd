"""Messages that likely tell the same thing in other words: alike, at one time, in one place."""

from datetime import timedelta

from otklik.datasets.store import Store, Stored
from otklik.datasets.store_vectors import read_vectors
from otklik.datasets.vector_rows import beside
from otklik.serving.similar_schemas import NearOut

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
        (float(own @ vector), number) for number, own in found.items() if own.shape == vector.shape
    ]
    alike = sorted(
        (pair for pair in alike if pair[0] >= BOUND), key=lambda pair: (-pair[0], pair[1])
    )
    return [
        NearOut(id=number, similarity=similarity_of(cosine)) for cosine, number in alike[:MOST_TOLD]
    ]


def similarity_of(cosine: float) -> float:
    """A cosine as it is shown: float16 makes it a little more than 1."""
    return round(max(-1.0, min(1.0, cosine)), 4)
