"""Which findings are causes: the strongest first, each explained away before the next is sought."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from otklik.pipelines.cause_cells import CauseCells
from otklik.pipelines.cause_expected import Expected, expect_places
from otklik.pipelines.cause_places import PlaceSets, topic_pairs
from otklik.pipelines.cause_scan import CauseScan, Family, Finding

PROMISING = -3.0
"""Log evidence of a topic alone from which its pairs are looked at."""
MOST_CAUSES = 30
LIKELY = 0.5
LEAST_PLACES = 3
"""Places that a root cause reaches: what is wrong at one address is a problem of its own."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A finding with its places and its counts.

    Parameters
    ----------
    log_evidence : float
        Divided among all families: 1/p of it comes by chance with probability p at the most.
    places : int64 of shape (n,)
    start, stop : int
        First week and the week after the last.
    observed, expected : float
        Independent messages; and as many as usual, by the rest of the city in the period.
    """

    finding: Finding
    log_evidence: float
    places: npt.NDArray[np.int64]
    start: int
    stop: int
    observed: float
    expected: float


def choose_causes(cells: CauseCells, sets: PlaceSets, level: float) -> list[Choice]:
    """Causes of which at most a share of `level` is expected to be chance (e-values, BH)."""
    chosen: list[Choice] = []
    for choice in _by_evidence(cells, sets, -np.log(level * MOST_CAUSES)):
        if choice.log_evidence < -np.log(level * MOST_CAUSES) or len(chosen) == MOST_CAUSES:
            break
        chosen.append(choice)
    strongest = sorted(chosen, key=lambda choice: -choice.log_evidence)
    enough = [
        rank
        for rank, choice in enumerate(strongest, 1)
        if choice.log_evidence >= -np.log(level * rank)
    ]
    return strongest[: max(enough, default=0)]


def _by_evidence(cells: CauseCells, sets: PlaceSets, least: float) -> Iterator[Choice]:
    pairs = topic_pairs(cells)
    n_families = len(cells.topics) + len(pairs)
    findings: dict[Family, Finding] = {}
    changed = set(range(len(cells.topics)))
    while True:
        expected = expect_places(cells)
        scan = CauseScan(expected, sets)
        findings |= _scan(scan, pairs, changed, findings)
        best = max(findings.values(), key=lambda one: (one.log_evidence, one.family))
        choice = _describe(expected, scan, sets, best, n_families)
        if choice.log_evidence < least:
            return
        if len(choice.places) >= LEAST_PLACES:
            yield choice
        # counted as usual from here on, also where it is one bad address and no cause
        cells = _explained(cells, choice)
        findings[best.family] = replace(best, log_evidence=-np.inf)
        changed = set(best.family) if len(choice.places) else set()


def _scan(
    scan: CauseScan, pairs: list[tuple[int, int]], changed: set[int], known: dict[Family, Finding]
) -> dict[Family, Finding]:
    """Findings of all families with a changed topic."""
    found = {one.family: one for one in scan.scan([(topic,) for topic in sorted(changed)])}
    near = [pair for pair in pairs if changed & set(pair)]
    worth: list[Family] = []
    for pair in near:
        alone = [found.get((topic,)) or known[(topic,)] for topic in pair]
        if max(one.log_evidence for one in alone) >= PROMISING:
            worth.append(pair)
        else:
            found[pair] = Finding(pair, -np.inf, 0, -1)
    return found | {one.family: one for one in scan.scan(worth)}


def _describe(
    expected: Expected, scan: CauseScan, sets: PlaceSets, finding: Finding, n_families: int
) -> Choice:
    family, window = list(finding.family), finding.window
    if finding.best_set >= 0 and sets.own[family, finding.best_set].all():
        places = np.flatnonzero(sets.members[finding.best_set])
    else:
        places = np.flatnonzero(scan.chances(finding) > LIKELY)
    usual = expected.expected[family, window].sum(axis=0)
    counts = expected.counts[family, window].sum(axis=0)
    share = float(usual[places].sum() / max(usual.sum(), 1e-9))
    observed = float(counts[places].sum())
    elsewhere = float(counts.sum()) - observed
    return Choice(
        finding,
        finding.log_evidence - float(np.log(n_families)),
        places,
        int(expected.starts[window]),
        int(expected.stops[window]),
        observed,
        elsewhere * share / max(1 - share, 1e-9),
    )


def _explained(cells: CauseCells, choice: Choice) -> CauseCells:
    """Cells in which the surplus of a choice is gone."""
    counts, claimed = cells.counts.copy(), cells.claimed.copy()
    weeks = np.arange(max(choice.start - 1, 0), min(choice.stop + 1, counts.shape[1]))
    where = np.ix_(choice.finding.family, weeks, choice.places)
    left = min(1.0, choice.expected / max(choice.observed, 1e-9))
    counts[where] *= np.float32(left)
    claimed[where] *= np.float32(left * left)
    return replace(cells, counts=counts, claimed=claimed)
