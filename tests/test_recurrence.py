from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from otklik.datasets.records import GivenAnswer, GivenStatus, Kind, Message, Place, SourceLabel
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.recurrence import (
    RETURNS,
    find_returns,
    make_share,
    return_curve,
    summarise,
)
from otklik.pipelines.snapshot import Snapshot, snapshot_of_messages

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def message(
    day: float,
    author: str | None = "a",
    *,
    house: str = "5",
    topic: str = "Нет воды",
    status: str | None = "Решено",
    answer: str = "Меры приняты.",
    text: str = "",
    street: str | None = "Садовая улица",
    reply_to: str | None = None,
) -> Message:
    at = START + day * DAY
    told = at + DAY
    return Message(
        source="im",
        external_id=f"{day} {author} {house}",
        kind=Kind.MESSAGE,
        text=text or f"Нет воды, пишу в день {day}, зовут {author}",
        posted_at=at,
        author=author,
        reply_to=reply_to,
        place=Place(street=street, house=house if street else None),
        labels=(SourceLabel("topic", topic, "im-2026"), SourceLabel("recipient", "Водоканал")),
        answers=(GivenAnswer(answer, told, "Водоканал"),),
        statuses=(GivenStatus(status, told),) if status else (),
    )


def returned(snapshot: Snapshot, **settings: int) -> list[int]:
    table = find_returns(snapshot, pd.Timestamp(START + 100 * DAY), **settings).table
    return table.sort_values("message_id")["again_id"].tolist()


@pytest.mark.parametrize(
    ("second", "again"),
    [
        (message(5), 2),  # the author writes again
        (message(1.5), 2),  # even a few hours after «решено»
        (message(5, "b"), 2),  # a neighbour does
        (message(1.5, "b"), 0),  # who may report the same event still
        (message(5, "b", house="7"), 0),  # elsewhere
        (message(5, topic="Яма"), 0),  # of something else
        (message(70), 0),  # too late to be the same
        (message(5, "b", text="Нет воды, пишу в день 0, зовут a!!!"), 0),  # a copy
    ],
)
def test_the_same_trouble_after_it_was_solved(second: Message, again: int) -> None:
    assert returned(snapshot_of_messages([message(0), second])) == [again, 0]


def test_no_place_is_where_the_author_is() -> None:
    nowhere = [message(0, street=None), message(9, "b", street=None), message(20, street=None)]
    assert returned(snapshot_of_messages(nowhere)) == [3, 0, 0]


def test_an_answer_tells_where_no_state_does() -> None:
    done = message(0, status=None, answer="Течь устранена.")
    later = message(9, status=None, answer="Работы будут выполнены до 5 мая.")
    table = find_returns(snapshot_of_messages([done, later])).table
    assert tuple(table.columns) == RETURNS
    assert table["message_id"].tolist() == [1]


def test_what_is_not_seen_to_the_end_is_censored() -> None:
    messages = [message(day, f"a{day}", house=str(day)) for day in range(0, 40, 2)]
    messages += [message(day + 5, f"a{day}", house=str(day)) for day in range(0, 20, 2)]
    returns = find_returns(snapshot_of_messages(messages), pd.Timestamp(START + 90 * DAY))
    found = summarise(returns)
    assert found.solved == 30
    assert found.again.count == 10
    assert found.again.total == 25  # the last five were solved less than 60 days before the end
    assert found.again.low < found.again.share < found.again.high
    assert found.again.p < 0.05
    assert found.curve is not None
    share, low, high = found.curve.within(30)
    assert low < share < high
    assert found.curve.within(1) == (0.0, 0.0, 0.0)
    assert found.curve.median_days is None
    assert len(found.denied) == 10
    assert found.doubtful == ()


def test_curve_of_everything_and_of_nothing_back() -> None:
    rows = pd.DataFrame({"days": [1.0, 2.0, 4.0], "returned": [True] * 3})
    curve = return_curve(rows)
    assert curve.median_days == 2.0
    assert curve.share[-1] == 1.0
    assert np.isfinite(curve.low).all()
    assert np.isfinite(curve.high).all()
    assert return_curve(rows.assign(returned=False)).within(10)[0] == 0.0


def test_no_share_of_nothing() -> None:
    share = make_share(0, 0)
    assert (share.low, share.high) == (0.0, 1.0)
    assert np.isnan(share.share)
    nothing = summarise(find_returns(snapshot_of_messages([message(0, status="В работе")])))
    assert (nothing.solved, nothing.curve, nothing.pairs) == (0, None, ())


def test_second_petition_comes_after_the_answer() -> None:
    messages = [message(0), message(0.2), message(4), message(4, "b", house="9")]
    returns = find_returns(snapshot_of_messages(messages))
    assert returns.second.to_dict() == {2: 3}
    linked = [message(0, street=None), message(0.5, street=None, reply_to="0 a 5")]
    assert find_returns(snapshot_of_messages(linked)).second.to_dict() == {1: 2}


def test_false_solved_of_a_city_are_found() -> None:
    city = make_city(23, 5_000)
    snapshot = snapshot_of_messages(city.messages)
    number_of = dict(zip(snapshot.table["external_id"], snapshot.table.index, strict=True))
    false = {number_of[external] for external in city.truth.false_solved}
    planted = {number_of[repeat.ids[0]] for repeat in city.truth.repeats} & false
    returns = find_returns(snapshot)
    found = summarise(returns)
    caught = {*found.denied, *found.doubtful}
    assert len(planted & caught) >= 0.95 * len(planted)
    assert len(false & set(found.denied)) >= 0.8 * len(found.denied)
    solved = set(returns.table["message_id"])
    wrong, right = (summarise(returns, sorted(ids)) for ids in (solved & false, solved - false))
    assert wrong.again.low > 2 * right.again.high


def test_the_order_of_messages_changes_nothing() -> None:
    messages = list(make_city(24, 1_500).messages)
    frames = []
    for given in (messages, messages[::-1]):
        snapshot = snapshot_of_messages(given)
        names = snapshot.table["external_id"]
        table = find_returns(snapshot).table
        frames.append(table.assign(name=table["message_id"].map(names)).sort_values("name"))
    one, other = (
        f[["name", "days", "returned", "expected"]].reset_index(drop=True) for f in frames
    )
    pd.testing.assert_frame_equal(one, other)
