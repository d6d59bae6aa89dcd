"""Messages about troubles that last, for tests of problems."""

from datetime import UTC, datetime, timedelta
from itertools import count

from otklik.datasets.records import Kind, Message, Place, SourceLabel

MONDAY = datetime(2025, 1, 6, 9, tzinfo=UTC)
NUMBERS = count(1)
HATCHES, LAMPS = "Канализационные люки", "Неисправность или отсутствие освещения"


def weekly(weeks, street, *, per_week=3, topic=HATCHES, also="", **fields):
    """`per_week` messages in each of the weeks (from 0), each by an author of its own."""
    return [
        write(week, street, topic=topic, also=also, hour=hour, **fields)
        for week in weeks
        for hour in range(per_week)
    ]


def write(week, street, *, topic=HATCHES, also="", hour=0, house=None, author=None, **fields):
    """One message of a week; `also` is a second street in its text."""
    number = next(NUMBERS)
    text = f"{fields.pop('text', '') or f'На {street} беда'}, номер {number}"
    return Message(
        source="im",
        external_id=f"{number:06d}",
        kind=Kind.MESSAGE,
        text=f"{text}, и на {also} тоже" if also else text,
        posted_at=MONDAY + timedelta(weeks=week, hours=7 * hour + week % 3),
        author=author or f"житель {number}",
        place=Place(
            settlement="Примерск",
            district=fields.pop("district", "Заречный"),
            street=street and f"улица {street}",
            house=house or str(1 + hour % 2),
            asset=fields.pop("asset", None),
        ),
        labels=(
            SourceLabel("group", fields.pop("group", "Благоустройство"), "im-2026"),
            SourceLabel("topic", topic, "im-2026"),
        ),
        **fields,
    )
