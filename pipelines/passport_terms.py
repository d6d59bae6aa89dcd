"""What is written of a trouble and not of the same topic elsewhere or earlier.

Log odds with a Dirichlet prior drawn from both sides (Monroe, Colaresi and Quinn, 2008).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from otklik.pipelines.phrase_words import lexicon, split_phrases

SURE = 2.0
"""Standard errors that a word must stand out by."""
LEAST_MESSAGES = 3
_PARTS = frozenset({"NOUN", "ADJF", "ADJS", "VERB", "INFN", "PRTF", "PRTS"})
_PRIOR = 50.0
_MOST_REFERENCE = 2000


@dataclass(frozen=True, slots=True)
class Term:
    """A word by its dictionary form, with the messages of the trouble that have it."""

    lemma: str
    score: float
    count: int
    ids: tuple[int, ...]


def contrast_terms(messages: pd.DataFrame, others: pd.DataFrame, most: int = 6) -> list[Term]:
    """Words that stand out, the plainest first.

    Parameters
    ----------
    messages, others : DataFrame
        Rows of the table: of the trouble, and of the same topics elsewhere or earlier. A word
        counts once a message.
    """
    own = {int(number): lemmas(text) for number, text in messages["text"].items()}
    rest = Counter(lemma for text in others["text"].tail(_MOST_REFERENCE) for lemma in lemmas(text))
    ours = Counter(lemma for words in own.values() for lemma in words)
    n_ours, n_rest = max(ours.total(), 1), max(rest.total(), 1)
    found = []
    for lemma, count in ours.items():
        if count < LEAST_MESSAGES:
            continue
        prior = _PRIOR * (count + rest[lemma]) / (n_ours + n_rest)
        score = _log_odds(count + prior, n_ours + _PRIOR)
        score -= _log_odds(rest[lemma] + prior, n_rest + _PRIOR)
        error = np.sqrt(1 / (count + prior) + 1 / (rest[lemma] + prior))
        if score / error >= SURE:
            ids = tuple(number for number, words in own.items() if lemma in words)
            found.append(Term(lemma, float(score / error), count, ids))
    return sorted(found, key=lambda term: (-term.score, term.lemma))[:most]


def _log_odds(count: float, total: float) -> float:
    return float(np.log(count) - np.log(max(total - count, 1e-9)))


def lemmas(text: str) -> frozenset[str]:
    """Dictionary forms of the words of a text that say something."""
    return frozenset(_meant(text))


def _meant(text: str) -> Iterable[str]:
    stops = lexicon()
    for phrase in split_phrases(text):
        for word in phrase:
            form = next(iter(word.forms), None)
            if form is None or form.pos not in _PARTS or len(form.lemma) < 3:
                continue
            if "Apro" in form.marks:
                continue
            if form.lemma not in stops.unmeant and form.lemma not in stops.never:
                yield form.lemma
