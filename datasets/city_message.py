"""A draft as a row of an export of Incident Management, and as the message read from that row."""

from datetime import datetime
from random import Random

from otklik.datasets.city_answers import Office, Reply
from otklik.datasets.city_drafts import DAY_S, Draft, World
from otklik.datasets.city_topics import NOWHERE, RUBRICATOR
from otklik.datasets.city_truth import moment
from otklik.datasets.records import (
    GivenAnswer,
    GivenStatus,
    Kind,
    Message,
    Place,
    SourceLabel,
)

ZONE = "Europe/Moscow"
SOURCE = "im"
MARK = "СИНТЕТИЧЕСКИЕ ДАННЫЕ"
COLUMNS = (
    "Номер инцидента",
    "Дата создания",
    "Исполнитель",
    "Группа тем",
    "Тема",
    "Регион",
    "Муниципалитет",
    "Населенный пункт",
    "Район города",
    "Улица",
    "Дом",
    "Объект",
    "Источник",
    "Текст инцидента",
    "URL автора",
    "Текущий шаг инцидента",
    "Итог",
    "Дата окончания",
    "1ый ответ ПИ",
    "Время 1го ответа ПИ",
    "Теги",
)
"""Columns of the export. The last marks every row; presets keep it in `Message.raw`."""

DONE = "Готово"
_WORKING = "В работе"
_NAMED = 0.75
"""Chance that the intake fills the object that a resident named."""


def write_message(
    chance: Random, world: World, office: Office, draft: Draft, start: datetime
) -> Message:
    """Message of a draft that has words and an id, with the answer that it gets.

    `raw` is the row of the export, cell by cell.
    """
    plan, topic = world.plan, world.topics[draft.topic]
    street = None if draft.street is None else plan.streets[draft.street]
    recipient = plan.recipient(topic.recipient, draft.street)
    reply = office.answer(chance, draft, recipient)
    asset = ""
    if street and topic.where not in ("house", "yard", "street", NOWHERE):
        asset = plan.assets[street.assets[topic.where]].name if chance.random() < _NAMED else ""
    over = reply is not None and reply.at < world.year.n_days * DAY_S
    cells = {
        "Номер инцидента": draft.message_id,
        "Дата создания": moment(start, draft.at),
        "Исполнитель": recipient,
        "Группа тем": topic.group,
        "Тема": topic.name,
        "Регион": plan.region,
        "Муниципалитет": plan.municipality,
        "Населенный пункт": plan.city,
        "Район города": street.district if street else "",
        "Улица": street.name if street else "",
        "Дом": draft.house,
        "Объект": asset,
        "Источник": draft.channel,
        "Текст инцидента": draft.text,
        "URL автора": f"https://example.invalid/{world.seed}/{draft.author.number}",
        **(_state(reply, start) if reply and over else {"Текущий шаг инцидента": _WORKING}),
        "Теги": MARK,
    }
    return _message({name: cell for name, cell in cells.items() if cell})


def _state(reply: Reply, start: datetime) -> dict[str, str]:
    at = moment(start, reply.at)
    finished = reply.status != _WORKING
    return {
        "Текущий шаг инцидента": DONE if finished else _WORKING,
        "Итог": reply.status if finished else "",
        "Дата окончания": at if finished else "",
        "1ый ответ ПИ": reply.text,
        "Время 1го ответа ПИ": at,
    }


def _message(row: dict[str, str]) -> Message:
    """What the preset `im` makes of the row."""
    given = row.get
    ended = _time(row, "Дата окончания")
    answers: tuple[GivenAnswer, ...] = ()
    if "1ый ответ ПИ" in row:
        answered = _time(row, "Время 1го ответа ПИ")
        answers = (GivenAnswer(row["1ый ответ ПИ"], answered, row["Исполнитель"]),)
    return Message(
        source=SOURCE,
        external_id=row["Номер инцидента"],
        kind=Kind.MESSAGE,
        text=row["Текст инцидента"],
        posted_at=_time(row, "Дата создания"),
        author=row["URL автора"],
        place=Place(
            region=row["Регион"],
            municipality=row["Муниципалитет"],
            settlement=row["Населенный пункт"],
            district=given("Район города"),
            street=given("Улица"),
            house=given("Дом"),
            asset=given("Объект"),
        ),
        labels=(
            SourceLabel("group", row["Группа тем"], RUBRICATOR),
            SourceLabel("topic", row["Тема"], RUBRICATOR),
            SourceLabel("recipient", row["Исполнитель"]),
        ),
        answers=answers,
        statuses=tuple(
            GivenStatus(row[name], ended)
            for name in ("Текущий шаг инцидента", "Итог")
            if name in row
        ),
        raw=row,
    )


def _time(row: dict[str, str], column: str) -> datetime | None:
    return datetime.fromisoformat(row[column]) if column in row else None
