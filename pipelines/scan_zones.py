"""Zones that a scan looks through: circles, neighbouring districts, everything on one asset."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]

_EARTH_M = 6_371_008.8
_SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40)
"""Locations in a circle: steps between larger ones change little and cost as much."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Locations that are looked at together.

    Parameters
    ----------
    kind : str
        "circle", "district" or "asset".
    name : str
        District in the middle, or asset; "" for a circle.
    members : tuple of int
        Numbers of locations, sorted.
    centre : tuple of float or None
        Latitude and longitude, degrees.
    radius_m : float
        Of a circle; 0 for the others.
    """

    kind: str
    name: str
    members: tuple[int, ...]
    centre: tuple[float, float] | None = None
    radius_m: float = 0.0


def circles(latitude: Floats, longitude: Floats, radius_m: float) -> list[Zone]:
    """Circles around every location that grow through the nearest others.

    Parameters
    ----------
    latitude, longitude : float64 of shape (n_locations,)
        WGS 84 degrees; locations with NaN are in no circle.
    radius_m : float
        Greatest radius.
    """
    placed = np.flatnonzero(~(np.isnan(latitude) | np.isnan(longitude)))
    if not len(placed):
        return []
    distance = distances_m(latitude[placed], longitude[placed])
    zones = []
    for row, middle in enumerate(placed.tolist()):
        order = np.argsort(distance[row], kind="stable")
        order = order[distance[row, order] <= radius_m]
        reach = distance[row, order]
        centre = (float(latitude[middle]), float(longitude[middle]))
        for size in _SIZES:
            if size > len(order):
                break
            # Locations at one distance come together.
            n = int(np.searchsorted(reach, reach[size - 1], side="right"))
            members = tuple(sorted(placed[order[:n]].tolist()))
            zones.append(Zone("circle", "", members, centre, float(reach[n - 1])))
    return _distinct(zones)


def neighbourhoods(
    districts: Sequence[str | None], neighbours: Mapping[str, Iterable[str]], rings: int = 1
) -> list[Zone]:
    """Every district alone, and with its neighbours up to so many rings.

    Parameters
    ----------
    districts : sequence of str or None
        District of each location.
    neighbours : mapping of str to iterable of str
        Districts that share a border or a road; one direction is enough.
    """
    near: dict[str, set[str]] = {}
    for one, others in neighbours.items():
        for other in others:
            near.setdefault(one, set()).add(other)
            near.setdefault(other, set()).add(one)
    zones = []
    for district in sorted({name for name in districts if name is not None}):
        inside = {district}
        for ring in range(rings + 1):
            if ring:
                inside |= {other for name in inside for other in near.get(name, ())}
            members = tuple(n for n, name in enumerate(districts) if name in inside)
            zones.append(Zone("district", district, members))
    return _distinct(zones)


def assets(names: Sequence[str | None]) -> list[Zone]:
    """All locations of every named asset."""
    members: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        if name is not None:
            members.setdefault(name, []).append(number)
    return [Zone("asset", name, tuple(found)) for name, found in sorted(members.items())]


def membership(zones: Sequence[Zone], n_locations: int) -> csr_array:
    """Sparse float32 of shape (n_zones, n_locations): 1 where a location is in a zone."""
    sizes = [len(zone.members) for zone in zones]
    columns = np.array([one for zone in zones for one in zone.members], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    ones = np.ones(len(columns), dtype=np.float32)
    return csr_array((ones, columns, starts), shape=(len(zones), n_locations))


def distances_m(latitude: Floats, longitude: Floats) -> Floats:
    """Great-circle distances in metres, shape (n, n)."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    half = (
        np.sin((phi[:, None] - phi) / 2) ** 2
        + np.cos(phi[:, None]) * np.cos(phi) * np.sin((lam[:, None] - lam) / 2) ** 2
    )
    found: Floats = 2 * _EARTH_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return found


def _distinct(zones: Iterable[Zone]) -> list[Zone]:
    """The first of those with the same members."""
    found: dict[tuple[int, ...], Zone] = {}
    for zone in zones:
        found.setdefault(zone.members, zone)
    return list(found.values())
