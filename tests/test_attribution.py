"""Attribution of a change: exact to the message, the right dimension, by hand and by chance."""

import math
from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.datasets.errors import BadSettings
from otklik.pipelines.attribution import (
    UNKNOWN,
    attribute,
    attribute_counts,
    attribute_period,
    surprise,
)

counts = st.lists(st.integers(0, 60), min_size=1, max_size=8)


def split_up(chance, total, n):
    """A total in n parts by values."""
    parts = np.bincount(chance.integers(0, n, total), minlength=n).tolist()
    return {f"v{k}": part for k, part in enumerate(parts) if part}


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 400),
    st.integers(0, 400),
    st.fractions(min_value=Fraction(1, 60), max_value=20),
    st.integers(0, 10**6),
)
def test_contributions_add_up_exactly_in_every_dimension(n_before, n_after, scale, seed):
    chance = np.random.default_rng(seed)
    given_counts = {
        name: (split_up(chance, n_before, n), split_up(chance, n_after, n))
        for name, n in (("topic", 30), ("district", 4), ("channel", 1))
    }
    found = attribute_counts(given_counts, n_before, n_after, scale)
    assert found.change == n_after - n_before * scale
    for one in found.explanations:
        assert sum(c.change for c in one.contributions) == found.change
        assert one.change == found.change
        if found.change:
            assert sum(one.power(c.value) for c in one.contributions) == 1
        assert one.explained == sum(
            (c.change for c in one.contributions if c.value in one.named), Fraction(0)
        )
        assert one.surprise >= 0
        assert (one.gain > 0) == bool(one.named)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("аб"), st.sampled_from("вг")), max_size=40), st.data())
def test_tables_add_up_with_missing_values(rows, data):
    cut = data.draw(st.integers(0, len(rows)))
    table = pd.DataFrame(rows, columns=["topic", "district"], dtype=object)
    table.loc[table.index % 3 == 0, "district"] = None
    found = attribute(table[:cut], table[cut:], ["topic", "district"], Fraction(2, 3))
    for one in found.explanations:
        assert sum(c.change for c in one.contributions) == len(rows) - cut - cut * Fraction(2, 3)


def test_by_hand():
    old = {"Север": 40, "Юг": 40, UNKNOWN: 20}
    new = {"Север": 90, "Юг": 42, UNKNOWN: 18}
    channel = ({"ВКонтакте": 50, "Telegram": 50}, {"ВКонтакте": 76, "Telegram": 74})
    found = attribute_counts({"channel": channel, "district": (old, new)}, 100, 150)
    best = found.best
    assert (best.dimension, best.named) == ("district", ("Север",))
    assert [(c.value, c.change) for c in best.contributions] == [
        ("Север", 50),
        ("Юг", 2),
        (UNKNOWN, -2),
    ]
    assert best.power("Север") == 1
    assert best.explained == 50
    assert best.power("нет такого") == 0


def test_surprise_by_hand():
    found = surprise(np.array([1.0, 1.0]), np.array([3.0, 1.0]))
    p, q, m = 0.5, 0.75, 0.625
    assert found[0] == pytest.approx((p * math.log(p / m) + q * math.log(q / m)) / 2)
    assert sum(surprise(np.array([2.0, 6.0]), np.array([1.0, 3.0]))) == pytest.approx(0)
    assert surprise(np.zeros(2), np.array([1.0, 2.0])) == [0.0, 0.0]


def test_a_rise_of_all_alike_is_laid_on_no_value():
    old = {f"v{k}": 40 for k in range(6)}
    found = attribute_counts({"topic": (old, {k: 2 * v for k, v in old.items()})}, 240, 480)
    assert found.best is None
    assert found.explanations[0].named == ()


def test_a_fall_names_what_fell():
    old = {"А": 60, "Б": 60, "В": 60}
    found = attribute_counts({"district": (old, {"А": 60, "Б": 15, "В": 60})}, 180, 135)
    assert found.best.named == ("Б",)
    up = attribute_counts(
        {"district": (old, {"А": 60, "Б": 15, "В": 60})}, 180, 135, direction="rise"
    )
    assert "Б" not in (up.best.named if up.best else ())


def test_messages_without_a_value_explain_nothing():
    old, new = {"А": 50, "Б": 50, UNKNOWN: 50}, {"А": 50, "Б": 50, UNKNOWN: 200}
    assert attribute_counts({"asset": (old, new)}, 150, 300).best is None


def city(seed, n=4000, weeks=20):
    """Messages of twenty weeks; topic decides the recipient."""
    chance = np.random.default_rng(seed)
    topic = chance.choice(30, n, p=np.arange(1, 31) / 465)
    start = pd.Timestamp("2025-01-06", tz="Europe/Moscow")
    at = start + pd.to_timedelta(chance.uniform(0, weeks * 7, n), unit="D")
    return pd.DataFrame(
        {
            "dated_at": at.tz_convert("UTC").astype("datetime64[ns, UTC]"),
            "topic": [f"тема {k}" for k in topic],
            "recipient": [f"служба {k % 6}" for k in topic],
            "district": [f"район {k}" for k in chance.integers(0, 5, n)],
            "channel": chance.choice(["ВК", "ТГ", "сайт"], n, p=[0.6, 0.3, 0.1]),
        },
        index=pd.RangeIndex(1, n + 1, name="id"),
    )


SINCE, UNTIL = date(2025, 3, 17), date(2025, 4, 7)
NAMES = ["topic", "recipient", "district", "channel"]


@pytest.mark.parametrize(
    ("dimension", "value"),
    [("topic", "тема 20"), ("recipient", "служба 3"), ("district", "район 2"), ("channel", "сайт")],
)
def test_the_factor_that_was_doubled_is_named(dimension, value):
    table = city(5)
    day = table["dated_at"].dt.tz_convert("Europe/Moscow").dt.date
    again = table[(table[dimension] == value) & (day >= SINCE) & (day < UNTIL)]
    grown = pd.concat([table, again, again], ignore_index=True)
    found = attribute_period(grown, SINCE, UNTIL, NAMES)
    assert (found.best.dimension, found.best.named) == (dimension, (value,))
    assert found.explanations[0].change == found.change


def test_copies_do_not_count_and_the_base_is_scaled_by_days():
    table = city(6)
    table["duplicate_of"] = pd.array([pd.NA] * len(table), dtype="Int64")
    copies = table[-200:].assign(duplicate_of=1)
    copies["dated_at"] = pd.Timestamp("2025-03-20", tz="UTC").as_unit("ns")
    with_copies = pd.concat([table, copies], ignore_index=True)
    first = attribute_period(table, SINCE, UNTIL, NAMES, base_weeks=8)
    assert attribute_period(with_copies, SINCE, UNTIL, NAMES, base_weeks=8) == first
    day = table["dated_at"].dt.tz_convert("Europe/Moscow").dt.date
    base = ((day >= date(2025, 1, 20)) & (day < SINCE)) | (
        (day >= UNTIL) & (day < date(2025, 5, 26))
    )
    days = (SINCE - date(2025, 1, 20)).days + (day.max() - UNTIL).days + 1
    assert first.before == int(base.sum()) * Fraction(21, days)


def test_the_order_of_messages_does_not_matter():
    table = city(7)
    mixed = table.sample(frac=1, random_state=3)
    assert attribute_period(table, SINCE, UNTIL, NAMES) == attribute_period(
        mixed, SINCE, UNTIL, NAMES
    )


def test_nothing_before_and_nothing_at_all():
    table = city(8)
    empty = table[:0]
    found = attribute(empty, table, NAMES)
    assert found.best is None
    assert found.change == len(table)
    assert attribute(empty, empty, NAMES).change == 0
    assert attribute(table, table, []).best is None


@pytest.mark.parametrize(
    "fault",
    [
        lambda t: attribute(t, t, ["сосед"]),
        lambda t: attribute(t, t, NAMES, 0),
        lambda t: attribute(t, t, NAMES, direction="up"),
        lambda t: attribute_counts({"topic": ({"a": 1}, {"a": 2})}, 1, 3),
        lambda t: attribute_period(t, UNTIL, SINCE, NAMES),
        lambda t: attribute_period(t[:0], SINCE, UNTIL, NAMES),
    ],
)
def test_faults_are_told(fault):
    with pytest.raises(BadSettings):
        fault(city(9, 50))
