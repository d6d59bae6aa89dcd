"""How much better a cause explains the counts than chance does: evidence over all its shapes.

Evidence is a likelihood ratio averaged over everything that is not known: period, how many times
more messages, which places, whether people state a cause. Its mean without any cause is 1 at the
most, so evidence of 1/p or more comes by chance at most with probability p, however many shapes
were tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from otklik.pipelines.cause_cells import Counts
from otklik.pipelines.cause_expected import Expected
from otklik.pipelines.cause_places import PlaceSets

RATIOS = (2.0, 4.0)
CLAIMING, CLAIMING_ONE = 0.5, 0.35
"""Share of a cause's messages that state any cause, and that state the true class of it."""
SILENT, SOME, ONE = 0.3, 0.3, 0.4
"""Prior: people state no more causes than usual; more of any class; more of one class."""
REACHED = 0.1
"""Share of places that a cause reaches, where nothing better is known."""
LEAST_PLACES = 3
"""Places that must speak for a cause: what is wrong at one or two is no root cause."""
_ABOVE_THIRD = 2.0
"""Log evidence that the first two places may have above the third."""
OWN, NEAR = 0.4, 0.2
"""Prior of the places of an asset or recipient of the topic, and of other sets; the rest: any."""
_CLAIM_WEIGHT = 10.0
_NEARLY = 1e-3
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
        self.expected = expected
        self._sets = sets
        self._member = sets.members.T.astype(np.float32)
        n_kinds = len(expected.claimed)
        one = [ONE / max(n_kinds - 1, 1)] * (n_kinds - 1)
        prior = np.array([SILENT, SOME, *one])
        self._shapes = [(ratio, kind - 1) for ratio in RATIOS for kind in range(n_kinds + 1)]
        self._shape_prior = np.log(np.tile(prior / prior.sum(), len(RATIOS)) / len(RATIOS))
        self._weighed = [self._weigh(ratio, kind) for ratio, kind in self._shapes]

    def _weigh(self, ratio: float, kind: int) -> Counts:
        """Log likelihood that each cell's messages add, shape of counts; kind -1: silent."""
        e, gain = self.expected, ratio - 1
        if kind < 0:
            weighed: Counts = e.counts * np.float32(np.log(ratio))
        else:
            usual = e.claim_rate[kind]
            claiming = np.maximum(CLAIMING_ONE if kind else CLAIMING, usual)
            plain = np.log1p(gain * (1 - claiming) / (1 - usual))[:, :, None]
            stated = np.log1p(gain * claiming / usual)[:, :, None]
            weighed = e.counts * plain + e.claimed[kind] * (stated - plain)
        return weighed / e.dispersion[:, None, None]

    def scan(self, families: Sequence[Family]) -> list[Finding]:
        """Findings in the order of the families, which must be of one size."""
        return [finding for batch in self._batches(families) for finding in self._scan(batch)]

    def _batches(self, families: Sequence[Family]) -> Iterator[Sequence[Family]]:
        _, n_windows, n_places = self.expected.counts.shape
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
        restless = self.expected.dispersion[topics].mean(axis=1)[:, None, None]
        expected = self._summed(self.expected.expected, topics) / restless
        total = np.maximum(expected.sum(axis=2), 1e-9)
        in_sets = expected @ self._member
        free, sets = [], []
        for (ratio, _), weighed in zip(self._shapes, self._weighed, strict=True):
            gain = ratio - 1
            slope = gain / (1 + gain * REACHED)
            gained = self._summed(weighed, topics) - expected * np.float32(slope)
            single = _spread(gained)
            level = np.log1p(gain * REACHED) - slope * REACHED
            free.append(np.log1p(REACHED * np.expm1(single)).sum(axis=2) - total * level)
            lost = total[:, :, None] * np.log1p(gain * in_sets / total[:, :, None])
            sets.append(single @ self._member + slope * in_sets - lost)
        prior = self._shape_prior[:, None, None]
        return (
            np.logaddexp.reduce(np.array(free, np.float64) + prior, axis=0),
            np.logaddexp.reduce(np.array(sets, np.float64) + prior[:, None], axis=0),
        )

    @staticmethod
    def _summed(cells: Counts, topics: npt.NDArray[np.int64]) -> Counts:
        summed = cells[topics[:, 0]]
        for column in topics.T[1:]:
            summed = summed + cells[column]
        return summed

    def chances(self, finding: Finding) -> tuple[Floats, int]:
        """Chance that the cause reaches each place in its period, and the kind of claims.

        Returns
        -------
        float64 of shape (n_places,)
        int
            Number of the kind that the messages state more often, -1 for none.
        """
        topics = np.array([finding.family])
        window = finding.window
        restless = self.expected.dispersion[topics].mean()
        expected = self._summed(self.expected.expected, topics)[0, window] / restless
        weights, chances = [], []
        for (ratio, _), weighed in zip(self._shapes, self._weighed, strict=True):
            slope = (ratio - 1) / (1 + (ratio - 1) * REACHED)
            single = self._summed(weighed, topics)[0, window] - expected * slope
            odds = REACHED * np.exp(np.minimum(single.astype(np.float64), 50))
            weights.append(np.log1p(odds - REACHED).sum())
            chances.append(odds / (1 - REACHED + odds))
        logs = np.array(weights) + self._shape_prior
        weight = np.exp(logs - logs.max())
        found: Floats = (weight[:, None] * np.array(chances)).sum(axis=0) / weight.sum()
        by_kind = np.zeros(len(self.expected.claimed) + 1)
        np.add.at(by_kind, [kind + 1 for _, kind in self._shapes], weight)
        return found, _leading(by_kind)

    def confirmed(self, finding: Finding, places: npt.NDArray[np.int64]) -> Finding:
        """Finding with its evidence lowered where the whole city states causes in its period.

        Claims are held against those of other times: of a trouble of the whole city they say
        nothing about its places, so here they are held against those of other places too.
        """
        e, family, window = self.expected, list(finding.family), finding.window
        counts, claimed = e.counts[family, window], e.claimed[:, family, window]
        others = np.ones(counts.shape[1], np.bool_)
        others[places] = False
        usual = e.claim_rate[:, family, window]
        stated = claimed[:, :, others].sum(axis=2) + _CLAIM_WEIGHT * usual
        there = stated / (counts[:, others].sum(axis=1) + _CLAIM_WEIGHT)
        one = slice(window, window + 1)
        lone = replace(
            e,
            starts=e.starts[one],
            stops=e.stops[one],
            counts=e.counts[family, one],
            claimed=e.claimed[:, family, one],
            expected=e.expected[family, one],
            dispersion=e.dispersion[family],
        )
        own = replace(self._sets, own=self._sets.own[family])
        topics = tuple(range(len(family)))
        evidence = [
            CauseScan(replace(lone, claim_rate=rate[:, :, None]), own)
            .scan([topics])[0]
            .log_evidence
            for rate in (usual, np.maximum(usual, there))
        ]
        return replace(finding, log_evidence=finding.log_evidence - evidence[0] + evidence[1])


def _leading(by_kind: Floats) -> int:
    """Kind with the most weight; a class that explains nearly as much as "any" goes before it."""
    if by_kind.argmax() == 0:
        return -1
    classes = by_kind[2:]
    return (
        int(classes.argmax()) + 1 if len(classes) and classes.max() >= _NEARLY * by_kind[1] else 0
    )


def _spread(gained: Counts) -> Counts:
    """Log evidence of each place, that of the first two held near the third's."""
    if gained.shape[-1] < LEAST_PLACES:
        return np.minimum(gained, 0)
    third = np.partition(gained, -LEAST_PLACES, axis=-1)[..., -LEAST_PLACES, None]
    spread: Counts = np.minimum(gained, np.maximum(third, 0) + np.float32(_ABOVE_THIRD))
    return spread
