"""What a history is too short or too patchy to tell, said to staff."""

import numpy as np
import numpy.typing as npt

from otklik.pipelines.expected import SEASON_DAYS
from otklik.pipelines.periods import Periods

Bools = npt.NDArray[np.bool_]

_FORMS = {
    "week": ("неделя", "недели", "недель"),
    "day": ("день", "дня", "дней"),
}


def limits_of(periods: Periods, seen: Bools, tested: int, least: int) -> tuple[str, ...]:
    """Sentences about what could not be known; none where the history is long and whole.

    Parameters
    ----------
    seen : bool of shape (n_periods,)
        Periods in which the source worked.
    tested : int
        How many of the last periods are under test.
    least : int
        Periods of history without which nothing is tested.
    """
    known = seen[: max(periods.n - tested, 0)]
    have = count_of(int(known.sum()), periods.unit)
    found = []
    if known.sum() < least:
        found.append(
            f"История слишком коротка: {have}, нужно не меньше {least}. Необычное не определялось."
        )
    elif known.sum() * periods.days < SEASON_DAYS:
        found.append(
            f"История короче тринадцати месяцев ({have}): сезонный подъём неотличим от необычного."
        )
    if periods.n and not seen[-1]:
        found.append("За последний период нет ни одного сообщения: похоже на сбой выгрузки.")
    if len(known) > known.sum():
        gaps = count_of(int(len(known) - known.sum()), periods.unit)
        found.append(f"Пропуски в данных ({gaps}) не считались тишиной.")
    off = periods.off_days()
    if len(known) and known.any() and off[-tested:].max() > off[: len(known)][known].max():
        found.append("Такой праздничной недели в истории ещё не было: спад или подъём вероятен.")
    return tuple(found)


def count_of(n: int, unit: str) -> str:
    """«1 неделя», «3 недели», «11 недель»."""
    one, few, many = _FORMS[unit]
    if n % 10 == 1 and n % 100 != 11:
        return f"{n} {one}"
    if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14):
        return f"{n} {few}"
    return f"{n} {many}"
