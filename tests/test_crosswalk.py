"""Crosswalks conserve mass, map every topic, and carry labels between any two versions."""

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.datasets.crosswalk import load_crosswalk, mix
from otklik.datasets.crosswalk_coverage import coverage_of_labels
from otklik.datasets.crosswalk_routes import (
    crosswalk_between,
    crosswalk_paths,
    resolve_code,
    resolve_label,
    route_between,
)
from otklik.datasets.errors import BadCrosswalk, BadFile, UnknownTopic, UnknownVersion
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.settings import load_settings

SHARED = Path(__file__).parents[2] / "shared" / "data"
STEPS = sorted(crosswalk_paths())


def test_every_old_rubricator_reaches_the_default():
    assert STEPS == [
        ("im-perm-2023", "im-2026"),
        ("pos-kursk-2022", "im-2026"),
        ("spb-2021", "im-2026"),
    ]


@pytest.mark.parametrize(("source", "target"), STEPS)
def test_every_topic_is_mapped_and_mass_is_conserved(source, target):
    step = crosswalk_between(source, target)
    assert list(step.rows) == [topic.code for topic in step.source.topics]
    for shares in step.rows.values():
        assert sum(shares.values()) == pytest.approx(1, abs=1e-9)
    total = mix((1.0, shares) for shares in step.rows.values())
    assert sum(total.values()) == pytest.approx(len(step.source.topics))


@pytest.mark.parametrize(("source", "target"), STEPS)
def test_borders_are_explained(source, target):
    """A divided topic of which no part has nine tenths says in words why."""
    step = crosswalk_between(source, target)
    unclear = [code for code, shares in step.rows.items() if max(shares.values()) < 0.5]
    assert unclear
    assert [code for code in unclear if code not in step.notes] == []


@pytest.mark.parametrize(("source", "target"), STEPS)
def test_names_make_the_round_trip(source, target):
    step = crosswalk_between(source, target)
    for topic in step.source.topics:
        assert step.source.find(topic.name, topic.group.name).code == topic.code


@pytest.mark.parametrize(("source", "target"), STEPS)
@given(data=st.data())
def test_a_distribution_of_labels_keeps_its_mass(source, target, data):
    step = crosswalk_between(source, target)
    codes = st.sampled_from(sorted(step.rows))
    counts = data.draw(st.dictionaries(codes, st.integers(1, 10_000), max_size=20))
    moved = mix((count, step.rows[code]) for code, count in counts.items())
    assert sum(moved.values()) == pytest.approx(sum(counts.values()))


VERSIONS = ["im-2026", "im-perm-2023", "pos-kursk-2022", "spb-2021"]


@pytest.mark.parametrize("target", VERSIONS)
@pytest.mark.parametrize("source", VERSIONS)
def test_a_label_of_any_version_is_resolvable_in_every_other(source, target):
    known = load_rubricator(target)
    reached = 0
    for topic in load_rubricator(source).topics:
        shares = resolve_code(topic.code, source, target)
        assert sum(shares.values()) <= 1 + 1e-9
        assert all(code in known for code in shares)
        assert list(shares.values()) == sorted(shares.values(), reverse=True)
        reached += bool(shares)
    total = len(load_rubricator(source).topics)
    # What a region's rubricator never had (military service, say) has no way back into it.
    assert reached == total if target in ("im-2026", source) else reached > total / 2


def test_the_way_there_and_back_remembers_the_topic():
    """«Ямы во дворах» of Perm goes to the yards of im-2026; the yards lead back to it first."""
    there = resolve_code(
        load_rubricator("im-perm-2023").find("Ямы во дворах").code, "im-perm-2023", "im-2026"
    )
    assert next(iter(there)) == "improvement.yard_potholes"
    back = resolve_code("improvement.yard_potholes", "im-2026", "im-perm-2023")
    assert load_rubricator("im-perm-2023").topic(next(iter(back))).name == "★ Ямы во дворах"


def test_a_stored_label_is_resolvable_by_name_and_by_code():
    by_name = resolve_label("НЕУБРАННЫЙ СНЕГ", "spb-2021", "im-2026", "Кровля")
    code = load_rubricator("spb-2021").find("Неубранный снег", "Кровля").code
    assert resolve_label(code, "spb-2021", "im-2026") == by_name
    assert next(iter(by_name)) == "utilities.roof_snow"


def test_a_group_is_the_mean_of_its_topics():
    shares = resolve_code("01", "im-perm-2023", "im-2026")
    assert sum(shares.values()) == pytest.approx(1)


def test_route_goes_through_the_default():
    assert route_between("spb-2021", "im-perm-2023") == ["spb-2021", "im-2026", "im-perm-2023"]
    assert route_between("im-2026", "im-2026") == ["im-2026"]


def test_unknown_version_and_code_are_told():
    with pytest.raises(UnknownVersion, match="No chain"):
        route_between("im-2026", "city-2027")
    with pytest.raises(UnknownTopic, match=r"no\.such"):
        resolve_code("no.such", "im-2026", "spb-2021")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("roads.potholes=0.5; roads.signs=0.4", "sum to 0.9, expected 1"),
        ("roads.potholes=0.5; roads.potholes=0.5", "named twice"),
        ("roads.nowhere=1", "'roads.nowhere' is not in im-2026"),
        ("roads.potholes", "not code=weight"),
        ("roads.potholes=много", "could not convert"),
        ("roads.potholes=1.5; roads.signs=-0.5", "more than 0 and at most 1"),
    ],
)
def test_bad_row_is_refused_with_file_and_line(tmp_path, cell, message):
    shipped = crosswalk_paths()["spb-2021", "im-2026"].read_text(encoding="utf-8")
    lines = shipped.splitlines()
    source = load_rubricator("spb-2021")
    lines[1] = f'{source.topics[0].code},"{source.topics[0].name}",{cell},'
    path = tmp_path / "spb-2021--im-2026.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadCrosswalk, match=message) as caught:
        load_crosswalk(path, source, load_rubricator("im-2026"))
    assert "spb-2021--im-2026.csv, line 2" in str(caught.value)


def test_missing_topic_is_refused(tmp_path):
    shipped = crosswalk_paths()["spb-2021", "im-2026"].read_text(encoding="utf-8")
    path = tmp_path / "short.csv"
    path.write_text("\n".join(shipped.splitlines()[:-1]), encoding="utf-8")
    with pytest.raises(BadCrosswalk, match="maps 124 of 125"):
        load_crosswalk(path, load_rubricator("spb-2021"), load_rubricator("im-2026"))


def test_coverage_counts_rows_and_names_unknown_labels(tmp_path):
    path = tmp_path / "labelled.csv"
    path.write_text("topic\n★ Ямы во дворах\nЯМЫ ВО ДВОРАХ\nПолёты на Марс\n", encoding="utf-8")
    source, target = load_rubricator("im-perm-2023"), load_rubricator("im-2026")
    coverage = coverage_of_labels(path, source, target, "topic")
    assert coverage["rows"] == 3
    assert coverage["unknown"] == {"Полёты на Марс": 1}
    assert coverage["topic_mass"] + coverage["group_mass"] == pytest.approx(2)
    with pytest.raises(BadFile, match="no column 'тема'"):
        coverage_of_labels(path, source, target, "тема")


@pytest.mark.parametrize(
    ("file", "version", "columns"),
    [
        ("perm_im.csv.gz", "im-perm-2023", ("topic", "group")),
        ("kursk_pos.csv.gz", "pos-kursk-2022", ("topic", None)),
        ("spb_appeals.csv.gz", "spb-2021", ("reason", "category")),
    ],
)
def test_every_real_row_reaches_the_default_rubricator(file, version, columns):
    path = SHARED / file
    if not path.is_file():
        pytest.skip(f"no {file} beside the repository")
    source, target = load_rubricator(version), load_rubricator("im-2026")
    coverage = coverage_of_labels(path, source, target, *columns)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        assert coverage["rows"] == sum(1 for _ in csv.DictReader(lines))
    assert coverage["unknown"] == {}
    assert coverage["topic_mass"] >= 0.99 * coverage["rows"]


def test_an_owners_crosswalk_joins_an_imported_rubricator(tmp_path, monkeypatch):
    monkeypatch.setenv("OTKLIK_VAR", str(tmp_path))
    load_settings.cache_clear()
    (tmp_path / "rubricators").mkdir()
    (tmp_path / "rubricators" / "city-2027.csv").write_text(
        "group_code,group,code,topic\nd,Дороги,d.1,Ямы\n", encoding="utf-8"
    )
    (tmp_path / "crosswalks").mkdir()
    (tmp_path / "crosswalks" / "city-2027--im-2026.csv").write_text(
        "source_code,source_topic,targets,note\n"
        "d.1,Ямы,roads.potholes=0.75; improvement.yard_potholes=0.25,двор или улица\n",
        encoding="utf-8",
    )
    assert resolve_label("ямы", "city-2027", "im-2026")["roads.potholes"] == 0.75
    assert sum(resolve_label("ямы", "city-2027", "im-perm-2023").values()) == pytest.approx(1)
    load_settings.cache_clear()
