"""How much better a cause explains the counts than chance does: evidence over all its shapes.

Evidence is a likelihood ratio averaged over everything that is not known: period, how many times
more messages, which places, whether people state a cause. Its mean without any cause is 1 at the
most, so evidence of 1/p or more comes by chance at most with probability p, however many shapes
were tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otklik.pipelines.cause_cells import Counts
from otklik.pipelines.cause_expected import Expected
from otklik.pipelines.cause_places import PlaceSets

RATIOS = (2.0, 3.5, 5.0)
CLAIMING = (None, 0.5)
"""Share of a cause's messages that state a cause; None: no more than others do."""
REACHED = 0.1
"""Share of places that a cause reaches, where nothing better is known."""
MOST_OF_ONE = 6.5
"""Log evidence that one place can give: one bad house or street is no root cause."""
FREE, OWN, NEAR = 0.4, 0.4, 0.2
"""Prior: any places; the places of an asset or recipient of the topic; of any other set."""
_AT_ONCE = 2_000_000

Family = tuple[int, ...]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Finding:
    """Best explanation of one family of topics.

    Parameters
    ----------
    family : tuple of int
        Numbers of topics.
    log_evidence : float
        Natural logarithm, averaged over all shapes.
    window : int
        Number of the best period.
    best_set : int
        Number of the best set of places, -1 where free places explain more.
    """

    family: Family
    log_evidence: float
    window: int
    best_set: int


class CauseScan:
    """Scans families of topics over all periods and sets of places."""

    def __init__(self, expected: Expected, sets: PlaceSets) -> None:
        self._expected = expected
        self._sets = sets
        self._member = sets.members.T.astype(np.float32)
        self._shapes = [(ratio, claiming) for ratio in RATIOS for claiming in CLAIMING]
        self._weighed = [self._weigh(ratio, claiming) for ratio, claiming in self._shapes]

    def _weigh(self, ratio: float, claiming: float | None) -> Counts:
        """Log likelihood that each cell's messages add, shape of counts."""
        e, gain = self._expected, ratio - 1
        if claiming is None:
            weighed: Counts = e.counts * np.float32(np.log(ratio))
        else:
            claiming_rate = np.maximum(claiming, e.claim_rate)
            plain = np.log1p(gain * (1 - claiming_rate) / (1 - e.claim_rate))[:, :, None]
            stated = np.log1p(gain * claiming_rate / e.claim_rate)[:, :, None]
            weighed = (e.counts - e.claimed) * plain + e.claimed * stated
        return weighed / e.dispersion[:, None, None]

    def scan(self, families: Sequence[Family]) -> list[Finding]:
        """Findings in the order of the families, which must be of one size."""
        return [finding for batch in self._batches(families) for finding in self._scan(batch)]

    def _batches(self, families: Sequence[Family]) -> Iterator[Sequence[Family]]:
        _, n_windows, n_places = self._expected.counts.shape
        size = max(1, _AT_ONCE // (n_windows * n_places))
        for start in range(0, len(families), size):
            yield families[start : start + size]

    def _scan(self, families: Sequence[Family]) -> Iterator[Finding]:
        free, sets = self._evidence(families)
        prior = np.log(self._prior(families))
        sets += prior[:, None, 1:]
        free += prior[:, :1]
        every = np.concatenate([free[:, :, None], sets], axis=2)
        whole = np.logaddexp.reduce(every, axis=2)
        mean = np.logaddexp.reduce(whole, axis=1) - np.log(whole.shape[1])
        for number, family in enumerate(families):
            window = int(whole[number].argmax())
            best = int(every[number, window].argmax()) - 1
            yield Finding(family, float(mean[number]), window, best)

    def _prior(self, families: Sequence[Family]) -> Floats:
        """Prior of free places and of each set, shape (n_families, 1 + n_sets)."""
        own = np.array([self._sets.own[list(family)].all(axis=0) for family in families])
        n_own, n_near = own.sum(axis=1, keepdims=True), (~own).sum(axis=1, keepdims=True)
        near = np.where(n_near > 0, NEAR, 0) / np.maximum(n_near, 1)
        each = np.where(own, OWN / np.maximum(n_own, 1), near)
        return np.concatenate([1 - each.sum(axis=1, keepdims=True), each], axis=1)

    def _evidence(self, families: Sequence[Family]) -> tuple[Floats, Floats]:
        """Log evidence of free places (n, n_windows) and of sets (n, n_windows, n_sets).

        The city's count n of the topics in the period is given, so a cause that multiplies the
        share p of some places by r divides the likelihood by (1 + (r - 1) p)^n. Free places take
        the tangent at a usual share in its place, which is never less.
        """
        topics = np.array(families)
        # of restless topics expected counts weigh less, as their messages do
        restless = self._expected.dispersion[topics].mean(axis=1)[:, None, None]
        expected = self._summed(self._expected.expected, topics) / restless
        total = np.maximum(expected.sum(axis=2), 1e-9)
        in_sets = expected @ self._member
        free, sets = [], []
        for (ratio, _), weighed in zip(self._shapes, self._weighed, strict=True):
            gain = ratio - 1
            slope = gain / (1 + gain * REACHED)
            gained = self._summed(weighed, topics) - expected * np.float32(slope)
            single = np.minimum(gained, MOST_OF_ONE)
            level = np.log1p(gain * REACHED) - slope * REACHED
            free.append(np.log1p(REACHED * np.expm1(single)).sum(axis=2) - total * level)
            lost = total[:, :, None] * np.log1p(gain * in_sets / total[:, :, None])
            sets.append(single @ self._member + slope * in_sets - lost)
        of_shapes = np.log(len(self._shapes))
        return (
            np.logaddexp.reduce(np.array(free, np.float64), axis=0) - of_shapes,
            np.logaddexp.reduce(np.array(sets, np.float64), axis=0) - of_shapes,
        )

    @staticmethod
    def _summed(cells: Counts, topics: npt.NDArray[np.int64]) -> Counts:
        summed = cells[topics[:, 0]]
        for column in topics.T[1:]:
            summed = summed + cells[column]
        return summed

    def chances(self, finding: Finding) -> Floats:
        """Chance that the cause reaches each place in its period, shape (n_places,)."""
        topics = np.array([finding.family])
        window = finding.window
        expected = self._summed(self._expected.expected, topics)[0, window]
        restless = self._expected.dispersion[topics].mean()
        weights, chances = [], []
        for (ratio, _), weighed in zip(self._shapes, self._weighed, strict=True):
            gain = ratio - 1
            usual = expected * gain / (1 + gain * REACHED) / restless
            single = self._summed(weighed, topics)[0, window].astype(np.float64) - usual
            weights.append(np.log1p(REACHED * np.expm1(np.minimum(single, 50))).sum())
            odds = REACHED * np.exp(np.minimum(single, 50))
            chances.append(odds / (1 - REACHED + odds))
        weight = np.exp(np.array(weights) - max(weights))
        found: Floats = (weight[:, None] * np.array(chances)).sum(axis=0) / weight.sum()
        return found
