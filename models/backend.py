"""The encoder as an embedding backend of BERTopic. Needs the `cluster` extra."""

from collections.abc import Sequence

from bertopic.backend import BaseEmbedder

from otklik.models.encoder import Encoder
from otklik.models.runtime import Vectors


class EncoderBackend(BaseEmbedder):  # type: ignore[misc]
    """What `BERTopic(embedding_model=…)` takes.

    Parameters
    ----------
    encoder : Encoder
        An open one.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(embedding_model=encoder)
        self._encoder = encoder

    def embed(self, documents: Sequence[str], verbose: bool = False) -> Vectors:
        """Vectors of documents or words: float32 of shape (n, dim), rows L2-normalised."""
        return self._encoder.encode(list(documents))
