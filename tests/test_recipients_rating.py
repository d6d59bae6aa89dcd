from hypothesis import given
from hypothesis import strategies as st

from otklik.pipelines.recipients_rating import Tried, places


def test_who_cannot_be_told_apart_shares_a_place():
    tried = [Tried(45, 50), Tried(44, 50), Tried(5, 50)]
    assert places(tried) == [1, 1, 2]


def test_few_answers_earn_no_better_place():
    assert places([Tried(10, 10), Tried(95, 100)]) == [1, 1]


tries = st.integers(1, 60).flatmap(lambda of: st.integers(0, of).map(lambda hits: Tried(hits, of)))


@given(st.lists(tries, min_size=1, max_size=8))
def test_places_follow_the_share_and_begin_with_one(tried):
    found = places(tried)
    assert min(found) == 1
    for one, first in zip(tried, found, strict=True):
        for other, second in zip(tried, found, strict=True):
            if one.hits / one.of > other.hits / other.of:
                assert first <= second
