"""Why a number rose: which dimension, and which of its values, brought the change.

Contributions are exact fractions and add up to the change in every dimension. The dimension is
chosen by how much better "these values changed and nothing else did" explains the counts than "all
changed alike"; each value that has to be named is paid for. Explanatory power and surprise are
those of Adtributor (Bhagwan and others, NSDI 2014).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.errors import BadSettings
from otklik.pipelines.attribution_rows import Attribution, Contribution, Explanation
from otklik.pipelines.attribution_split import split
from otklik.pipelines.periods import ZONE

Floats = npt.NDArray[np.float64]
Counts = Mapping[str, int]

DIMENSIONS = ("topic", "district", "recipient", "channel", "asset")
UNKNOWN = "не указано"
BASE_WEEKS = 6
_SIGNS = {"rise": 1, "fall": -1, None: 0}


def attribute(
    before: pd.DataFrame,
    after: pd.DataFrame,
    dimensions: Sequence[str] = DIMENSIONS,
    scale: Fraction | int = 1,
    *,
    direction: str | None = None,
) -> Attribution:
    """Attribute the change between two periods to values of dimensions.

    Parameters
    ----------
    before, after : DataFrame
        Messages of the two periods, with the dimensions as columns. Copies are counted unless
        they were left out of both.
    dimensions : sequence of str
        Columns; a message without a value counts as «не указано».
    scale : Fraction or int
        Length of the later period over that of the earlier one: Fraction(1, 4) for a week after
        four.
    direction : str or None
        "rise" or "fall": name only values that rose (fell) against the others. By the sign of the
        change where None.

    Raises
    ------
    BadSettings
        No such column or direction, or the scale is not above 0.

    Examples
    --------
    >>> old = pd.DataFrame({"district": ["Север", "Юг"]})
    >>> new = pd.DataFrame({"district": ["Север", "Юг", "Юг"]})
    >>> found = attribute(old, new, ["district"]).explanations[0]
    >>> [(one.value, str(one.change)) for one in found.contributions]
    [('Юг', '1'), ('Север', '0')]
    """
    counts = _both(before, after, dimensions)
    return attribute_counts(counts, len(before), len(after), scale, direction=direction)


def attribute_period(
    table: pd.DataFrame,
    since: date,
    until: date,
    dimensions: Sequence[str] = DIMENSIONS,
    *,
    base_weeks: int = BASE_WEEKS,
    direction: str | None = None,
    zone: str = ZONE,
) -> Attribution:
    """Attribute what a period has more (or less) than the weeks around it.

    The base is `base_weeks` before the period and, where the table goes on, as many after it: a
    season that comes or goes cancels out. For a period that ends now there are only those before.

    Parameters
    ----------
    table : DataFrame
        Messages with dated_at and the dimensions; copies (duplicate_of) are not counted.
    since, until : date
        First day of the period, and the first no longer in it, local time.
    base_weeks : int
        Weeks on either side, fewer where the table begins or ends.

    Raises
    ------
    BadSettings
        No such column or direction, the period is empty, or there is no day beside it.
    """
    rows = table[table["duplicate_of"].isna()] if "duplicate_of" in table else table
    day = rows["dated_at"].dt.tz_convert(zone).dt.date
    reach = timedelta(weeks=base_weeks)
    first = max(since - reach, day.min()) if len(rows) else since
    last = min(until + reach, day.max() + timedelta(days=1)) if len(rows) else until
    n_base = max((since - first).days, 0) + max((last - until).days, 0)
    if until <= since or not n_base:
        raise BadSettings(
            f"The period from {since} to {until} has {max((until - since).days, 0)} days and the "
            f"base beside it {n_base}: both need one or more. Name other days."
        )
    before = rows[((day >= first) & (day < since)) | ((day >= until) & (day < last))]
    after = rows[(day >= since) & (day < until)]
    scale = Fraction((until - since).days, n_base)
    return attribute(before, after, dimensions, scale, direction=direction)


def attribute_counts(
    counts: Mapping[str, tuple[Counts, Counts]],
    n_before: int,
    n_after: int,
    scale: Fraction | int = 1,
    *,
    direction: str | None = None,
) -> Attribution:
    """As `attribute`, from the counts of each value before and after.

    Raises
    ------
    BadSettings
        The counts of a dimension do not add up to the totals, the scale is not above 0, or no
        such direction.
    """
    scale = Fraction(scale)
    if scale <= 0:
        raise BadSettings(f"scale is {scale}; expected the ratio of two lengths, above 0.")
    if direction not in _SIGNS:
        raise BadSettings(f'direction is {direction!r}; expected "rise", "fall" or None.')
    for name, (old, new) in counts.items():
        if sum(old.values()) != n_before or sum(new.values()) != n_after:
            raise BadSettings(
                f"Counts of {name} add up to {sum(old.values())} and {sum(new.values())}, not to "
                f"{n_before} and {n_after}: each message must have one value, {UNKNOWN!r} if none."
            )
    sign = _SIGNS[direction] or (1 if n_after >= n_before * scale else -1)
    found = [_explain(name, old, new, scale, sign) for name, (old, new) in counts.items()]
    # Of dimensions that explain as well, the one that names fewer values.
    found.sort(key=lambda one: (-one.gain, len(one.named), one.dimension))
    return Attribution(n_before * scale, n_after, tuple(found))


def surprise(before: Floats, after: Floats) -> list[float]:
    """Each value's part of the Jensen–Shannon divergence of the shares, in nats."""
    if not before.sum() or not after.sum():
        return [0.0] * len(before)
    p, q = before / before.sum(), after / after.sum()
    middle = (p + q) / 2
    found = _times_log(p, middle) + _times_log(q, middle)
    return [max(float(one) / 2, 0.0) for one in found]


def _both(
    before: pd.DataFrame, after: pd.DataFrame, dimensions: Sequence[str]
) -> dict[str, tuple[Counts, Counts]]:
    for name in dimensions:
        if name not in before or name not in after:
            raise BadSettings(f"The table has no column {name} to attribute to.")
    return {
        name: (_counted(before[name]), _counted(after[name])) for name in dict.fromkeys(dimensions)
    }


def _named(column: "pd.Series[str]") -> "pd.Series[str]":
    return column.astype(object).where(column.notna(), UNKNOWN).astype(str)


def _counted(column: "pd.Series[str]") -> dict[str, int]:
    return {str(value): int(count) for value, count in _named(column).value_counts().items()}


def _explain(name: str, old: Counts, new: Counts, scale: Fraction, sign: int) -> Explanation:
    values = sorted(set(old) | set(new))
    before = np.array([old.get(value, 0) for value in values], dtype=np.float64)
    after = np.array([new.get(value, 0) for value in values], dtype=np.float64)
    surprises = surprise(before, after)
    contributions = [
        Contribution(value, old.get(value, 0) * scale, new.get(value, 0), surprises[place])
        for place, value in enumerate(values)
    ]
    known = np.array([value != UNKNOWN for value in values])
    gain, places = split(before, after, float(scale), sign, known)
    contributions.sort(key=lambda one: (-abs(one.change), one.value))
    return Explanation(name, tuple(contributions), tuple(values[place] for place in places), gain)


def _times_log(p: Floats, other: Floats) -> Floats:
    """Terms of a relative entropy, 0 where p is 0."""
    ratio = np.divide(p, other, out=np.ones_like(p), where=p > 0)
    found: Floats = p * np.log(ratio)
    return found
