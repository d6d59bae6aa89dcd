"""Where and when messages gather: the space-time permutation scan (Kulldorff and others, 2005).

No population is needed. If place and time were independent, a zone would get in a window its usual
part of the city's messages of that window; cylinders that got more are compared with the best
cylinder of the same messages with their times dealt out anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.pipelines.periods import ZONE, Periods, periods_of
from otklik.pipelines.scan_likelihood import best_of_repeats, likelihoods
from otklik.pipelines.scan_zones import Zone, assets, circles, membership, neighbourhoods

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REPEATS = 999
_GRID = 3
"""Decimals of a degree that locations are rounded to: about a hundred metres."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cylinder with more messages than place and time alone explain.

    Parameters
    ----------
    zone : Zone
        `zone.members` are numbers of locations of this scan.
    starts, until : date
        First day, and the first no longer in it.
    observed : int
        Messages in it.
    expected : float
        Messages if place and time were independent.
    likelihood : float
        Log of the likelihood ratio.
    p : float
        Share of repeats, the real one included, whose best cylinder is as good or better.
    ids : tuple of int
        Messages, ascending.
    """

    zone: Zone
    starts: date
    until: date
    observed: int
    expected: float
    likelihood: float
    p: float
    ids: tuple[int, ...]

    @property
    def words(self) -> str:
        """«объект «котельная № 5», 03.03–16.03.2025: ожидалось 3,2, поступило 14»."""
        last = self.until - timedelta(days=1)
        where = {
            "asset": f"объект «{self.zone.name}»",
            "district": f"район «{self.zone.name}»",
            "circle": f"в пределах {max(50, round(self.zone.radius_m, -1)):.0f} м",
        }[self.zone.kind]
        due = f"{self.expected:.1f}".replace(".", ",")
        return (
            f"{where}, {self.starts:%d.%m}–{last:%d.%m.%Y}: "
            f"ожидалось {due}, поступило {self.observed}"
        )


def scan(
    table: pd.DataFrame,
    until: date | None = None,
    *,
    unit: str = "week",
    longest: int = 6,
    history: int = 52,
    live: bool = True,
    radius_m: float = 2000.0,
    neighbours: Mapping[str, Iterable[str]] | None = None,
    repeats: int = REPEATS,
    seed: int = 0,
    level: float = 0.05,
    zone: str = ZONE,
) -> tuple[Cluster, ...]:
    """Find clusters of messages in place and time; those that overlap a better one are left out.

    Scan one topic or problem at a time: what differs in season must not be mixed. Copies are not
    counted.

    Parameters
    ----------
    table : DataFrame
        Index of ids; dated_at, latitude, longitude, district, asset, and duplicate_of if any.
        Messages without any place are left out.
    until : date or None
        First day that is not counted; the day after the last message where None.
    unit : str
        "week" or "day".
    longest, history : int
        Periods that a cylinder lasts at most; periods that are looked at.
    live : bool
        Only cylinders that last until now; else those of any time.
    radius_m : float
        Greatest radius of a circle, metres.
    neighbours : mapping of str to iterable of str, optional
        Neighbouring districts.
    repeats, seed : int
        Monte Carlo; the same seed gives the same p.
    level : float
        Clusters with a greater p are left out.
    """
    own = table["duplicate_of"].isna() if "duplicate_of" in table else True
    rows = table[own & _placed(table)].sort_index()
    periods = periods_of(rows["dated_at"], until, unit=unit, zone=zone, most=history)
    time = periods.place(rows["dated_at"]) if len(rows) else np.empty(0, np.int64)
    rows, time = rows[time >= 0], time[time >= 0]
    if periods.n < 2 or len(rows) < 2:
        return ()
    location, zones = _zones(rows, radius_m, neighbours or {})
    windows = _windows(periods.n, longest, live)
    inside = membership(zones, int(location.max()) + 1)
    found = likelihoods(inside, location, time, periods.n, windows)
    rivals = best_of_repeats(inside, location, time, periods.n, windows, repeats, seed)
    return tuple(_clusters(rows, location, time, zones, windows, periods, found, rivals, level))


def _placed(table: pd.DataFrame) -> "pd.Series[bool]":
    return table[["latitude", "district", "asset"]].notna().any(axis=1)


def _zones(
    rows: pd.DataFrame, radius_m: float, neighbours: Mapping[str, Iterable[str]]
) -> tuple[Ints, list[Zone]]:
    """Number of the location of each row, and all zones of these locations."""
    keys = pd.DataFrame(
        {
            "latitude": rows["latitude"].astype("float64").round(_GRID),
            "longitude": rows["longitude"].astype("float64").round(_GRID),
            "district": rows["district"].astype(object),
            "asset": rows["asset"].astype(object),
        }
    )
    location = keys.groupby(list(keys), dropna=False, sort=True).ngroup().to_numpy(np.int64)
    _, first = np.unique(location, return_index=True)
    places = keys.iloc[first]
    named = {
        name: [None if pd.isna(value) else str(value) for value in places[name]]
        for name in ("district", "asset")
    }
    zones = circles(places["latitude"].to_numpy(), places["longitude"].to_numpy(), radius_m)
    zones += neighbourhoods(named["district"], neighbours)
    return location, zones + assets(named["asset"])


def _windows(n: int, longest: int, live: bool) -> Ints:
    """First period and the one after the last of each window, shape (n_windows, 2)."""
    # A window of more than half of the time would leave nothing to compare with.
    longest = max(1, min(longest, n // 2))
    ends = [n] if live else range(1, n + 1)
    return np.array(
        [(end - length, end) for end in ends for length in range(1, min(longest, end) + 1)],
        dtype=np.int64,
    )


def _clusters(
    rows: pd.DataFrame,
    location: Ints,
    time: Ints,
    zones: Sequence[Zone],
    windows: Ints,
    periods: Periods,
    found: Floats,
    rivals: Floats,
    level: float,
) -> Iterable[Cluster]:
    """Clusters from the best down, each apart from all before it."""
    ids = rows.index.to_numpy()
    taken = np.zeros(len(rows), dtype=bool)
    total = len(rows)
    for spot in np.argsort(-found, axis=None, kind="stable").tolist():
        row, column = divmod(spot, len(windows))
        p = (1 + int((rivals >= found[row, column] - 1e-9).sum())) / (1 + len(rivals))
        if p > level or found[row, column] <= 0:
            return
        start, end = windows[column].tolist()
        at = np.isin(location, zones[row].members)
        during = (time >= start) & (time < end)
        both = at & during
        if (both & taken).any():
            continue
        taken |= both
        yield Cluster(
            zones[row],
            periods.start(start),
            periods.start(end),
            int(both.sum()),
            float(at.sum() * during.sum() / total),
            float(found[row, column]),
            p,
            tuple(ids[both].tolist()),
        )
