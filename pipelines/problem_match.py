"""Which part of this week's window goes on under which number: an optimal assignment."""

import base64
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from otklik.datasets.problem_book import ProblemBook, ProblemState, Status
from otklik.pipelines.problem_cells import Window, lasting
from otklik.pipelines.problem_links import Ties, live_holder

MEMBERS, CELLS, ADDRESSES, CENTRES = 4.0, 2.0, 4.0, 1.0
"""What common messages, cells, addresses and likeness weigh in the assignment."""
RECENT_DAYS = 14
HALF_LIFE_DAYS = 3.5
"""Addresses of the last days, the latest above all, are held against those of earlier ones."""
LEAST_SCORE = 1.0
"""A part and a problem that agree less are two."""
KNOWN_AGAIN = 0.6
"""Cosine at which a cluster of a wide place is a closed problem come back."""


@dataclass(frozen=True)
class Part:
    """One trouble as the window shows it.

    Parameters
    ----------
    rows : list of int
        Rows of the window.
    new : list of int
        Those of them that belong to no problem yet.
    held : Counter of int
        Number of each problem that the others belong to.
    cells : frozenset of str
        Lasting names of its cells.
    narrow : bool
        Whether it lies at an asset or a street.
    centre : float32 of shape (dim,)
        Middle of its vectors, a unit vector or zeros.
    """

    rows: list[int]
    new: list[int]
    held: Counter[int]
    cells: frozenset[str]
    narrow: bool
    centre: npt.NDArray[np.float32]


def describe_parts(window: Window, ties: Ties, book: ProblemBook) -> list[Part]:
    """Describe every part of a window."""
    parts = []
    for rows in ties.parts:
        numbers = {row: live_holder(book, int(window.ids[row])) for row in rows}
        parts.append(
            Part(
                rows=rows,
                new=[row for row in rows if not numbers[row]],
                held=Counter(number for number in numbers.values() if number),
                cells=frozenset(lasting(cell) for row in rows if (cell := window.cells[row])),
                narrow=bool(window.narrow[rows].any()),
                centre=middle(window.vectors, rows),
            )
        )
    return parts


def match_parts(window: Window, parts: Sequence[Part], book: ProblemBook) -> dict[int, int]:
    """Assign parts to problems so that the sum of their agreements is greatest.

    Returns
    -------
    dict of int to int
        Position of a part to the number of its problem; parts without one are left out.
    """
    scores = _scores(window, parts, book)
    if not scores:
        return {}
    numbers = sorted({number for _, number in scores})
    column = {number: position for position, number in enumerate(numbers)}
    shape = (len(parts) + len(numbers), len(parts) + len(numbers))
    pairs = [(part, len(parts) + column[number]) for part, number in scores]
    graph = coo_array((np.ones(len(pairs)), tuple(np.array(pairs).T)), shape=shape)
    _, label = connected_components(graph, directed=False)
    groups: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for part, number in sorted(scores):
        groups[int(label[part])].append((part, number))
    matched: dict[int, int] = {}
    for group in groups.values():
        rows = sorted({part for part, _ in group})
        columns = sorted({number for _, number in group})
        matrix = np.zeros((len(rows), len(columns)))
        for part, number in group:
            matrix[rows.index(part), columns.index(number)] = scores[part, number]
        for row, col in zip(*linear_sum_assignment(matrix, maximize=True), strict=True):
            if matrix[row, col] >= LEAST_SCORE:
                matched[rows[row]] = columns[col]
    return matched


def middle(vectors: npt.NDArray[np.float32], rows: Sequence[int]) -> npt.NDArray[np.float32]:
    """Unit vector in the middle of rows, zeros where none was encoded."""
    total = vectors[list(rows)].sum(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(total))
    return np.asarray(total / length if length > 0 else total, np.float32)


def pack_centre(centre: npt.NDArray[np.float32]) -> str | None:
    """Text of a vector for the ledger, None for one without direction."""
    if not centre.any():
        return None
    return base64.b64encode(centre.astype("<f2").tobytes()).decode()


def unpack_centre(text: str | None) -> npt.NDArray[np.float32]:
    """Vector of such a text, empty for None."""
    raw = base64.b64decode(text) if text else b""
    return np.asarray(np.frombuffer(raw, "<f2"), np.float32)


def _scores(
    window: Window, parts: Sequence[Part], book: ProblemBook
) -> dict[tuple[int, int], float]:
    """Agreement of every part with every problem that it may be."""
    of_cell: dict[str, list[int]] = defaultdict(list)
    for number, problem in sorted(book.problems.items()):
        for cell in problem.cells:
            of_cell[cell].append(number)
    row_of = {int(number): row for row, number in enumerate(window.ids)}
    inside: dict[int, list[int]] = {}

    def rows_of(number: int) -> list[int]:
        if number not in inside:
            ids = book.problems[number].message_ids
            inside[number] = sorted(row for one in ids if (row := row_of.get(one)) is not None)
        return inside[number]

    scores: dict[tuple[int, int], float] = {}
    for position, part in enumerate(parts):
        cells = Counter(lasting(str(window.cells[row])) for row in part.rows)
        for number in sorted({*part.held, *(n for cell in cells for n in of_cell[cell])}):
            problem = book.problems[number]
            common = sum(count for cell, count in cells.items() if cell in problem.cells)
            known = len(part.cells & problem.cells) / max(len(problem.cells), 1)
            agreed = (common / len(part.rows) + known) / 2
            score = _score(window, part, problem, agreed, rows_of(number))
            if score >= LEAST_SCORE:
                scores[position, number] = score
    return scores


def _score(
    window: Window, part: Part, problem: ProblemState, cells: float, inside: Sequence[int]
) -> float:
    shared = part.held[problem.number]
    centre = middle(window.vectors, inside) if inside else unpack_centre(problem.centre)
    fits = centre.size == part.centre.size
    likeness = max(0.0, float(part.centre @ centre)) if fits else 0.0
    if (
        shared == 0
        and not part.narrow
        and part.centre.any()
        and (
            # a wide place holds many problems: only a closed one that sounds the same is meant
            problem.status is Status.OPEN or likeness < KNOWN_AGAIN
        )
    ):
        return 0.0
    # of two problems in one part the larger one has the better claim, but not by size alone
    either = part.held.total() + len(inside) - shared
    members = (shared / either + shared / len(inside)) / 2 if shared else 0.0
    # where two have a like claim, the number goes where the same houses go on
    its = set(part.rows)
    known = [row for row in inside if window.ages[row] > RECENT_DAYS and row in its]
    recent = [row for row in part.rows if window.ages[row] <= RECENT_DAYS]
    weights = 0.5 ** (window.ages / HALF_LIFE_DAYS)
    houses = _cosine(_addresses(window, known), _addresses(window, recent, weights))
    score = (
        MEMBERS * members
        # in a wide place other troubles have the same cells
        + CELLS * cells * (1.0 if part.narrow or not part.centre.any() else 0.25)
        + ADDRESSES * houses
        + CENTRES * likeness
    )
    return round(score, 9)


def _addresses(
    window: Window, rows: Sequence[int], weights: npt.NDArray[np.float64] | None = None
) -> dict[str, float]:
    """How often messages name each address."""
    counts: dict[str, float] = defaultdict(float)
    for row in rows:
        if (address := window.addresses[row]) is not None:
            counts[address] += 1.0 if weights is None else float(weights[row])
    return counts


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Likeness of two tables of counts."""
    common = sum(count * other.get(key, 0.0) for key, count in one.items())
    lengths = [math.hypot(*counts.values()) for counts in (one, other)]
    return common / (lengths[0] * lengths[1]) if common else 0.0
