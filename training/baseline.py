"""The rival that every model must beat: TF-IDF of words and characters, a linear classifier."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["svm", "logistic"]


class LinearBaseline:
    """TF-IDF of words (1–2) and of characters inside words (2–5), one linear classifier.

    Parameters
    ----------
    kind : {"svm", "logistic"}
        LinearSVC, one against the rest; or logistic regression over all classes at once.
    strength : float
        Inverse of the regularisation (`C`).
    seed : int
        For the order in which the solver visits rows.
    """

    classes_: list[str]

    def __init__(self, kind: Kind = "svm", *, strength: float | None = None, seed: int = 7) -> None:
        if kind not in ("svm", "logistic"):
            raise ValueError(f"kind is {kind!r}; expected 'svm' or 'logistic'.")
        self.kind = kind
        self.strength = strength
        self.seed = seed

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> "LinearBaseline":
        """Learn vocabulary and weights; keeps the classes, sorted, in `classes_`."""
        from sklearn.feature_extraction.text import (  # type: ignore[import-untyped]
            TfidfVectorizer,
        )
        from sklearn.pipeline import make_pipeline, make_union  # type: ignore[import-untyped]

        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32)
        characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True, dtype=np.float32
        )
        self._pipeline = make_pipeline(make_union(words, characters), self._classifier())
        self._pipeline.fit(list(map(_folded, texts)), list(labels))
        self.classes_ = [str(name) for name in self._pipeline.classes_]
        return self

    def scores(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Margins or logits, float64 of shape (n_texts, n_classes); not calibrated."""
        scores = np.asarray(
            self._pipeline.decision_function(list(map(_folded, texts))), dtype=np.float64
        )
        return scores if scores.ndim == 2 else np.column_stack([-scores, scores])

    def _classifier(self) -> object:
        if self.kind == "svm":
            from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

            return LinearSVC(C=self.strength or 0.5, random_state=self.seed)
        from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

        return LogisticRegression(C=self.strength or 30.0, max_iter=200, random_state=self.seed)


def _folded(text: str) -> str:
    return text.lower().replace("ё", "е")
