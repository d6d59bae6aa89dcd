"""Which findings are causes: the strongest first, each explained away before the next is sought."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from otklik.pipelines.cause_cells import CauseCells
from otklik.pipelines.cause_expected import expect_places
from otklik.pipelines.cause_places import PlaceSets, topic_pairs
from otklik.pipelines.cause_scan import LEAST_PLACES, CauseScan, Family, Finding

PROMISING = 0.0
"""Log evidence of a topic alone from which its pairs are looked at."""
MOST_CAUSES = 30
_MOST_ROUNDS = 100
_EXPLAINED = 0.95
LIKELY = 0.5


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
    kind : str
        Class of cause that its messages state more often than others, "any", or "" for none.
    """

    finding: Finding
    log_evidence: float
    places: npt.NDArray[np.int64]
    start: int
    stop: int
    observed: float
    expected: float
    kind: str


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
    for _ in range(_MOST_ROUNDS):
        expected = expect_places(cells)
        scan = CauseScan(expected, sets)
        findings |= _scan(scan, pairs, changed, findings)
        choice = _best(cells, scan, sets, findings, n_families)
        if choice.log_evidence < least:
            return
        if len(choice.places) >= LEAST_PLACES:
            yield choice
        # counted as usual from here on, also where it is one bad address and no cause
        best = choice.finding
        findings[best.family] = replace(best, log_evidence=-np.inf)
        explains = len(choice.places) and choice.expected < _EXPLAINED * choice.observed
        changed = set(best.family) if explains else set()
        cells = _explained(cells, choice) if explains else cells


def _best(
    cells: CauseCells,
    scan: CauseScan,
    sets: PlaceSets,
    findings: dict[Family, Finding],
    n_families: int,
) -> Choice:
    """The finding that is still the strongest once it is confirmed."""
    confirmed: set[Family] = set()
    while True:
        best = max(findings.values(), key=lambda one: (one.log_evidence, one.family))
        choice = _describe(cells, scan, sets, best, n_families)
        if best.family in confirmed or not len(choice.places):
            return choice
        confirmed.add(best.family)
        findings[best.family] = scan.confirmed(best, choice.places)


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
    cells: CauseCells,
    scan: CauseScan,
    sets: PlaceSets,
    finding: Finding,
    n_families: int,
) -> Choice:
    family, window, expected = list(finding.family), finding.window, scan.expected
    chances, kind = scan.chances(finding)
    if finding.best_set >= 0 and sets.own[family, finding.best_set].all():
        places = np.flatnonzero(sets.members[finding.best_set])
    else:
        places = np.flatnonzero(chances > LIKELY)
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
        cells.kinds[kind] if kind >= 0 else "",
    )


def _explained(cells: CauseCells, choice: Choice) -> CauseCells:
    """Cells in which the surplus of a choice is gone."""
    counts, claimed = cells.counts.copy(), cells.claimed.copy()
    weeks = np.arange(max(choice.start - 1, 0), min(choice.stop + 1, counts.shape[1]))
    where = np.ix_(np.array(choice.finding.family), weeks, choice.places)
    left = min(1.0, choice.expected / max(choice.observed, 1e-9))
    counts[where] *= np.float32(left)
    for of_kind in claimed:
        of_kind[where] *= np.float32(left * left)
    return replace(cells, counts=counts, claimed=claimed)
