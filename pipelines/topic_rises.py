"""How strongly each topic rises in each place and window, against its own places and seasons."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.text_key import text_key

Floats = npt.NDArray[np.float64]
STEP_DAYS = 14
STEPS = 3
"""A window is six weeks long and moves by two: troubles last for weeks, not for days."""
_PRIOR = 0.5
"""Messages that every margin is taken to have beside those that were seen."""
_PAD = 2
"""Steps beside a window that tell nothing of what is usual: the rise may begin and end there."""
_LEAST_MESSAGES = 10
_MOST_A_DAY = 2


@dataclass(frozen=True)
class Rises:
    """Topics in places and windows.

    Parameters
    ----------
    level : str
        Column of the places.
    topics, places : tuple of str
        Sorted; topics with ten counted messages at least.
    akin : bool of shape (n_topics, n_topics)
        Topics of one group, or mostly answered for by one recipient.
    steps : float64 of shape (n_steps, n_topics, n_places)
        Messages in two weeks each.
    counts : float64 of shape (n_windows, n_topics, n_places)
        Messages in six weeks each.
    strength : float64 of the same shape
        Log likelihood ratio of a raised Poisson mean against the same place at other times and
        other places at the same time; 0 where nothing is raised.
    dispersion : float64 of shape (n_topics,)
        Variance over mean of the topic's counts about what is expected, 1 at the least.
    starts : DatetimeIndex
        First day of each window, UTC.
    rows : DataFrame
        One a counted message, index id: numbers `topic`, `place`, `step`.
    """

    level: str
    topics: tuple[str, ...]
    places: tuple[str, ...]
    akin: npt.NDArray[np.bool_]
    steps: Floats
    counts: Floats
    strength: Floats
    dispersion: Floats
    starts: pd.DatetimeIndex
    rows: pd.DataFrame

    def expected_in(self, window: int, places: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """What every topic would have in places and a window if nothing were special there.

        Its messages at the places in other weeks, times how much more of it there is elsewhere in
        these weeks, times how busy with all topics the places are in these weeks.

        Returns
        -------
        float64 of shape (n_topics, n_chosen), float64 of shape (n_topics,)
            Means place by place, and the relative variance of their sums.
        """
        inside = np.zeros(len(self.steps), bool)
        inside[window : window + STEPS] = True
        beside = np.zeros_like(inside)
        beside[max(0, window - _PAD) : window + STEPS + _PAD] = True
        there, elsewhere = self.steps[:, :, places], self.steps[:, :, ~places]
        by_place = there[~beside].sum(axis=0) + _PRIOR / max(int(places.sum()), 1)
        usual = by_place.sum(axis=1)
        now = elsewhere[inside].sum(axis=(0, 2)) + _PRIOR
        rest = elsewhere[~beside].sum(axis=(0, 2)) + _PRIOR
        own = self.counts[window][:, places].sum(axis=1)
        busy = _busy(own, usual, now, rest)
        return by_place * (now / rest * busy)[:, None], 1 / usual + 1 / now

    def ids(self, window: int, topics: Sequence[int], places: Sequence[int]) -> tuple[int, ...]:
        """Messages of topics in places within a window."""
        rows = self.rows
        inside = rows["step"].between(window, window + STEPS - 1)
        chosen = rows["topic"].isin(topics) & rows["place"].isin(places) & inside
        return tuple(sorted(rows.index[chosen].tolist()))


def find_rises(table: pd.DataFrame, level: str) -> Rises | None:
    """Count topics in places and windows; None where less than three windows are known.

    Copies of earlier words are left out; an author counts once in a place and two weeks, whatever
    they write about: two topics of one author prove nothing of the topics; and two messages of a
    topic count on a day and street, so that one event does not look like a lasting rise.

    Parameters
    ----------
    table : DataFrame
        Of a `Snapshot`.
    level : str
        Column of the places.
    """
    known = table[["topic", level, "dated_at"]].notna().all(axis=1) & table["duplicate_of"].isna()
    rows = table.loc[known].sort_values(["dated_at", "external_id"], kind="stable")
    rows = rows[~rows["text"].map(text_key).duplicated()]
    if rows.empty:
        return None
    first = rows["dated_at"].min().normalize()
    rows = rows.assign(step=(rows["dated_at"] - first) // pd.Timedelta(days=STEP_DAYS))
    nobody = pd.Series([f"message {number}" for number in rows.index], index=rows.index)
    rows = rows.assign(author=rows["author"].fillna(nobody))
    rows = rows[~rows[["author", level, "step"]].duplicated()]
    # A burst pipe that twenty people report is one event, and no proof of a lasting rise.
    day = rows["dated_at"].dt.floor("D")
    where = rows["street_key"].fillna(rows[level])
    rows = rows[rows.groupby([rows["topic"], where, day]).cumcount() < _MOST_A_DAY]
    often = rows["topic"].value_counts()
    rows = rows[rows["topic"].isin(often.index[often >= _LEAST_MESSAGES])]
    n_steps = int(rows["step"].max()) + 1 if len(rows) else 0
    if n_steps < STEPS + 2:
        return None
    topics, topic_names = pd.factorize(rows["topic"], sort=True)
    places, place_names = pd.factorize(rows[level], sort=True)
    steps = np.zeros((n_steps, len(topic_names), len(place_names)))
    np.add.at(steps, (rows["step"].to_numpy(np.int64), topics, places), 1.0)
    n_windows = n_steps - STEPS + 1
    counts: Floats = np.sum([steps[shift : shift + n_windows] for shift in range(STEPS)], axis=0)
    expected = _expected(steps, counts)
    return Rises(
        level,
        tuple(topic_names),
        tuple(place_names),
        _akin(rows, topics),
        steps,
        counts,
        _strength(counts, expected),
        _dispersion(steps),
        pd.date_range(first, periods=n_windows, freq=f"{STEP_DAYS}D"),
        pd.DataFrame({"topic": topics, "place": places, "step": rows["step"]}, index=rows.index),
    )


def _akin(rows: pd.DataFrame, topics: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    n_topics = int(topics.max()) + 1
    akin = np.zeros((n_topics, n_topics), bool)
    for column in ("group", "recipient"):
        known = rows[column].notna().to_numpy()
        most = pd.Series(rows[column].to_numpy()[known]).groupby(topics[known]).agg(_commonest)
        names = most.reindex(range(n_topics)).to_numpy(object)
        akin |= (names[:, None] == names[None, :]) & pd.notna(names)[:, None]
    return akin


def _commonest(values: pd.Series) -> str:
    counts = values.value_counts()
    return str(min(counts.index[counts == counts.max()]))


def _expected(steps: Floats, counts: Floats) -> Floats:
    """Means of cells by the same place at other times and other places at the same time.

    The cell itself is left out: a rise must not make its own expectation.
    """
    by_place = steps.sum(axis=0, keepdims=True) - counts
    by_window = counts.sum(axis=2, keepdims=True) - counts
    total = steps.sum(axis=(0, 2), keepdims=True)
    rest = total - by_place - by_window - counts
    expected: Floats = (by_place + _PRIOR) * (by_window + _PRIOR) / np.maximum(rest, 1.0)
    return expected


def _busy(own: Floats, usual: Floats, now: Floats, rest: Floats) -> Floats:
    """How busy the places are with all the topics but each one, never below 1."""
    others = own.sum() - own + 1
    mean = (usual.sum() - usual) * (now.sum() - now) / (rest.sum() - rest) + 1
    busy: Floats = np.maximum(others / mean, 1.0)
    return busy


def _strength(counts: Floats, expected: Floats) -> Floats:
    raised = counts > np.maximum(expected, 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = counts * np.log(counts / expected) - (counts - expected)
    strength: Floats = np.where(raised, ratio, 0.0)
    return strength


def _dispersion(steps: Floats) -> Floats:
    """Pearson dispersion of a topic about the product of its margins, over two weeks and places."""
    by_step, by_place = steps.sum(axis=2, keepdims=True), steps.sum(axis=0, keepdims=True)
    mean = by_step * by_place / np.maximum(by_place.sum(axis=2, keepdims=True), 1.0)
    squares = ((steps - mean) ** 2 / np.maximum(mean, 1e-9)).sum(axis=(0, 2))
    free = (steps.shape[0] - 1) * max(steps.shape[2] - 1, 1)
    dispersion: Floats = np.maximum(squares / max(free, 1), 1.0)
    return dispersion
