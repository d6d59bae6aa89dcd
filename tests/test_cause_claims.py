from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from otklik.datasets.records import GivenAnswer, Kind, Message
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.cause_claims import (
    CITIZENS,
    COLUMNS,
    OFFICIALS,
    collect_claims,
    independent_voices,
    side_by_side,
)
from otklik.pipelines.snapshot import Snapshot, snapshot_of_messages

DAY = timedelta(days=1)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def message(number: int, text: str, author: str | None, *answers: tuple[str, str]) -> Message:
    at = START + timedelta(hours=number)
    return Message(
        source="im",
        external_id=str(number),
        kind=Kind.MESSAGE,
        text=text,
        posted_at=at,
        author=author,
        answers=tuple(
            GivenAnswer(said, at + timedelta(days=1), office) for said, office in answers
        ),
    )


def snapshot(messages: Sequence[Message]) -> Snapshot:
    return snapshot_of_messages(messages)


WORN = "Третью неделю на Садовой нет воды, всё из-за гнилых труб, менять их никто не хочет"


@pytest.fixture
def disputed() -> Snapshot:
    return snapshot(
        [
            message(1, WORN, "a", ("Перебои вызваны сильными морозами.", "Водоканал")),
            message(2, WORN + "!!!", "b"),
            message(3, "Трубы старые, вот и сидим без воды", "c"),
            message(4, "Опять нет воды! Трубы сгнили, поэтому их рвёт", "c"),
            message(5, "Нет воды из-за прорыва трубы", None, ("Причина — мороз.", "Водоканал")),
            message(6, "Когда дадут воду?", "d"),
        ]
    )


def test_claims_are_rows_with_offsets_in_their_texts(disputed: Snapshot) -> None:
    claims = collect_claims(disputed)
    assert tuple(claims.columns) == COLUMNS
    assert len(claims) == 7
    for row in claims.itertuples():
        text = (
            disputed.table.loc[row.message_id, "text"]
            if row.side == CITIZENS
            else disputed.answers.iloc[row.answer]["text"]
        )
        assert text[row.start : row.stop] == row.span
    assert set(collect_claims(disputed, [3])["message_id"]) == {3}


def test_copies_and_one_author_are_one_voice(disputed: Snapshot) -> None:
    claims = collect_claims(disputed)
    voices = independent_voices(claims, disputed.table["text"])
    citizens = claims[claims["side"] == CITIZENS]
    by_message = dict(zip(citizens["message_id"], voices[citizens.index], strict=True))
    assert by_message[1] == by_message[2]
    assert by_message[3] == by_message[4]
    assert len({by_message[number] for number in (1, 3, 5)}) == 3


def test_versions_stand_side_by_side_and_contradict(disputed: Snapshot) -> None:
    both = side_by_side(collect_claims(disputed), disputed.table["text"])
    worn = both.citizens[0]
    assert (worn.cause_class, worn.authors, worn.message_ids) == ("износ", 2, (1, 2, 3, 4))
    assert worn.quotes == ((1, "гнилых труб"), (3, "Трубы старые"))
    assert [(one.cause_class, one.authors) for one in both.officials] == [("погода", 1)]
    (contradiction,) = both.contradictions
    assert contradiction.citizens.cause_class == "износ"
    assert contradiction.officials.cause_class == "погода"
    assert contradiction.message_ids == (1,)


def test_agreeing_sides_do_not_contradict() -> None:
    agreed = snapshot(
        [
            message(1, "Света нет из-за обрыва линии", "a", ("Обрыв из-за ветра.", "Сети")),
            message(2, "Из-за аварии сидим без света", "b"),
        ]
    )
    assert side_by_side(collect_claims(agreed), agreed.table["text"]).contradictions == ()


def test_silence_gives_empty_sides() -> None:
    quiet = snapshot([message(1, "Когда дадут воду?", "a")])
    claims = collect_claims(quiet)
    assert len(claims) == 0
    both = side_by_side(claims, quiet.table["text"])
    assert (both.citizens, both.officials, both.contradictions) == ((), (), ())


def test_the_order_of_messages_changes_nothing() -> None:
    messages = list(make_city(5, 600).messages)
    one, other = (collect_claims(snapshot(given)) for given in (messages, messages[::-1]))
    assert sorted(one["span"]) == sorted(other["span"])


def test_misleading_offices_of_a_city_are_shown_against_citizens() -> None:
    city = make_city(11, 12_000)
    given = snapshot(city.messages)
    number_of = dict(zip(given.table["external_id"], given.table.index, strict=True))
    shown = 0
    misled = [one for one in city.truth.causes if one.cause_class != one.official_class]
    for cause in misled:
        ids = [number_of[external] for external in cause.ids]
        both = side_by_side(collect_claims(given, ids), given.table["text"])
        pairs = {(c.citizens.cause_class, c.officials.cause_class) for c in both.contradictions}
        shown += bool(pairs)
    assert shown == len(misled)
    assert {OFFICIALS, CITIZENS} == set(collect_claims(given)["side"])
