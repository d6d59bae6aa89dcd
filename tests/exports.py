"""Made-up exports of Incident Management, in the real layout; seeded, of any size."""

import csv
import datetime as dt
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

IM_COLUMNS = (
    "Кабинет",
    "ID",
    "Номер инцидента",
    "Отдел",
    "Исполнитель",
    "Общее время первого ответа",
    "Общий текст первого ответа",
    "Время с даты создания инцидента до времени первого ответа",
    "Время с даты создания инцидента до времени первого ответа, рабочее время",
    "Время назначения последнего исполнителя",
    "Время 1го ответа ПИ",
    "Первая реакция с момента назн. ПИ",
    "Уложились или нет после назн. ПИ",
    "Время с начала создания инцидента до окончания",
    "Время отправки первого ответа ПИ на согласование",
    "Время, которое первый ответ ПИ находился на согласовании",
    "Текущий шаг инцидента",
    "Дата создания",
    "Дата окончания",
    "Группа тем",
    "Тема",
    "Регион",
    "Муниципалитет",
    "Населенный пункт",
    "Улица",
    "Дом",
    "Объект старый",
    "Объект",
    "Тип инцидента",
    "Итог",
    "Есть медиафайл в ответе",
    "Есть медиафайл в сообщении",
    "Урл поста",
    "Урл блога",
    "Текст инцидента",
    "1ый ответ ПИ",
    "2ой ответ ПИ",
    "3ий ответ ПИ",
    "Причина закрытия",
    "Аудитория",
    "Вовлеченность",
    "URL автора",
    "Аккаунт публикации ответа",
    "Теги",
    "Примечание",
    "Время попадания на шаг оценка удовлетворенности",
    "Опрос отправлен",
)

CANARIES = (
    "Канарейкина Стелла Аркадьевна",
    "+7 (928) 555-01-77",
    "kanareyka.stella@example.ru",
    "[id555017700|Стелла Канарейкина]",
    "https://vk.com/id555017700",
    "112-233-445 95",
)
"""Personal data of nobody: name, phone, e-mail, mention, profile, СНИЛС with its check digits."""

# Group, topic, recipient, what is wrong.
_TROUBLES = (
    (
        "Дороги",
        "Уборка дорог от снега и наледи",
        "Департамент городского хозяйства",
        ("не чистят снег", "лёд такой, что не пройти", "снегом завалили весь проезд"),
    ),
    (
        "Дороги",
        "Ямы во дворах",
        "Департамент городского хозяйства",
        ("яма на яме", "провалился асфальт", "после ремонта труб осталась канава"),
    ),
    (
        "ЖКХ",
        "Аварии (в т.ч. прорывы) в системе водоснабжения",
        "Водоканал",
        ("вторые сутки нет воды", "прорвало трубу и топит подвал", "из крана течёт ржавая вода"),
    ),
    (
        "Мусор/Свалки/ТКО",
        "Вывоз мусора",
        "Региональный оператор",
        ("баки не вывозят неделю", "контейнеры переполнены", "мусор разносят собаки"),
    ),
    (
        "Общественный транспорт",
        "График движения общественного транспорта",
        "Департамент транспорта",
        ("автобуса ждём по сорок минут", "маршрутка проезжает мимо", "вечером не уехать домой"),
    ),
)
_STREETS = ("Мира", "Садовая", "Первомайская", "Лесная", "Заречная", "Космонавтов", "Полевая")
_OPENINGS = ("Здравствуйте!", "Добрый день.", "Ну сколько можно!!!", "Подскажите,", "😡", "")
_WHERE = ("на улице {street}", "у дома {house} по ул. {street}", "ул. {street}, {house}")
_ENDINGS = (
    "Примите меры.",
    "Куда обращаться?",
    "Дети ходят в школу по проезжей части!",
    "Обещали ещё осенью<br>и ничего.",
    "Спасибо заранее 🙏",
    "",
)
_REPLIES = (
    "Здравствуйте! Сообщение передано специалистам, ответим до {day}.",
    "Добрый день. Работы по адресу запланированы на {day}.",
    "Здравствуйте. Замечание устранено, благодарим за обращение.",
)
_START = dt.datetime(2026, 1, 12, 7, 30)


@dataclass(frozen=True)
class _Case:
    """One incident before it is spread over columns."""

    number: int
    created: dt.datetime
    answered: dt.datetime
    text: str
    reply: str
    trouble: tuple[str, str, str, tuple[str, ...]]
    street: str
    house: str
    closed: bool


def im_rows(count: int, *, seed: int = 0, canary_every: int = 0) -> Iterator[dict[str, str]]:
    """Rows of an export; every `canary_every`-th text carries one of `CANARIES` in turn."""
    chance = random.Random(seed)
    for number in range(count):
        case = _case(chance, number)
        row = _row(case)
        if canary_every and number % canary_every == 0:
            canary = CANARIES[number // canary_every % len(CANARIES)]
            row["Текст инцидента"] += f" Мои данные: {canary}."
        yield row


def _case(chance: random.Random, number: int) -> _Case:
    trouble = chance.choice(_TROUBLES)
    street, house = chance.choice(_STREETS), str(chance.randint(1, 120))
    where = chance.choice(_WHERE).format(street=street, house=house)
    parts = [chance.choice(_OPENINGS), where, chance.choice(trouble[3]) + "."]
    parts += chance.sample(_ENDINGS, chance.randint(1, 3))
    if chance.random() < 0.05:
        parts.insert(0, "[club1|Подслушано в городе],")
    created = _START + dt.timedelta(minutes=4 * number, seconds=chance.randint(0, 59))
    answered = created + dt.timedelta(minutes=chance.randint(10, 3000))
    reply = chance.choice(_REPLIES).format(day=f"{answered + dt.timedelta(days=5):%d.%m.%Y}")
    text = " ".join(part for part in parts if part)
    closed = chance.random() < 0.8
    return _Case(number, created, answered, text, reply, trouble, street, house, closed)


def _row(case: _Case) -> dict[str, str]:
    group, topic, recipient, _ = case.trouble
    ended = case.answered + dt.timedelta(days=3)
    row = dict.fromkeys(IM_COLUMNS, "")
    row |= {
        "Кабинет": "Приречная область",
        "ID": str(41_000_000 + case.number),
        "Номер инцидента": str(800_000 + case.number),
        "Отдел": "Администрация города Приреченска",
        "Исполнитель": recipient,
        "Общее время первого ответа": f"{case.answered:%Y-%m-%d %H:%M:%S}",
        "Общий текст первого ответа": "'" + case.reply,
        "Время с даты создания инцидента до времени первого ответа": _days(case, case.answered),
        "Время назначения последнего исполнителя": f"{case.created:%Y-%m-%d %H:%M:%S}",
        "Время 1го ответа ПИ": f"{case.answered:%Y-%m-%d %H:%M:%S}",
        "Уложились или нет после назн. ПИ": "Да",
        "Текущий шаг инцидента": "Готово" if case.closed else "В работе",
        "Дата создания": f"{case.created:%Y-%m-%d %H:%M:%S}",
        "Группа тем": group,
        "Тема": topic,
        "Регион": "Приречная область",
        "Муниципалитет": "Приреченск г.о.",
        "Населенный пункт": "Приреченск",
        "Улица": f"улица {case.street}",
        "Дом": case.house,
        "Тип инцидента": "Решаемый",
        "Есть медиафайл в ответе": "Нет",
        "Есть медиафайл в сообщении": "Да" if case.number % 3 else "Нет",
        "Урл поста": f"http://vk.com/wall-000_{case.number}",
        "Урл блога": "http://vk.com/club000",
        "Текст инцидента": "'" + case.text,
        "1ый ответ ПИ": "'" + case.reply,
        "2ой ответ ПИ": "'",
        "3ий ответ ПИ": "'",
        "Аудитория": "2899.0",
        "URL автора": f"http://vk.com/author{case.number % 5000}",
        "Аккаунт публикации ответа": "http://vk.com/club000",
        "Опрос отправлен": "Нет",
    }
    if case.closed:
        row |= {
            "Дата окончания": f"{ended:%Y-%m-%d %H:%M:%S}",
            "Время с начала создания инцидента до окончания": _days(case, ended),
            "Итог": "Решено" if case.number % 2 else "Разъяснено",
            "Причина закрытия": "Нет ответа от автора",
        }
    return row


def _days(case: _Case, until: dt.datetime) -> str:
    return str((until - case.created) / dt.timedelta(days=1))


def write_xlsx(
    path: Path,
    rows: Iterable[Mapping[str, object]],
    columns: Sequence[str] = IM_COLUMNS,
    titles: Sequence[str] = (),
) -> Path:
    """Write rows as .xlsx in constant memory; `titles` are lines above the header."""
    options = {"constant_memory": True, "strings_to_urls": False, "default_date_format": "dd.mm.yy"}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("Инциденты")
        for line, title in enumerate(titles):
            sheet.write(line, 0, title)
        sheet.write_row(len(titles), 0, columns)
        for line, row in enumerate(rows, len(titles) + 1):
            sheet.write_row(line, 0, [row.get(name, "") for name in columns])
    return path


def write_csv(
    path: Path,
    rows: Iterable[Mapping[str, object]],
    columns: Sequence[str] = IM_COLUMNS,
    *,
    encoding: str = "utf-8-sig",
    delimiter: str = ";",
) -> Path:
    """Write rows as delimited text."""
    with path.open("w", encoding=encoding, errors="xmlcharrefreplace", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=delimiter, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path
