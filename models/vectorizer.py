"""The encoder as a step of a scikit-learn pipeline. Needs scikit-learn (`train` or `cluster`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin  # type: ignore[import-untyped]

from otklik.models.encoder import Encoder
from otklik.models.runtime import Vectors


class EncoderVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts to vectors, with nothing to learn.

    >>> make_pipeline(EncoderVectorizer("var/models/base"), LogisticRegression())

    Parameters
    ----------
    path : str or Path
        The checkpoint.
    runtime : str
        As for `Encoder`.
    threads, streams : int
        As for `Encoder`.
    """

    def __init__(
        self, path: str | Path, runtime: str = "int8", threads: int = 0, streams: int = 0
    ) -> None:
        self.path = path
        self.runtime = runtime
        self.threads = threads
        self.streams = streams

    def fit(self, texts: Sequence[str], y: object = None) -> Self:
        """Open the encoder; texts are not looked at."""
        self.encoder_ = self._open()
        return self

    def transform(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts: float32 of shape (n_texts, dim), rows L2-normalised.

        Raises
        ------
        BadCheckpoint
            As `Encoder`.
        """
        if not hasattr(self, "encoder_"):
            self.encoder_ = self._open()
        return self.encoder_.encode(list(texts))

    def get_feature_names_out(self, input_features: object = None) -> Any:  # noqa: ANN401
        """Names of the columns: `encoder0`, `encoder1`, …, an object array."""
        dim = self.encoder_.dim if hasattr(self, "encoder_") else self._open().dim
        return np.array([f"encoder{number}" for number in range(dim)], dtype=object)

    def _open(self) -> Encoder:
        return Encoder(Path(self.path), self.runtime, threads=self.threads, streams=self.streams)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "encoder_"}

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's own type
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
