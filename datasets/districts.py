"""District of a point: GeoJSON polygons and an STR tree."""

import json
from pathlib import Path

from shapely import Point, STRtree, prepare
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from otklik.datasets.errors import BadGazetteer


class DistrictMap:
    """Borders of a city's districts.

    Parameters
    ----------
    names : list of str
        District of each polygon; one district may own several.
    polygons : list of shapely geometries
        Same length; longitude, latitude in WGS 84 degrees.
    """

    def __init__(self, names: list[str], polygons: list[BaseGeometry]) -> None:
        self.names = names
        self.polygons = polygons
        for polygon in polygons:
            prepare(polygon)
        self._tree = STRtree(polygons)

    def find(self, latitude: float, longitude: float) -> str | None:
        """District that covers the point, its border included; None outside of all.

        On a common border the district that comes first in the file wins.
        """
        hits = self._tree.query(Point(longitude, latitude), predicate="covered_by")
        return self.names[min(int(hit) for hit in hits)] if len(hits) else None


def load_districts(path: Path, names: frozenset[str] | None = None) -> DistrictMap:
    """Read a GeoJSON FeatureCollection whose features carry the property `name`.

    Parameters
    ----------
    path : Path
        The file.
    names : frozenset of str or None
        Districts that may be named; None allows any.

    Raises
    ------
    BadGazetteer
        Not GeoJSON, a feature without a name or with an unknown one, not a polygon.
    """
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadGazetteer(f"{path.name}: not a GeoJSON FeatureCollection: {error!r}.") from error
    found: list[str] = []
    polygons: list[BaseGeometry] = []
    for number, feature in enumerate(features, start=1):
        name, polygon = _read_feature(feature, f"{path.name}, feature {number}")
        if names is not None and name not in names:
            known = ", ".join(sorted(names))
            raise BadGazetteer(
                f"{path.name}, feature {number}: district {name!r} is not one of the gazetteer's: "
                f"{known}."
            )
        found.append(name)
        polygons.append(polygon)
    return DistrictMap(found, polygons)


def _read_feature(feature: object, where: str) -> tuple[str, BaseGeometry]:
    try:
        name = feature["properties"]["name"]  # type: ignore[index]
        polygon = shape(feature["geometry"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError, AttributeError, ShapelyError) as error:
        raise BadGazetteer(f"{where}: needs properties.name and a geometry: {error!r}.") from error
    if polygon.geom_type not in ("Polygon", "MultiPolygon") or not polygon.is_valid:
        raise BadGazetteer(f"{where}: {name!r} must be a valid polygon, not {polygon.geom_type}.")
    return str(name), polygon
