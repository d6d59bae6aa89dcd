"""Which cells of a window are one trouble: ties between them, and the parts that ties leave."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from otklik.datasets.problem_book import ProblemBook, Status
from otklik.pipelines.problem_cells import Window, lasting
from otklik.pipelines.problem_mentions import named_cells
from otklik.pipelines.problem_nearest import nearest_problem

HALF_LIFE_DAYS = 7.0
"""A week-old message says half as much about what belongs together now as one of today."""
TIED, STILL_TIED = 0.4, 0.3
"""Share of messages that name both streets, to become one trouble and to stay one."""
ALIKE, STILL_ALIKE, ALIKE_PROBLEMS = 0.6, 0.3, 0.8
"""Common part of two topics at one place by clusters: for a topic without a problem yet, for two
topics of one problem, for those of two problems."""
NEAR = 0.5
"""Cosine at which two clusters that hold messages of one problem stay one."""
LEAST = 2
"""Messages that must speak for a tie."""

Node = tuple[str, int]
"""A cell, and the problem that a person set apart in it (0: nobody did)."""


@dataclass(frozen=True)
class Ties:
    """Parts of a window.

    Parameters
    ----------
    parts : list of lists of int
        Rows of each part; parts in the order of their first rows.
    named : dict
        For the rows whose text names other cells: those cells.
    """

    parts: list[list[int]]
    named: Mapping[int, frozenset[str]]


def tie_cells(window: Window, book: ProblemBook) -> Ties:
    """Find the parts of a window: cells that are tied, as far as no person set them apart."""
    numbers = [live_holder(book, int(number)) for number in window.ids]
    nodes = _nodes(window, book, numbers)
    rows: dict[Node, list[int]] = defaultdict(list)
    for row, node in enumerate(nodes):
        if node is not None:
            rows[node].append(row)
    holders = {node: Counter(n for row in its if (n := numbers[row])) for node, its in rows.items()}
    named = _named(window, rows)
    edges = [
        *_bound(book, rows, holders, window),
        *_tied(window, rows, named, holders),
        *_alike(window, rows, holders),
        *_near(window, rows, holders),
    ]
    forest = _Forest(rows, holders, book)
    for strength, one, other in sorted(edges, key=lambda edge: (-edge[0], edge[1], edge[2])):
        if strength > 0:
            forest.join(one, other)
    return Ties(sorted(forest.parts(), key=lambda part: part[0]), named)


def live_holder(book: ProblemBook, message_id: int) -> int:
    """Number of the problem that a message belongs to, 0 for none."""
    return book.holders.get(message_id, 0)


def _nodes(window: Window, book: ProblemBook, numbers: Sequence[int]) -> list[Node | None]:
    """Cells, cut between problems that a person set apart in one and the same cell."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, cell in enumerate(window.cells):
        if cell is not None:
            rows[cell].append(row)
    nodes: list[Node | None] = [None if cell is None else (cell, 0) for cell in window.cells]
    for cell, its in rows.items():
        present = {numbers[row] for row in its if numbers[row]}
        parted = sorted(n for n in present if book.problems[n].apart & present)
        if not parted:
            continue
        owned = {n: [row for row in its if numbers[row] == n] for n in parted}
        for row in its:
            own = numbers[row] if numbers[row] in owned else nearest_problem(window, row, owned)
            nodes[row] = (cell, own)
    return nodes


def _bound(
    book: ProblemBook,
    rows: Mapping[Node, list[int]],
    holders: Mapping[Node, Counter[int]],
    window: Window,
) -> Iterator[tuple[float, Node, Node]]:
    """Cells that a person joined."""
    by_cell: dict[str, list[Node]] = defaultdict(list)
    for node in sorted(rows):
        by_cell[lasting(node[0])].append(node)
    for number, problem in sorted(book.problems.items()):
        if problem.status is Status.MERGED:
            continue
        joined = [
            node
            for cell in sorted(problem.bound)
            for node in by_cell.get(cell, ())
            if node[1] in (0, number)
            and (window.narrow[rows[node][0]] or _main(holders[node]) == number)
        ]
        yield from ((np.inf, one, other) for one, other in pairwise(joined))


def _named(window: Window, rows: Mapping[Node, list[int]]) -> dict[int, frozenset[str]]:
    """Streets of the same mechanism that messages name beside their own."""
    streets: dict[str, dict[str, str]] = defaultdict(dict)
    keys = window.columns["street_key"]
    members: dict[str, list[int]] = defaultdict(list)
    for (cell, _), its in sorted(rows.items()):
        mechanism, _, anchor = cell.partition(" @ ")
        if len(its) < LEAST or not window.narrow[its[0]]:
            continue
        if isinstance(key := keys[its[0]], str) and key in anchor:
            streets[mechanism][key] = cell
            members[mechanism].extend(its)
    texts = window.columns["text"]
    named: dict[int, frozenset[str]] = {}
    for mechanism, cells in streets.items():
        if len(cells) < 2:
            continue
        its = members[mechanism]
        homes = [str(window.cells[row]) for row in its]
        found = named_cells([texts[row] for row in its], homes, cells)
        named.update((row, others) for row, others in zip(its, found, strict=True) if others)
    return named


def _tied(
    window: Window,
    rows: Mapping[Node, list[int]],
    named: Mapping[int, frozenset[str]],
    holders: Mapping[Node, Counter[int]],
) -> Iterator[tuple[float, Node, Node]]:
    """Streets that messages name together."""
    weights = 0.5 ** (window.ages / HALF_LIFE_DAYS)
    of_cell: dict[str, list[Node]] = defaultdict(list)
    for node in rows:
        of_cell[node[0]].append(node)
    both: dict[tuple[Node, Node], list[int]] = defaultdict(list)
    for node, its in rows.items():
        for row in its:
            for cell in named.get(row, ()):
                for other in of_cell[cell]:
                    both[min(node, other), max(node, other)].append(row)
    for (one, other), joint in both.items():
        if window.people(joint) < LEAST or not all(_any_in(rows[n], joint) for n in (one, other)):
            continue
        whole = weights[rows[one]].sum() + weights[rows[other]].sum()
        share = float(weights[joint].sum() / whole)
        same = _main(holders[one]) == _main(holders[other]) != 0
        if share >= (STILL_TIED if same else TIED):
            yield share, one, other


def _alike(
    window: Window, rows: Mapping[Node, list[int]], holders: Mapping[Node, Counter[int]]
) -> Iterator[tuple[float, Node, Node]]:
    """Topics of one group at one narrow place whose messages lie in the same clusters."""
    groups = window.columns["group"]
    places: dict[tuple[str, str], list[tuple[Node, Counter[int]]]] = defaultdict(list)
    for node, its in sorted(rows.items()):
        shares = Counter(int(label) for label in window.labels[its] if label >= 0)
        if window.narrow[its[0]] and shares.total() >= LEAST:
            anchor = node[0].partition(" @ ")[2]
            places[str(groups[its[0]]), anchor].append((node, shares))
    for here in places.values():
        for (one, mine), (other, yours) in combinations(here, 2):
            common = sum(
                min(mine[label] / mine.total(), yours[label] / yours.total()) for label in mine
            )
            held = _main(holders[one]), _main(holders[other])
            enough = ALIKE
            if all(held):
                enough = STILL_ALIKE if held[0] == held[1] else ALIKE_PROBLEMS
            if held[0] == held[1] != 0:
                # one house is one trouble, whatever a model makes of each message's topic
                common = max(common, _same_houses(window, rows[one], rows[other]))
            if common >= enough:
                yield common / 2, one, other


def _same_houses(window: Window, mine: Sequence[int], yours: Sequence[int]) -> float:
    """Common part of two nodes by addresses, 0 to 1."""
    counts = [Counter(window.addresses[row] for row in its) for its in (mine, yours)]
    totals = [sum(n for key, n in one.items() if key) for one in counts]
    if not all(totals):
        return 0.0
    return sum(
        min(counts[0][key] / totals[0], counts[1][key] / totals[1]) for key in counts[0] if key
    )


def _near(
    window: Window, rows: Mapping[Node, list[int]], holders: Mapping[Node, Counter[int]]
) -> Iterator[tuple[float, Node, Node]]:
    """Clusters of a wide place that hold messages of one problem and still mean the same."""
    places: dict[tuple[str, int], list[Node]] = defaultdict(list)
    for node, its in sorted(rows.items()):
        if not window.narrow[its[0]] and (number := _main(holders[node])):
            places[lasting(node[0]), number].append(node)
    for here in places.values():
        for one, other in combinations(here, 2):
            cosine = float(window.vectors[rows[one]].mean(0) @ window.vectors[rows[other]].mean(0))
            norms = [np.linalg.norm(window.vectors[rows[node]].mean(0)) for node in (one, other)]
            if cosine >= NEAR * float(norms[0] * norms[1]) > 0:
                yield cosine / 2, one, other


def _main(holders: Counter[int]) -> int:
    """The problem that most messages of a node belong to, 0 for none."""
    return min(holders, key=lambda number: (-holders[number], number), default=0)


def _any_in(its: Sequence[int], rows: Sequence[int]) -> bool:
    return not set(rows).isdisjoint(its)


class _Forest:
    """Union–find over nodes that never joins problems which a person set apart."""

    def __init__(
        self,
        rows: Mapping[Node, list[int]],
        holders: Mapping[Node, Counter[int]],
        book: ProblemBook,
    ) -> None:
        self._rows = rows
        self._parent = {node: node for node in rows}
        self._numbers = {
            node: {n for n in ({*holders[node]} | {node[1]}) - {0} if book.problems[n].apart}
            for node in rows
        }
        self._book = book

    def join(self, one: Node, other: Node) -> None:
        """Join the trees of two nodes, unless that would bring parted problems together."""
        one, other = self._root(one), self._root(other)
        if one == other:
            return
        mine, yours = self._numbers[one], self._numbers[other]
        if any(self._book.problems[number].apart & yours for number in mine):
            return
        one, other = min(one, other), max(one, other)
        self._parent[other] = one
        self._numbers[one] = mine | yours

    def parts(self) -> Iterator[list[int]]:
        """Rows of every tree, ascending."""
        trees: dict[Node, list[int]] = defaultdict(list)
        for node, its in self._rows.items():
            trees[self._root(node)].extend(its)
        return (sorted(its) for its in trees.values())

    def _root(self, node: Node) -> Node:
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node
