"""What one set of messages says more often than another: log-odds with an informative prior."""

from collections.abc import Hashable, Mapping
from math import log, sqrt
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

PRIOR = 20.0
"""Weight of the prior, in authors."""
_HALF = 0.5  # what everybody says has finite odds


def contrast(
    own: Mapping[Key, float], authors: float, other: Mapping[Key, float], others: float
) -> dict[Key, float]:
    """z-scores of the log-odds that an author here says a thing, against an author there.

    The prior of a thing is its share among all of them (Monroe, Colaresi, Quinn 2008), so that
    what two people say proves little, however rare it is elsewhere. With nobody to compare with
    (`others` is 0) what more authors say scores more.

    Parameters
    ----------
    own, other : mapping of a thing to the number of authors who say it
    authors, others : float
        Authors in all; `authors` above 0.

    Returns
    -------
    dict
        A score for everything in `own`: above 0 where it is said more often here.
    """
    if not others:
        return {key: sqrt(here) for key, here in own.items()}
    scores = {}
    for key, here in own.items():
        there = other.get(key, 0.0)
        prior = PRIOR * (here + there) / (authors + others)
        odds = _log_odds(here, authors, prior) - _log_odds(there, others, prior)
        scores[key] = odds / sqrt(1 / (here + prior) + 1 / (there + prior))
    return scores


def _log_odds(said: float, authors: float, prior: float) -> float:
    return log((said + prior) / (authors - said + PRIOR - prior + _HALF))
