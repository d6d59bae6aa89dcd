"""Clusters in place and time: by hand, against brute force, planted and null."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from otklik.pipelines.scan import scan
from otklik.pipelines.scan_likelihood import likelihood_ratio
from otklik.pipelines.scan_zones import assets, circles, distances_m, membership, neighbourhoods

UNTIL = date(2025, 6, 2)


def table_of(rows):
    """Rows of (days before UNTIL, latitude, longitude, district, asset)."""
    columns = ["ago", "latitude", "longitude", "district", "asset"]
    found = pd.DataFrame(rows, columns=columns, index=pd.Index(range(1, len(rows) + 1), name="id"))
    end = pd.Timestamp(UNTIL, tz="Europe/Moscow")
    ago = pd.to_timedelta(found.pop("ago"), unit="D")
    found["dated_at"] = (end - ago).dt.tz_convert("UTC").astype("datetime64[ns, UTC]")
    for name in ("latitude", "longitude"):
        found[name] = found[name].astype("float64")
    return found


def town(seed, n=600, weeks=20):
    """Messages of nine places on a grid of 500 m, any time alike."""
    chance = np.random.default_rng(seed)
    place = chance.integers(0, 9, n)
    ago = chance.uniform(0.1, weeks * 7 - 0.1, n)
    return [
        (a, 43.3 + 0.0045 * (p // 3), 45.7 + 0.006 * (p % 3), f"Район {p // 3}", f"насос № {p % 3}")
        for a, p in zip(ago.tolist(), place.tolist(), strict=True)
    ]


def test_likelihood_ratio_by_hand():
    found = likelihood_ratio(np.array([5.0, 2.0, 10, 1]), np.array([2.0, 2.0, 4.0, 0.1]), 10.0)
    assert found[0] == pytest.approx(5 * math.log(5 / 2) + 5 * math.log(5 / 8))
    assert found[1] == 0
    assert found[2] == pytest.approx(10 * math.log(10 / 4))
    assert found[3] == 0


def test_distance_of_a_degree_of_latitude():
    found = distances_m(np.array([43.0, 44.0]), np.array([45.0, 45.0]))
    assert found[0, 1] == pytest.approx(111_195, abs=1)
    assert found[0, 0] == 0


def test_circles_take_locations_at_one_distance_together_and_never_twice():
    latitude = np.array([43.0, 43.001, 42.999, np.nan])
    zones = circles(latitude, np.array([45.0, 45.0, 45.0, 45.0]), 150.0)
    members = [zone.members for zone in zones]
    assert (0, 1, 2) in members
    assert len(members) == len(set(members))
    assert all(3 not in one for one in members)
    assert membership(zones, 4).sum() == sum(map(len, members))


def test_neighbourhoods_grow_by_rings_and_borders_need_one_direction():
    districts = ["А", "Б", "В", None, "А"]
    zones = neighbourhoods(districts, {"А": ["Б"], "Б": ["В"]}, rings=2)
    members = {zone.members for zone in zones}
    assert {(0, 4), (1,), (2,), (0, 1, 4), (0, 1, 2, 4)} <= members


def test_assets_gather_their_locations():
    assert [(z.name, z.members) for z in assets(["б", None, "а", "б"])] == [
        ("а", (2,)),
        ("б", (0, 3)),
    ]


def brute_force(table, weeks, longest):
    """Best cylinder among single districts, by loops."""
    end = pd.Timestamp(UNTIL, tz="Europe/Moscow")
    week = weeks - 1 - ((end - table["dated_at"]).dt.total_seconds() // (7 * 86400)).astype(int)
    best = (0.0, None)
    for district in sorted(table["district"].unique()):
        for length in range(1, longest + 1):
            at, during = table["district"] == district, week >= weeks - length
            seen, due = (at & during).sum(), at.sum() * during.sum() / len(table)
            ratio = float(likelihood_ratio(np.array([seen * 1.0]), np.array([due]), len(table))[0])
            best = max(best, (ratio, (district, length)), key=lambda one: one[0])
    return best


def test_the_best_cylinder_is_that_of_loops():
    rows = [(a, None, None, d, None) for a, _, _, d, _ in town(3)]
    rows += [(2.5, None, None, "Район 1", None)] * 25 + [(139.5, None, None, "Район 0", None)]
    table = table_of(rows)
    ratio, (district, length) = brute_force(table, 20, 6)
    best = scan(table, UNTIL, repeats=99)[0]
    assert best.likelihood == pytest.approx(ratio)
    assert best.zone.name == district
    assert (UNTIL - best.starts).days == 7 * length
    assert best.p <= 0.05


def test_a_planted_gathering_is_found_where_it_is():
    rows = town(1) + [(1.0 + k / 8, 43.3045, 45.706, "Район 1", "насос № 1") for k in range(16)]
    (best, *_) = scan(table_of(rows), UNTIL)
    assert best.p <= 0.01
    assert set(range(601, 617)) <= set(best.ids)
    assert best.zone.kind == "circle"
    assert best.zone.radius_m == 0
    assert best.observed == len(best.ids)
    assert f"поступило {best.observed}" in best.words


def test_one_asset_across_the_town_is_named():
    rows = town(2) + [
        (2.0, 43.3 + 0.0045 * (k % 3), 45.712, f"Район {k % 3}", "насос № 2") for k in range(24)
    ]
    best = scan(table_of(rows), UNTIL, radius_m=400.0)[0]
    assert (best.zone.kind, best.zone.name) == ("asset", "насос № 2")


def test_what_overlaps_a_better_cluster_is_left_out():
    rows = town(4) + [(1.5, 43.3, 45.7, "Район 0", "насос № 0")] * 30
    clusters = scan(table_of(rows), UNTIL, level=0.5)
    ids = [id_ for one in clusters for id_ in one.ids]
    assert len(ids) == len(set(ids))


def test_nothing_gathers_in_null_towns_more_often_than_stated():
    hits = sum(bool(scan(table_of(town(seed, 200)), UNTIL, repeats=99)) for seed in range(10, 50))
    assert hits <= 6  # 2 are expected of 40; more than 6 would come once in 300 times


def test_an_old_gathering_is_seen_only_when_looking_back():
    rows = town(5) + [(70.5, 43.309, 45.712, "Район 2", "насос № 2")] * 20
    table = table_of(rows)
    assert not [c for c in scan(table, UNTIL, repeats=99) if set(c.ids) & set(range(601, 621))]
    best = scan(table, UNTIL, repeats=99, live=False)[0]
    assert set(range(601, 621)) <= set(best.ids)
    assert best.until < UNTIL


def test_the_same_seed_gives_the_same_and_order_does_not_matter():
    table = table_of(town(6) + [(1.5, 43.3, 45.7, "Район 0", None)] * 9)
    mixed = table.sample(frac=1, random_state=1)
    assert scan(table, UNTIL, level=1.0) == scan(mixed, UNTIL, level=1.0)


def test_copies_are_not_counted():
    rows = town(7) + [(1.5, 43.3, 45.7, "Район 0", "насос № 0")] * 30
    table = table_of(rows)
    table["duplicate_of"] = pd.array([pd.NA] * 601 + [601] * 29, dtype="Int64")
    assert not any(len(set(one.ids) & set(range(601, 631))) > 1 for one in scan(table, UNTIL))


@pytest.mark.parametrize(
    "rows", [[], [(1.0, 43.3, 45.7, "А", None)], [(1.0, None, None, None, None)]]
)
def test_too_little_is_no_cluster(rows):
    assert scan(table_of(rows), UNTIL) == ()


def test_daily_scan_names_days():
    rows = [(a / 2, *rest) for a, *rest in town(8)]
    rows += [(0.5, 43.3, 45.7, "Район 0", "насос № 0")] * 40
    best = scan(table_of(rows), UNTIL, unit="day", longest=3, history=60)[0]
    assert best.starts == date(2025, 6, 1)
    assert best.until == UNTIL
