"""Independent messages counted by topic, week and place, with those that state a cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.pipelines.periods import Periods, periods_of

MOST_PLACES = 400
"""More places than this are scanned as the areas that they lie in."""
LEAST_COVERED = 0.3
"""Share of messages that must have a place of the unit that is counted by."""
UNITS = ("street_key", "municipality", "district")
ANY = "any"
LEAST_CLAIMS = 8
"""A class of cause that fewer messages state is not looked at on its own."""
LEAST_MESSAGES = 12
"""A topic with fewer in the whole period is not scanned."""

Counts = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CauseCells:
    """Counts of topic × week × place, and where each counted message stands in them.

    Parameters
    ----------
    periods : Periods
        The weeks.
    unit : str
        Column of the table that places are values of.
    topics, places : list of str
        In alphabetical order.
    counts : float32 of shape (n_topics, n_weeks, n_places)
        Independent messages.
    kinds : list of str
        `ANY` and classes of cause.
    claimed : float32 of shape (n_kinds, n_topics, n_weeks, n_places)
        Those that state a cause of the kind, themselves or in their answer.
    rows : DataFrame
        The counted messages, index `id`; columns topic_no, week, place_no, recipient, asset,
        district.
    """

    periods: Periods
    unit: str
    topics: list[str]
    places: list[str]
    counts: Counts
    kinds: list[str]
    claimed: Counts
    rows: pd.DataFrame


def count_cause_cells(
    table: pd.DataFrame, claims: pd.DataFrame, until: date | None = None
) -> CauseCells:
    """Count the messages that have a topic and a place.

    Parameters
    ----------
    table : DataFrame
        Independent messages, columns as `Snapshot.table`.
    claims : DataFrame
        Columns message_id and cause_class, as `collect_claims` gives them.
    """
    unit = place_unit(table)
    periods = periods_of(table["dated_at"], until)
    weeks = periods.place(table["dated_at"])
    known = table["topic"].notna().to_numpy() & table[unit].notna().to_numpy() & (weeks >= 0)
    often = table["topic"][known].value_counts()
    known &= table["topic"].isin(often.index[often >= LEAST_MESSAGES]).to_numpy()
    kept = table[known]
    topics, topic_no = _numbered(kept["topic"])
    places, place_no = _numbered(kept[unit])
    rows = pd.DataFrame(
        {
            "topic_no": topic_no,
            "week": weeks[known],
            "place_no": place_no,
            "recipient": kept["recipient"],
            "asset": kept["asset"],
            "district": kept["district"],
        },
        index=kept.index,
    )
    shape = (len(topics), periods.n, len(places))
    ours = claims[claims["message_id"].isin(rows.index)].drop_duplicates(
        ["message_id", "cause_class"]
    )
    often = ours["cause_class"].value_counts()
    kinds = [ANY, *sorted(often.index[often >= LEAST_CLAIMS])]
    stating = [ours, *(ours[ours["cause_class"] == kind] for kind in kinds[1:])]
    claimed = [_counted(rows[rows.index.isin(one["message_id"])], shape) for one in stating]
    return CauseCells(
        periods, unit, topics, places, _counted(rows, shape), kinds, np.array(claimed), rows
    )


def place_unit(table: pd.DataFrame) -> str:
    """Finest unit of places that enough messages have and that is not cut too fine."""
    for unit in UNITS:
        values = table[unit].dropna()
        if values.nunique() <= MOST_PLACES and len(values) >= LEAST_COVERED * len(table):
            return unit
    return UNITS[-1]


def _numbered(column: "pd.Series[str]") -> tuple[list[str], Ints]:
    values: Sequence[str] = sorted(column.unique())
    number = {value: place for place, value in enumerate(values)}
    return list(values), column.map(number).to_numpy(np.int64)


def _counted(rows: pd.DataFrame, shape: tuple[int, int, int]) -> Counts:
    counts = np.zeros(shape, np.float32)
    where = tuple(rows[name].to_numpy() for name in ("topic_no", "week", "place_no"))
    np.add.at(counts, where, np.float32(1))
    return counts
