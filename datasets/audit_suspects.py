"""Rows whose label a model's held-out predictions contradict, through cleanlab."""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadFile, MissingExtra
from otklik.datasets.labelled import LabelledTable, load_labelled

PREDICTED, PROBABILITY = "predicted", "probability"
SHOWN_PAIRS = 20

Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row whose label is probably wrong; `support` is the probability its own label got."""

    line: int
    label: str
    suggested: str
    support: float


@dataclass(frozen=True, slots=True)
class Suspects:
    """Suspicious labels, the worst first.

    Parameters
    ----------
    judged : int
        Rows that bear a label the predictions know.
    rows : tuple of Suspect
        All that were found.
    pairs : tuple of (label, suggested, rows)
        The commonest, at most twenty.
    """

    judged: int
    rows: tuple[Suspect, ...]
    pairs: tuple[tuple[str, str, int], ...]


def find_suspects(table: LabelledTable, label_column: str, predictions: Path) -> Suspects:
    """Find suspicious labels by confident learning.

    `predictions` is a table of any kind with one row for each readable row of `table`, in its
    order: either one column of probabilities per class, named as the class, or the two columns
    `predicted` and `probability`. With the pair the rest is spread evenly over the other classes,
    which finds as much and ranks it worse. Predictions must come from models that did not see the
    row (cross-validation), or nothing looks wrong. A column named as `label_column`, or `label`,
    is compared with the table to prove the order.

    Raises
    ------
    BadFile
        Other number or order of rows, no usable columns, a cell that is no probability.
    MissingExtra
        cleanlab is not installed.
    """
    labels = table.column(label_column)
    given = load_labelled(predictions)
    _check_order(table, labels, given, label_column)
    classes, proba = _read_proba(given, labels)
    number_of = {name: number for number, name in enumerate(classes)}
    judged = np.flatnonzero([label in number_of for label in labels])
    codes = np.array([number_of[labels[row]] for row in judged])
    proba = proba[judged]
    suspects = [
        Suspect(
            line=table.rows[judged[place]].line,
            label=classes[codes[place]],
            suggested=classes[int(proba[place].argmax())],
            support=round(float(proba[place, codes[place]]), 4),
        )
        for place in _issues(codes, proba)
    ]
    pairs = Counter((suspect.label, suspect.suggested) for suspect in suspects)
    ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return Suspects(
        judged=len(judged),
        rows=tuple(suspects),
        pairs=tuple((label, other, rows) for (label, other), rows in ranked[:SHOWN_PAIRS]),
    )


def _check_order(
    table: LabelledTable, labels: list[str], given: LabelledTable, label_column: str
) -> None:
    if len(given.rows) != len(labels) or given.unreadable:
        raise BadFile(
            f"{given.path.name} has {len(given.rows)} readable rows, {table.path.name} has "
            f"{len(labels)}: predictions need one row for each, in the same order."
        )
    named = [name for name in (label_column, "label") if name in given.header]
    if not named:
        return
    for row, label, other in zip(given.rows, labels, given.column(named[0]), strict=True):
        if label != other:
            raise BadFile(
                f"{given.path.name}, line {row.line}, column {named[0]!r}: «{other}» where "
                f"{table.path.name} has «{label}». Write the predictions in the order of the table."
            )


def _read_proba(given: LabelledTable, labels: list[str]) -> tuple[list[str], Probabilities]:
    """Classes and probabilities of shape (n_rows, n_classes), rows summing to 1."""
    if {PREDICTED, PROBABILITY} <= set(given.header):
        predicted = given.column(PREDICTED)
        classes = sorted({label for label in labels if label} | set(predicted))
        top = _numbers(given, PROBABILITY)
        proba = np.repeat(((1 - top) / max(len(classes) - 1, 1))[:, None], len(classes), axis=1)
        number_of = {name: number for number, name in enumerate(classes)}
        proba[np.arange(len(top)), [number_of[name] for name in predicted]] = top
    else:
        classes = sorted(set(labels) & set(given.header))
        proba = np.column_stack([_numbers(given, name) for name in classes] or [np.zeros(0)])
    present = [place for place, name in enumerate(classes) if name in set(labels)]
    if len(present) < 2:
        raise BadFile(
            f"{given.path.name} speaks of {len(present)} of the table's labels; expected a column "
            f"for each, or the columns {PREDICTED!r} and {PROBABILITY!r}; found "
            f"{list(given.header)}."
        )
    # cleanlab wants every class to occur; the tiny addend keeps a row of zeros divisible.
    proba = proba[:, present] + 1e-9
    return [classes[place] for place in present], proba / proba.sum(axis=1, keepdims=True)


def _numbers(given: LabelledTable, name: str) -> npt.NDArray[np.float64]:
    numbers = np.empty(len(given.rows))
    for place, (row, cell) in enumerate(zip(given.rows, given.column(name), strict=True)):
        try:
            number = float(cell.replace(",", "."))
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            raise BadFile(
                f"{given.path.name}, line {row.line}, column {name!r}: {cell!r} is not a "
                "probability; expected a number from 0 to 1."
            )
        numbers[place] = number
    return numbers


def _issues(codes: npt.NDArray[np.int64], proba: Probabilities) -> Sequence[int]:
    try:
        from cleanlab.filter import find_label_issues  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtra(
            "Suspicious labels need cleanlab, which is not installed: pip install 'otklik[train]'."
        ) from error
    with warnings.catch_warnings():
        # Classes of a row or two cannot be judged; the audit already counts rare classes.
        warnings.filterwarnings("ignore", message="May not flag all label issues")
        ranked: list[int] = find_label_issues(
            codes, proba, return_indices_ranked_by="self_confidence", n_jobs=1
        ).tolist()
    return ranked
