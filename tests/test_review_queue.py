"""The review queue on both databases: order, leases, one holder for a message, labels end it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from intakes import START, make_intake
from sqlalchemy import func, select, text

from otklik.datasets import migrate
from otklik.datasets.labelling import Labelling
from otklik.datasets.records import Label, Prediction
from otklik.datasets.review_intake import CHECK, Outcome
from otklik.datasets.review_queue import Holder, ReviewQueue, format_place, parse_place
from otklik.datasets.schema_review import AUTOMATIC, REVIEW_QUEUE
from otklik.datasets.store import Store

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
LEASE = timedelta(minutes=10)
ANNA, BELA = Holder("a1", "Анна"), Holder("b2", "Бэла")


def predict(number, sureness=0.5, decision="review"):
    heads = {"im_2026": (("roads.potholes", sureness), ("roads.signs", 0.01))}
    return Prediction(number, "m1", "im-2026", heads, (), decision, "тема", 1.0, START)


def label(number, axis="topic", new="roads.signs", at=NOW):
    return Label(number, axis, None, new, "im-2026", "координатор", at)


@pytest.fixture
def filled(store):
    """Ten messages, none of them predicted."""
    run = store.begin_import("a", "im", "0")
    intakes = [make_intake(n, source="im" if n % 2 else "pos") for n in range(1, 11)]
    store.save(intakes, run_id=run)
    return store


@pytest.fixture
def queue(filled):
    return ReviewQueue(filled.database)


def numbers(found):
    return [one.message_id for one in found]


def due(hours):
    return Outcome(due_at=NOW + timedelta(hours=hours))


def test_nearest_day_first_then_the_least_sure(filled, queue):
    filled.add_predictions(
        [predict(1, 0.9), predict(2, 0.2), predict(3, 0.6), predict(4, 0.1), predict(5, 0.3)],
        {1: due(48), 2: due(49), 3: due(-20), 4: due(900)},
    )
    assert numbers(queue.page(NOW)) == [3, 2, 1, 4, 5]
    first, second = queue.page(NOW, limit=2)
    assert (first.due_at, second.sureness) == (NOW - timedelta(hours=20), 0.2)
    after = parse_place(format_place(second.place))
    assert numbers(queue.page(NOW, after=after)) == [1, 4, 5]
    assert numbers(queue.page(NOW, source="pos")) == [2, 4]
    assert numbers(queue.page(NOW, source="pos", district="Висаитовский")) == [2, 4]
    assert queue.page(NOW, district="Заречный") == []
    assert queue.counts(NOW) == {"waiting": 5, "held": 0, "overdue": 1}
    assert queue.page(NOW, after=parse_place("99999999999.99999999999.1")) == []


def test_only_what_the_last_prediction_leaves_to_people(filled, queue):
    filled.add_predictions([predict(1), predict(2), predict(3, decision="auto")], {1: due(5)})
    filled.add_predictions([predict(2, decision="auto"), predict(3), predict(1, 0.7)])
    first, last = queue.page(NOW)
    assert numbers((first, last)) == [1, 3]
    assert (first.due_at, first.sureness) == (NOW + timedelta(hours=5), 0.7)


def test_a_label_of_any_way_ends_it_for_good(filled, queue):
    filled.add_predictions([predict(n) for n in range(1, 6)])
    filled.add_labels([label(1)])
    Labelling(filled.database).correct([label(2), label(3, "group", "roads")])
    filled.add_labels([label(4, "sentiment", "negative")])
    assert numbers(queue.page(NOW)) == [4, 5]
    filled.add_predictions([predict(1), predict(3), predict(4)])
    assert numbers(queue.page(NOW)) == [4, 5]


def test_a_claim_is_a_lease(filled, queue):
    filled.add_predictions([predict(n) for n in range(1, 4)])
    (held,) = queue.claim(ANNA, NOW, LEASE)
    assert (held.message_id, held.holder_name, held.held_until) == (1, "Анна", NOW + LEASE)
    assert numbers(queue.claim(BELA, NOW, LEASE, count=9)) == [2, 3]
    assert queue.claim(BELA, NOW, LEASE) == []
    assert queue.claim(BELA, NOW, LEASE, messages=[1]) == []
    assert queue.page(NOW, free=True) == []
    assert numbers(queue.page(NOW)) == [1, 2, 3]
    later = NOW + LEASE / 2
    assert queue.renew(held.claim, BELA.id, later, LEASE) is None
    assert queue.renew(held.claim, ANNA.id, later, LEASE).held_until == later + LEASE
    assert queue.counts(NOW + LEASE) == {"waiting": 3, "held": 1, "overdue": 0}
    ended = later + LEASE
    assert queue.renew(held.claim, ANNA.id, ended, LEASE) is None
    (next_one,) = queue.claim(BELA, ended, LEASE)
    assert (next_one.message_id, next_one.holder) == (1, BELA.id)
    assert next_one.claim != held.claim
    assert queue.release(held.claim, ANNA.id) is None
    assert queue.release(next_one.claim, BELA.id) == 1
    assert queue.release(next_one.claim, BELA.id) is None
    assert numbers(queue.claim(ANNA, ended, LEASE, messages=[3, 77])) == [3]


def test_a_label_ends_the_claim(filled, queue):
    filled.add_predictions([predict(1)])
    (held,) = queue.claim(ANNA, NOW, LEASE)
    Labelling(filled.database).correct([label(1)])
    assert queue.renew(held.claim, ANNA.id, NOW, LEASE) is None


def test_a_repeated_request_gets_what_it_got(filled, queue):
    filled.add_predictions([predict(n) for n in range(1, 6)])
    asked = Holder(ANNA.id, ANNA.name, "r-1")
    first = queue.claim(asked, NOW, LEASE, count=2)
    assert queue.claim(asked, NOW, LEASE, count=2) == first
    assert numbers(queue.claim(Holder(BELA.id, BELA.name, "r-1"), NOW, LEASE)) == [3]


def test_a_new_prediction_leaves_the_holder_the_message(filled, queue):
    filled.add_predictions([predict(1)])
    (held,) = queue.claim(ANNA, NOW, LEASE)
    filled.add_predictions([predict(1, 0.1)])
    assert queue.renew(held.claim, ANNA.id, NOW, LEASE).sureness == 0.1


def test_many_who_ask_at_once_never_hold_the_same(filled, store_url):
    filled.add_predictions([predict(n) for n in range(1, 11)])
    taken, together = [], threading.Barrier(6)

    def work(name):
        with Store(store_url) as store:
            queue = ReviewQueue(store.database)
            together.wait()
            while found := queue.claim(Holder(name, name), NOW, LEASE, count=2):
                taken.extend(numbers(found))

    threads = [threading.Thread(target=work, args=(f"k{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 11))


def test_what_went_out_is_noted_and_a_check_is_told_from_a_complaint(filled, queue):
    drawn = Outcome(axis="topic", code="roads.potholes", drawn=True)
    filled.add_predictions(
        [predict(n, 0.99, "auto") for n in (1, 2, 3)], {1: drawn, 2: drawn, 3: drawn}
    )
    assert queue.page(NOW) == []
    assert numbers(queue.page(NOW, purpose=CHECK)) == [1, 2, 3]
    now = datetime.now(UTC)
    assert numbers(queue.claim(ANNA, now, LEASE, purpose=CHECK)) == [1]
    Labelling(filled.database).correct([label(1, at=now), label(2, at=now)])
    query = select(AUTOMATIC.c.message_id, AUTOMATIC.c.checked).order_by(AUTOMATIC.c.message_id)
    with filled.database.reading() as connection:
        assert [tuple(row) for row in connection.execute(query)] == [(1, 1), (2, 0), (3, 0)]
    filled.add_predictions([predict(3, 0.2)], {3: due(1)})
    assert numbers(queue.page(NOW)) == [3]
    filled.add_predictions([predict(2, 0.2)])  # read again, not acted on
    with filled.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(AUTOMATIC)) == 2


def test_what_waited_before_there_was_a_queue_is_in_it(empty_url, monkeypatch):
    with Store(empty_url) as store:
        run = store.begin_import("a", "im", "0")
        store.save([make_intake(n) for n in range(1, 5)], run_id=run)
        store.add_predictions([predict(1, 0.25), predict(2), predict(3, decision="auto")])
        store.add_predictions([predict(4), predict(4, decision="auto")])
        store.add_labels([label(2)])
        with store.database.writing() as connection:
            for table in (REVIEW_QUEUE, AUTOMATIC):
                table.drop(connection)
            connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        monkeypatch.setattr(migrate.upgrade, "__defaults__", ("0003",))
        migrate.upgrade(store.database, "0003")
        (found,) = ReviewQueue(store.database).page(NOW)
        assert (found.message_id, found.sureness, found.due_at) == (1, 0.25, None)
