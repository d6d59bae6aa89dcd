"""Consensus across groups: what everyone accepts, not what the largest group wants.

Group-aware consensus as Polis publishes it is the product over groups of (A + 1) / (S + 2), A of S
votes agreeing. It falls with the number of groups and does not mind who disagrees. Corrected: the
Jeffreys prior, agreement times the absence of disagreement, and the geometric mean over groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, fsum, log


@dataclass(frozen=True, slots=True)
class Tally:
    """Votes of one group on one statement: agreeing, disagreeing, and all that saw it."""

    agree: int
    disagree: int
    seen: int

    def __post_init__(self) -> None:
        if min(self.agree, self.disagree) < 0 or self.agree + self.disagree > self.seen:
            raise ValueError(f"impossible tally: {self}")

    @property
    def agreeing(self) -> float:
        """Share that agrees, by the Jeffreys prior."""
        return (self.agree + 0.5) / (self.seen + 1)

    @property
    def disagreeing(self) -> float:
        """Share that disagrees, by the Jeffreys prior."""
        return (self.disagree + 0.5) / (self.seen + 1)


@dataclass(frozen=True, slots=True)
class Consensus:
    """Consensus on a statement: `published` and `corrected`, both from 0 to 1."""

    published: float
    corrected: float


def consensus(groups: Mapping[str, Tally]) -> Consensus:
    """Consensus over groups; a group in which nobody saw the statement says nothing.

    Source: Small et al. 2021, «Polis: scaling deliberation by mapping high dimensional opinion
    spaces», and the public discussion of its correction.

    Raises
    ------
    ValueError
        No group saw the statement.
    """
    seen = [tally for tally in groups.values() if tally.seen]
    if not seen:
        raise ValueError("no group saw the statement")
    published = fsum(log((one.agree + 1) / (one.seen + 2)) for one in seen)
    corrected = fsum(log(one.agreeing) + log(1 - one.disagreeing) for one in seen)
    return Consensus(exp(published), exp(corrected / len(seen)))
