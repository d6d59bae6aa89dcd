import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from exports import write_csv, write_xlsx

from otklik.datasets.mapping import load_mapping
from otklik.datasets.reader import read_messages
from otklik.datasets.records import GivenAnswer, GivenStatus, Kind, SourceLabel
from otklik.datasets.rejects import Reject

MOSCOW = ZoneInfo("Europe/Moscow")
ROW = {
    "ID сообщения": "51-000123",
    "Дата подачи": "03.02.2026 09:15",
    "Описание": "<p>Не горит&nbsp;фонарь</p><p>Улица Лесная, 4</p>",
    "Категория": "Благоустройство",
    "Подкатегория": "Освещение",
    "Организация": "Горсвет",
    "Статус": "Решено",
    "Адрес": "г. Приреченск, ул. Лесная, д. 4",
    "Ответ": "<p>Лампа заменена.</p>",
    "Дата ответа": "05.02.2026",
    "Широта": "54,98",
    "Долгота": "73.37",
}


def read_row(tmp_path, row):
    path = write_csv(tmp_path / "pos.csv", [row], list(row), encoding="cp1251")
    (found,) = read_messages(path, load_mapping("pos"))
    return found


def test_a_whole_row(tmp_path):
    message = read_row(tmp_path, ROW)
    assert message.source == "pos"
    assert message.kind is Kind.MESSAGE
    assert message.external_id == "51-000123"
    assert message.text == "Не горит фонарь\nУлица Лесная, 4"
    assert message.posted_at == dt.datetime(2026, 2, 3, 9, 15, tzinfo=MOSCOW)
    assert (message.place.street, message.place.house) == ("ул. Лесная", "4")
    assert (message.place.latitude, message.place.longitude) == (54.98, 73.37)
    assert message.labels == (
        SourceLabel("group", "Благоустройство"),
        SourceLabel("topic", "Освещение"),
        SourceLabel("recipient", "Горсвет"),
    )
    answered = dt.datetime(2026, 2, 5, tzinfo=MOSCOW)
    assert message.answers == (GivenAnswer("Лампа заменена.", answered, "Горсвет"),)
    assert message.statuses == (GivenStatus("Решено"),)
    assert message.raw == ROW


@pytest.mark.parametrize("text", ["Текст", "Текст сообщения", "Суть вопроса", "Описание проблемы"])
@pytest.mark.parametrize("date", ["Дата создания", "Дата и время подачи", "Дата"])
def test_headers_differ_between_regions(tmp_path, text, date):
    path = write_xlsx(
        tmp_path / "pos.xlsx",
        [{"Номер": 7, date: dt.datetime(2026, 2, 3, 9, 15), text: "Яма"}],
        ["Номер", date, text],
        titles=["Сообщения платформы обратной связи"],
    )
    (message,) = read_messages(path, load_mapping("pos"))
    assert (message.external_id, message.text) == ("7", "Яма")


@pytest.mark.parametrize(
    ("filed", "kind"),
    [
        ("", Kind.MESSAGE),
        ("Сообщение", Kind.MESSAGE),
        ("Мобильное приложение", Kind.MESSAGE),
        ("Обращение (59-ФЗ)", Kind.APPEAL),
        ("ОБРАЩЕНИЕ  59 ФЗ", Kind.APPEAL),
        ("По 59-ФЗ", Kind.APPEAL),
    ],
)
def test_kind_comes_from_how_it_was_filed(tmp_path, filed, kind):
    assert read_row(tmp_path, {**ROW, "Способ подачи": filed}).kind is kind


def test_kind_never_comes_from_the_text(tmp_path):
    text = "Прошу зарегистрировать как обращение по 59-ФЗ"
    assert read_row(tmp_path, {**ROW, "Описание": text}).kind is Kind.MESSAGE


def test_an_unknown_way_of_filing_is_not_guessed(tmp_path):
    reject = read_row(tmp_path, {**ROW, "Способ подачи": "Голубиная почта"})
    assert isinstance(reject, Reject)
    assert (reject.column, reject.value) == ("Способ подачи", "Голубиная почта")


@pytest.mark.parametrize("degrees", ["", "нет", "nan", "1e9"])
def test_coordinates_that_are_none(tmp_path, degrees):
    assert read_row(tmp_path, {**ROW, "Широта": degrees}).place.latitude is None
