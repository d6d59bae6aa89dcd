"""The state of a labelled table before anything is trained on it."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.audit_labels import (
    Balance,
    Conflicts,
    Noise,
    balance_of,
    conflicts_of,
    noise_of,
)
from otklik.datasets.audit_suspects import Suspects, find_suspects
from otklik.datasets.audit_texts import PersonalData, TextReport, find_personal_data, report_texts
from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.errors import BadFile
from otklik.datasets.labelled import LabelledTable
from otklik.datasets.text_key import text_key


@dataclass(frozen=True, slots=True)
class Repeats:
    """Texts that stand in more than one row (`texts`), their rows, and the largest such set."""

    texts: int
    rows: int
    largest: int


@dataclass(frozen=True, slots=True)
class LabelReport:
    """One column of labels: balance, and contradictions among exact and among near repeats."""

    balance: Balance
    exact_conflicts: Conflicts
    near_conflicts: Conflicts
    noise: Noise | None


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything `otklik data audit` tells; `labels` by column name."""

    file: str
    rows: int
    unreadable: int
    texts: TextReport
    personal_data: PersonalData
    exact_repeats: Repeats
    near_repeats: Repeats
    labels: dict[str, LabelReport]
    suspects: Suspects | None


def audit_table(
    table: LabelledTable,
    text_column: str = "text",
    label_columns: Sequence[str] = (),
    predictions: Path | None = None,
    advance: Callable[[], object] = lambda: None,
) -> Audit:
    """Examine a table.

    Parameters
    ----------
    table : LabelledTable
        The file, read.
    text_column : str
        Empty texts are counted, and take no part in repeats and conflicts.
    label_columns : sequence of str
        Columns of labels; an empty cell is no label. The first is judged by `predictions`.
    predictions : Path or None
        See `find_suspects`.
    advance : callable
        Called after each text of the slowest part, the search for personal data.

    Raises
    ------
    BadFile
        A column is missing, or `predictions` do not fit.
    MissingExtra
        `predictions` are given and cleanlab is not installed.
    """
    texts = table.column(text_column)
    columns = {name: table.column(name) for name in label_columns}
    if predictions is not None and not columns:
        raise BadFile(f"{predictions.name} cannot be used: no label column of the table is named.")
    suspects = find_suspects(table, label_columns[0], predictions) if predictions else None
    filled = [row for row, text in enumerate(texts) if text]
    lines = [table.rows[row].line for row in filled]
    keys = [text_key(texts[row]) for row in filled]
    groups = near_duplicate_groups([texts[row] for row in filled]).tolist()
    return Audit(
        file=table.path.name,
        rows=len(texts),
        unreadable=len(table.unreadable),
        texts=report_texts(texts),
        personal_data=find_personal_data(texts, advance),
        exact_repeats=repeats_of(keys),
        near_repeats=repeats_of(groups),
        labels={
            name: _report_labels(labels, [labels[row] for row in filled], lines, keys, groups)
            for name, labels in columns.items()
        },
        suspects=suspects,
    )


def repeats_of(same: Sequence[Hashable]) -> Repeats:
    """Count repeated texts; `same` is equal for rows of one text or of one group."""
    sizes = [rows for rows in Counter(same).values() if rows > 1]
    return Repeats(len(sizes), sum(sizes), max(sizes, default=0))


def _report_labels(
    labels: Sequence[str],
    of_filled: Sequence[str],
    lines: Sequence[int],
    keys: Sequence[str],
    groups: Sequence[int],
) -> LabelReport:
    return LabelReport(
        balance=balance_of(labels),
        exact_conflicts=conflicts_of(keys, of_filled, lines),
        near_conflicts=conflicts_of(groups, of_filled, lines),
        noise=noise_of(keys, of_filled),
    )
